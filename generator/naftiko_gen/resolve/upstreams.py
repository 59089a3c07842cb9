"""Upstreams: the consumed APIs and their base URIs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.codes import Code
from naftiko_gen.expressions import Hole, Scope
from naftiko_gen.quoting import shown
from naftiko_gen.resolve.addresses import problem, stand_in
from naftiko_gen.resolve.credentials import credential
from naftiko_gen.resolve.safety import check_encryption
from naftiko_gen.resolve.settings import setting_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen import spec
    from naftiko_gen.diagnostics import Report
    from naftiko_gen.resolve.environment import Environment
    from naftiko_gen.tree import Span

_VARIABLE = re.compile(
    r"\{\{\s*(?P<double>[^{}]+?)\s*\}\}|\$\{(?P<shell>[^{}]+)\}|\{(?P<single>[^{}]+)\}"
)


def upstream(
    consumes: spec.Consumes, environment: Environment, report: Report
) -> ir.Upstream:
    """Return the upstream of a consumes block."""
    text, span = consumes.base_uri, consumes.node.value_span("baseUri")
    _check_base_uri(text, span, report)
    check_encryption(consumes, report)
    held = credential(consumes, environment, report)
    address, tail = text.rstrip("/"), ""
    if isinstance(held, ir.PathKey):
        address, tail = _cut(address, held.name)
        held = replace(held, tail=tuple(_tail(tail, held, consumes, environment)))
    return ir.Upstream(
        consumes.namespace,
        tuple(_parts(address, consumes, environment)),
        held,
        consumes.description,
    )


def _cut(text: str, name: str) -> tuple[str, str]:
    """Cut a base URI where the segment begins that holds the variable of a key."""
    host = text.find("//") + 2 if "//" in text else 0
    path = text.find("/", host)
    for found in _VARIABLE.finditer(text):
        start = text.rfind("/", 0, found.start())
        if _name(found) == name and start >= path >= 0:
            return text[:start], text[start:]
    return text, ""


def _tail(
    text: str, held: ir.PathKey, consumes: spec.Consumes, environment: Environment
) -> Iterator[str | ir.Text]:
    """Yield the parts of the end of a base URI, with a key for its variable."""
    span = consumes.node.value_span("baseUri")
    for part in _pieces(text):
        if isinstance(part, str):
            yield part
        elif _name(part) == held.name:
            yield held.value
        else:
            yield ir.Setting(_variable(part, consumes.namespace, span, environment))


def _parts(
    text: str, consumes: spec.Consumes, environment: Environment
) -> Iterator[str | ir.Variable]:
    """Split an address: `{x}` is a setting of the namespace, `{{X}}` and `${X}` X."""
    span = consumes.node.value_span("baseUri")
    for part in _pieces(text):
        if isinstance(part, str):
            yield part
        else:
            yield _variable(part, consumes.namespace, span, environment)


def _pieces(text: str) -> Iterator[str | re.Match[str]]:
    position = 0
    for found in _VARIABLE.finditer(text):
        if found.start() > position:
            yield text[position : found.start()]
        yield found
        position = found.end()
    if text[position:]:
        yield text[position:]


def _name(found: re.Match[str]) -> str:
    return found["double"] or found["shell"] or found["single"]


def _variable(
    found: re.Match[str], namespace: str, span: Span, environment: Environment
) -> ir.Variable:
    single, shell = found["single"], found["shell"]
    if shell is not None:
        message = f"{shown(found[0])} of the base URI is the variable {shell}"
        environment.report.add(Code.BASE_URI_VARIABLE, message, span)
    if single is None:
        return environment.variable(_hole(found["double"] or shell), span)
    name = setting_name(namespace, single)
    message = f"{shown(single)} of the base URI is the setting {name}"
    environment.report.add(Code.BASE_URI_VARIABLE, message, span)
    return environment.named(name)


def _hole(text: str) -> Hole:
    name = text.removeprefix("env.")
    return Hole(name, Scope.ANY if name == text else Scope.ENVIRONMENT)


def _check_base_uri(text: str, span: Span, report: Report) -> None:
    filled = _VARIABLE.sub(_stand_in, text)
    found = problem(filled, starts_open=text.startswith(("{", "$")))
    if found:
        # What stands before an @ can be a password.
        named = "the base URI" if "@" in text else shown(text)
        report.add(Code.UNUSABLE_BASE_URI, f"{named} {found}", span)


def _stand_in(variable: re.Match[str]) -> str:
    return stand_in(is_first=variable.start() == 0)
