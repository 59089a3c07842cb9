"""Upstreams: the consumed APIs and their base URIs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language.expressions import Hole, Scope
from naftiko_gen.language.package_settings import setting_name
from naftiko_gen.language.url_paths import find_departure
from naftiko_gen.resolve.addresses import problem, stand_in
from naftiko_gen.resolve.consumed.credentials import credential
from naftiko_gen.resolve.hosts import check_host
from naftiko_gen.resolve.safety import check_encryption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.language import models
    from naftiko_gen.resolve.environment import Bindings, Environment

VARIABLE = re.compile(
    r"\{\{\s*(?P<double>[^{}]+?)\s*\}\}|\$\{(?P<shell>[^{}]+)\}|\{(?P<single>[^{}]+)\}"
)
"""A variable of a base URI: `{{X}}`, `${X}` or `{x}`."""


def upstream(
    consumes: models.Consumes, environment: Environment, report: Report
) -> ir.Upstream:
    """Return the upstream of a consumes block."""
    text = consumes.base_uri
    _check_base_uri(text, consumes.node.value_span("baseUri"), report)
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
    for found in VARIABLE.finditer(text):
        start = text.rfind("/", 0, found.start())
        if _name(found) == name and start >= path >= 0:
            return text[:start], text[start:]
    return text, ""


def _tail(
    text: str, held: ir.PathKey, consumes: models.Consumes, environment: Environment
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
    text: str, consumes: models.Consumes, environment: Environment
) -> Iterator[str | ir.Variable]:
    """Split an address: `{{X}}` and `${X}` are X, `{x}` is that or a setting."""
    span = consumes.node.value_span("baseUri")
    for part in _pieces(text):
        if isinstance(part, str):
            yield part
        else:
            yield _variable(part, consumes.namespace, span, environment)


def _pieces(text: str) -> Iterator[str | re.Match[str]]:
    position = 0
    for found in VARIABLE.finditer(text):
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
    name = variable_name(found, namespace, environment.bindings)
    if found["double"] is None:
        message = f"{shown(found[0])} of the base URI is the variable {name}"
        environment.report.add(Code.BASE_URI_VARIABLE, message, span)
    if found["single"] is None:
        return environment.variable(_hole(name), span)
    # Whoever doesn't bind it needn't: its name follows from that of the namespace.
    return environment.bound(_hole(name)) or environment.named(name)


def variable_name(found: re.Match[str], namespace: str, bindings: Bindings) -> str:
    """Return what a variable of a base URI is called in a template."""
    single = found["single"]
    if single is None or bindings.find(_hole(single)):
        return _name(found)
    return setting_name(namespace, single)


def _hole(text: str) -> Hole:
    name = text.removeprefix("env.")
    return Hole(name, Scope.ANY if name == text else Scope.ENVIRONMENT)


def _check_base_uri(text: str, span: Span, report: Report) -> None:
    filled = VARIABLE.sub(_stand_in, text)
    found = problem(filled, starts_open=text.startswith(("{", "$")))
    check_host(filled, span, report)
    found = found or find_departure(f"/{urlsplit(filled).path.lstrip('/')}")
    if found:
        # What stands before an @ can be a password.
        named = "the base URI" if "@" in text else shown(text)
        report.add(Code.UNUSABLE_BASE_URI, f"{named} {found}", span)


def _stand_in(variable: re.Match[str]) -> str:
    return stand_in(is_first=variable.start() == 0)
