"""Credentials: their kind, where they are sent, and the variables that hold them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, assert_never

from naftiko_gen import ir
from naftiko_gen.tools.explain.explanation import Credential

if TYPE_CHECKING:
    from collections.abc import Iterator

_AUTHORIZATION = ("header Authorization",)
_NONE = Credential("none", (), ())


def credential(configured: ir.Credential | None) -> Credential | None:
    """Return the public facts about a credential: no values."""
    match configured:
        case None:
            return None
        case ir.Alternatives(credentials=credentials, fallback=fallback):
            first, *others = map(_single, credentials)
            none = (_NONE,) if fallback is ir.Fallback.ANONYMOUS else ()
            return replace(first, alternatives=(*others, *none))
        case _:
            return _single(configured)


def _single(configured: ir.Single) -> Credential:
    kind, sent = _kind(configured)
    return Credential(kind, sent, tuple(dict.fromkeys(_variables(configured))))


def _kind(configured: ir.Single) -> tuple[str, tuple[str, ...]]:
    """Return the language's name for a credential, and where it is sent."""
    match configured:
        case ir.Bearer():
            return "bearer", _AUTHORIZATION
        case ir.Basic():
            return "basic", _AUTHORIZATION
        case ir.Digest():
            return "digest", _AUTHORIZATION
        case ir.OAuth1():
            return "oauth1", _AUTHORIZATION
        case ir.OAuth2():
            return "oauth2", _AUTHORIZATION
        case ir.SigV4():
            return "aws-sig-v4", _AUTHORIZATION
        case ir.Hmac():
            return "hmac", _AUTHORIZATION
        case ir.Certificate():
            return "certificate", ("the TLS connection",)
        case ir.SeveralKeys(keys=keys):
            return "apikey", tuple(map(_place, keys))
        case _:
            return "apikey", (_place(configured),)


def _place(
    key: ir.HeaderKey | ir.QueryKey | ir.CookieKey | ir.BodyKey | ir.PathKey,
) -> str:
    match key:
        case ir.HeaderKey(name=name):
            return f"header {name}"
        case ir.QueryKey(name=name):
            return f"query {name}"
        case ir.CookieKey(name=name):
            return f"cookie {name}"
        case ir.BodyKey(name=name):
            return f"body /{name}"
        case ir.PathKey(name=name):
            return f"path {name}"
        case _:
            assert_never(key)


def _variables(part: object) -> Iterator[str]:
    match part:
        case ir.Variable(name=name):
            yield name
        case tuple():
            for item in part:
                yield from _variables(item)
        case _ if is_dataclass(part) and not isinstance(part, type):
            for field in fields(part):
                yield from _variables(getattr(part, field.name))
        case _:
            pass
