"""Credentials: where an upstream's secrets go."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen import ir, spec
from naftiko_gen.codes import Code
from naftiko_gen.expressions import Hole, has_holes, template
from naftiko_gen.resolve.headers import check_key
from naftiko_gen.resolve.templates import text_template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from naftiko_gen.diagnostics import Report
    from naftiko_gen.resolve.environment import Environment
    from naftiko_gen.tree import Mapping, Span


def secret_holes(consumed: Iterable[spec.Consumes], report: Report) -> list[Hole]:
    """Return the names that credentials use; report values that are no references."""
    holes: list[Hole] = []
    for consumes in consumed:
        for text, node, key in _secrets(consumes):
            holes += [part for part in template(text) if isinstance(part, Hole)]
            _report_literal(text, node, key, report)
    return holes


def _secrets(consumes: spec.Consumes) -> Iterator[tuple[str, Mapping, str]]:
    """Yield each secret text of an upstream, and the mapping and key that hold it."""
    match consumes.authentication:
        case spec.Bearer() as bearer:
            yield bearer.token, bearer.node, "token"
        case spec.Basic() as basic:
            if has_holes(basic.username):
                yield basic.username, basic.node, "username"
            if basic.password or not has_holes(basic.username):
                yield basic.password, basic.node, "password"
        case spec.ApiKey() as api_key:
            yield api_key.value, api_key.node, "value"
        case None:
            pass
        case other:
            assert_never(other)
    for parameter in _fixed_headers(consumes):
        if parameter.name.lower() == "authorization":
            yield str(parameter.value), parameter.node, "value"


def _fixed_headers(consumes: spec.Consumes) -> Iterator[spec.ConsumedInput]:
    levels = [consumes.inputs]
    for resource in consumes.resources:
        levels.append(resource.inputs)
        levels += [operation.inputs for operation in resource.operations]
    for inputs in levels:
        for parameter in inputs:
            if parameter.place == "header" and parameter.value is not None:
                yield parameter


def _report_literal(text: str, node: Mapping, key: str, report: Report) -> None:
    # The value isn't shown: what's printed ends up in logs.
    if not has_holes(text):
        message = "a credential is written into the document"
        hint = "bind a variable and name it: '{{NAME}}'"
        report.add(Code.LITERAL_CREDENTIAL, message, node.value_span(key), hint)


def credential(
    consumes: spec.Consumes, environment: Environment, report: Report
) -> ir.Credential | None:
    """Return the credential of an upstream, or None if it needs none."""

    def text(node: Mapping, key: str, value: str) -> ir.Text:
        return _text(value, node.value_span(key), environment)

    match consumes.authentication:
        case None:
            return None
        case spec.Bearer(node=node, token=token):
            return ir.Bearer(text(node, "token", token))
        case spec.Basic(node=node, username=username, password=password):
            name = text(node, "username", username)
            return ir.Basic(name, text(node, "password", password))
        case spec.ApiKey(node=node, placement="query") as api_key:
            return ir.QueryKey(api_key.key, text(node, "value", api_key.value))
        case spec.ApiKey(node=node) as api_key:
            check_key(api_key.key, node.value_span("key"), report)
            return ir.HeaderKey(api_key.key, text(node, "value", api_key.value))
        case other:
            assert_never(other)


def _text(value: str, span: Span, environment: Environment) -> ir.Text:
    def fill(hole: Hole, span: Span) -> ir.Template:
        return ir.Setting(environment.variable(hole, span))

    match text_template(value, span, fill):
        case (ir.Constant() | ir.Setting() | ir.Joined()) as filled:
            return filled
        case other:
            raise TypeError(f"a text became {other}")
