"""Upstreams: the consumed APIs and their base URIs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from naftiko_gen import ir
from naftiko_gen.codes import Code
from naftiko_gen.expressions import Hole, Scope
from naftiko_gen.quoting import shown
from naftiko_gen.resolve.credentials import credential
from naftiko_gen.resolve.settings import setting_name

if TYPE_CHECKING:
    from naftiko_gen import spec
    from naftiko_gen.diagnostics import Report
    from naftiko_gen.resolve.environment import Environment
    from naftiko_gen.tree import Span

_VARIABLE = re.compile(
    r"\{\{\s*(?P<double>[^{}]+?)\s*\}\}|\$\{(?P<shell>[^{}]+)\}|\{(?P<single>[^{}]+)\}"
)
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/\[\]@!$&'()*+,;=%?#]*")


def upstream(
    consumes: spec.Consumes, environment: Environment, report: Report
) -> ir.Upstream:
    """Return the upstream of a consumes block."""
    return ir.Upstream(
        consumes.namespace,
        _base_uri(consumes, environment, report),
        credential(consumes, environment, report),
        consumes.description,
    )


def _base_uri(
    consumes: spec.Consumes, environment: Environment, report: Report
) -> tuple[str | ir.Variable, ...]:
    """Split the base URI: `{x}` is a setting of the namespace, `{{X}}` and `${X}` X."""
    text, span = consumes.base_uri, consumes.node.value_span("baseUri")
    _check_base_uri(text, span, report)
    text = text.rstrip("/")
    parts: list[str | ir.Variable] = []
    position = 0
    for found in _VARIABLE.finditer(text):
        parts += [text[position : found.start()]]
        parts += [_variable(found, consumes.namespace, span, environment)]
        position = found.end()
    return tuple(part for part in (*parts, text[position:]) if part != "")


def _variable(
    found: re.Match[str], namespace: str, span: Span, environment: Environment
) -> ir.Variable:
    single = found["single"]
    if single is None:
        return environment.variable(_hole(found["double"] or found["shell"]), span)
    name = setting_name(namespace, single)
    message = f"{shown(single)} of the base URI is the setting {name}"
    environment.report.add(Code.BASE_URI_VARIABLE, message, span)
    return environment.named(name)


def _hole(text: str) -> Hole:
    name = text.removeprefix("env.")
    return Hole(name, Scope.ANY if name == text else Scope.ENVIRONMENT)


def _check_base_uri(text: str, span: Span, report: Report) -> None:
    problem = _problem(
        _VARIABLE.sub("x", text), starts_open=text.startswith(("{", "$"))
    )
    if problem:
        # What stands before an @ can be a password.
        named = "the base URI" if "@" in text else shown(text)
        report.add(Code.UNUSABLE_BASE_URI, f"{named} {problem}", span)


def _problem(text: str, *, starts_open: bool) -> str | None:
    """Say what is wrong with a base URI whose variables are filled; None if nothing.

    One that starts with a variable has its scheme and host in there.
    """
    if not _CHARACTERS.fullmatch(text):
        return "holds characters that no URL has"
    if starts_open and not text.startswith("x:"):
        return "has a query or a fragment" if re.search("[?#]", text) else None
    return _split_problem(text)


def _split_problem(text: str) -> str | None:
    try:
        split = urlsplit(text)
        known_port = split.port is None or split.port > 0
    except ValueError:
        return "is no URL"
    if split.scheme not in {"http", "https", "x"} or not split.hostname:
        return "doesn't start with http:// or https:// and a host"
    if "@" in split.netloc:
        return "holds a user name, which belongs into 'authentication'"
    if "?" in text or "#" in text:
        return "has a query or a fragment"
    return None if known_port else "has no port that can be used"
