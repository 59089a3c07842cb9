"""Rules for the parameters of consumed operations."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.dialects.authentication import CREDENTIALS, set_by
from naftiko_gen.dialects.locators import variables
from naftiko_gen.dialects.rewriting import (
    CONSUMED_OPERATIONS,
    CONSUMED_RESOURCES,
    CONSUMES,
    mappings,
    rewrite,
    rewrite_all,
)
from naftiko_gen.language.names import env_name
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar, Sequence, mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.report import Report

_HOLDERS = (CONSUMES, CONSUMED_RESOURCES, CONSUMED_OPERATIONS)
_PARAMETERS = tuple((*holder, "inputParameters") for holder in _HOLDERS)
_WITHIN = tuple(path[len(CONSUMES) :] for path in _PARAMETERS)

_METADATA = ("type", "required", "description")
_HOLE = re.compile(
    r"\{\{\s*(?!env\.|[A-Z][A-Z0-9_]*\s*\})(?:tools\.|rest\.)?([^{}\s]+)\s*\}\}"
)
"""A template that is one name, which isn't written like that of a variable."""


def empty_name(tree: Mapping, report: Report) -> Mapping:
    """Leave out parameters whose name is empty."""

    def change(holder: Mapping) -> Mapping:
        parameters = holder.get("inputParameters")
        if not isinstance(parameters, Sequence):
            return holder
        nameless = [each for each in parameters.items if _has_empty_name(each)]
        for each in nameless:
            message = "a parameter without a name is left out"
            report.add(Code.EMPTY_NAME, message, each.span)
        kept = tuple(each for each in parameters.items if each not in nameless)
        changed = replace(parameters, items=kept)
        return holder.put("inputParameters", changed) if nameless else holder

    return rewrite_all(tree, _HOLDERS, change)


def _has_empty_name(parameter: Node) -> bool:
    name = parameter.get("name") if isinstance(parameter, Mapping) else None
    return name is not None and name.plain() == ""


_WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})


def parameter_place(tree: Mapping, report: Report) -> Mapping:
    """Place parameters that say nothing of it.

    They are in the path if it has a variable of that name, else in the query, or in
    the body for methods that have one.
    """

    def change(resource: Mapping) -> Mapping:
        names = variables(resource.text("path") or "")

        def placed(operation: Mapping) -> Mapping:
            method = operation.text("method") or "GET"
            place = "query" if method in _WITHOUT_BODY else "body"
            return _with_places(report, names, place, operation)

        whole = _with_places(report, names, "query", resource)
        return rewrite(whole, ("operations",), placed)

    return rewrite(tree, CONSUMED_RESOURCES, change)


def _with_places(
    report: Report, names: list[str], otherwise: str, holder: Mapping
) -> Mapping:
    def change(parameter: Mapping) -> Mapping:
        name = parameter.text("name")
        if name is None or "in" in parameter:
            return parameter
        place = "path" if name in names else otherwise
        span = parameter.value_span("name")
        report.add(
            Code.PARAMETER_PLACE,
            f"{shown(name)} says no place, so it is in the {place}",
            span,
        )
        return parameter.put("in", Scalar(place, span))

    return rewrite(holder, ("inputParameters",), change)


def credential_header(tree: Mapping, report: Report) -> Mapping:
    """Take a header that authenticates from a variable: callers aren't asked for it.

    What may be absent is left to itself, and what `authentication` sets to that.
    """

    def change(consumes: Mapping) -> Mapping:
        namespace = consumes.text("namespace")
        names = CREDENTIALS - set_by(consumes.get("authentication"))

        def filled(parameter: Mapping) -> Mapping:
            return _from_variable(parameter, f"{namespace}", names, report)

        return rewrite_all(consumes, _WITHIN, filled)

    return rewrite(tree, CONSUMES, change)


def _from_variable(
    parameter: Mapping, namespace: str, names: frozenset[str], report: Report
) -> Mapping:
    name = parameter.text("name") or ""
    is_asked = parameter.text("in") == "header" and _is_required(parameter)
    if name.lower() not in names or not is_asked or "value" in parameter:
        return parameter
    variable = env_name(f"{namespace}_{name}")
    message = f"{shown(name)} is a credential, so it is the variable {variable}"
    span = parameter.value_span("name")
    report.add(Code.CREDENTIAL_SETTING, message, span)
    return parameter.put("value", Scalar(f"{{{{{variable}}}}}", span))


def _is_required(parameter: Mapping) -> bool:
    required = parameter.get("required")
    return required is not None and required.plain() is True


def structured_value(tree: Mapping, report: Report) -> Mapping:
    """Make the template of a body of its parameters, if one has a structured value."""
    change = partial(_with_body_template, report)
    return rewrite(tree, CONSUMED_OPERATIONS, change)


def _with_body_template(report: Report, operation: Mapping) -> Mapping:
    parameters = list(mappings(operation, ("inputParameters",)))
    in_body = [each for each in parameters if each.text("in") == "body"]
    structured = [each for each in in_body if _is_structured(each.get("value"))]
    if not structured or "body" in operation:
        return operation
    span = structured[0].value_span("value")
    for each in structured:
        message = "the value becomes a part of the body's template"
        report.add(Code.STRUCTURED_VALUE, message, each.key_span("value"))
    body = mapping({"type": Scalar("json", span), "data": _template(in_body)}, span)
    others = [each for each in parameters if each not in in_body]
    declared = [each for model in in_body for each in _declared(model)]
    kept = Sequence((*others, *declared), operation.value_span("inputParameters"))
    return operation.put("inputParameters", kept).put("body", body)


def _is_structured(value: Node | None) -> bool:
    return isinstance(value, Mapping | Sequence)


def _template(in_body: list[Mapping]) -> Node:
    """Return the body of these parameters; a single one called so is the body."""
    values = {str(model.text("name")): _value(model) for model in in_body}
    only = values.get("body") if len(values) == 1 else None
    return only or mapping(values, in_body[0].span)


def _value(model: Mapping) -> Node:
    hole = Scalar(f"{{{{{model.text('name')}}}}}", model.span)
    return model.get("value") or hole


def _declared(model: Mapping) -> Iterator[Mapping]:
    """Yield the parameters that a body's parameter holds: itself, or its members."""
    value = model.get("value")
    match value:
        case None:
            yield model
        case Mapping():
            for schema in _members(model):
                yield from _named_by(value.get(schema.key), schema.value)
        case _:
            yield from _named_by(value, model)


def _members(model: Mapping) -> tuple[Entry, ...]:
    properties = model.get("properties")
    return properties.entries if isinstance(properties, Mapping) else ()


def _named_by(value: Node | None, schema: Node) -> Iterator[Mapping]:
    """Yield the parameter whose value is all of a value, described by its schema."""
    text = value.value if isinstance(value, Scalar) else None
    hole = _HOLE.fullmatch(text) if isinstance(text, str) else None
    if hole and isinstance(schema, Mapping):
        place = {
            "name": Scalar(hole[1], schema.span),
            "in": Scalar("body", schema.span),
        }
        said = {e.key: e.value for e in schema.entries if e.key in _METADATA}
        yield mapping(place | said, schema.span)


def parameter_metadata(tree: Mapping, report: Report) -> Mapping:
    """Keep `type`, `required` and `description` of consumed parameters."""

    def change(parameter: Mapping) -> Mapping:
        keys = [key for key in _METADATA if key in parameter]
        if keys:
            names = ", ".join(map(shown, keys))
            message = f"the inputs that feed this parameter take over {names}"
            report.add(Code.PARAMETER_METADATA, message, parameter.key_span(keys[0]))
        return parameter

    return rewrite_all(tree, _PARAMETERS, change)
