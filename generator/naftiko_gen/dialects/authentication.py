"""Rules for the credentials of what is consumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.codes import Code
from naftiko_gen.dialects.rewriting import CONSUMES, rewrite
from naftiko_gen.quoting import shown
from naftiko_gen.tree import Mapping, Scalar

if TYPE_CHECKING:
    from naftiko_gen.diagnostics import Report

_AUTHENTICATION = (*CONSUMES, "authentication")


def authentication_alias(tree: Mapping, report: Report) -> Mapping:
    """Read `auth` as `authentication`."""

    def change(consumes: Mapping) -> Mapping:
        if "auth" not in consumes or "authentication" in consumes:
            return consumes
        message = "'auth' is read as 'authentication'"
        report.add(Code.AUTHENTICATION_ALIAS, message, consumes.key_span("auth"))
        return consumes.rename("auth", "authentication")

    return rewrite(tree, CONSUMES, change)


def bearer_value(tree: Mapping, report: Report) -> Mapping:
    """Read a bearer's `value` as its `token`; its `placement` can only be a header."""

    def change(bearer: Mapping) -> Mapping:
        if not _is(bearer, "type", "bearer"):
            return bearer
        if "value" in bearer and "token" not in bearer:
            message = "'value' is read as 'token'"
            report.add(Code.BEARER_VALUE, message, bearer.key_span("value"))
            bearer = bearer.rename("value", "token")
        return (
            bearer.drop("placement") if _is(bearer, "placement", "header") else bearer
        )

    return rewrite(tree, _AUTHENTICATION, change)


def api_key_alias(tree: Mapping, report: Report) -> Mapping:
    """Read an apikey's `in` and `name` as `placement` and `key`."""

    def change(api_key: Mapping) -> Mapping:
        if not _is(api_key, "type", "apikey"):
            return api_key
        for alias, key in (("in", "placement"), ("name", "key")):
            if alias in api_key and key not in api_key:
                message = f"{shown(alias)} is read as {shown(key)}"
                report.add(Code.API_KEY_ALIAS, message, api_key.key_span(alias))
                api_key = api_key.rename(alias, key)
        return api_key

    return rewrite(tree, _AUTHENTICATION, change)


def _is(mapping: Mapping, key: str, value: str) -> bool:
    node = mapping.get(key)
    return isinstance(node, Scalar) and node.value == value
