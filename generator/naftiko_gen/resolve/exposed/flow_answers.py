"""Answers of flows: objects that mappings compose, and their types."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.language import models
    from naftiko_gen.resolve.step_scope import StepScope

    Members = dict[str, "ir.Template | Members"]


def compose_object(
    mappings: Iterable[tuple[models.StepMapping, ir.Template]], report: Report
) -> ir.ObjectTemplate:
    """Return the object that mappings compose; dots in targets nest objects."""
    members: Members = {}
    for mapping, value in mappings:
        if not _put(members, mapping.target.split("."), value):
            message = (
                f"another mapping has the target {quote(mapping.target)}, or a part"
            )
            span = mapping.node.value_span("targetName")
            report.add(Code.CONFLICTING_MAPPING, message, span)
    return _template(members)


def _put(members: Members, keys: list[str], value: ir.Template) -> bool:
    """Add a value at a path of keys; return whether its place is free."""
    *outer, last = keys
    for key in outer:
        inner = members.setdefault(key, {})
        if not isinstance(inner, dict):
            return False
        members = inner
    if last in members:
        return False
    members[last] = value
    return True


def _template(members: Members) -> ir.ObjectTemplate:
    return ir.ObjectTemplate(
        tuple(
            (key, _template(value) if isinstance(value, dict) else value)
            for key, value in members.items()
        )
    )


def declared_shape(projection: ir.Projection, template: ir.ObjectTemplate) -> ir.Shape:
    """Return the type of a composed object: the declared members, then the others.

    Their order is that of the mappings, as in the answer.
    """
    declared_members = (
        dict(projection.members) if isinstance(projection, ir.Shape) else {}
    )
    members = {
        key: _member(key, value, declared_members) for key, value in template.entries
    }
    return ir.Shape((), tuple({**members, **_rest(declared_members, members)}.items()))


def _rest(
    declared_members: dict[str, ir.Projection], members: dict[str, ir.Projection]
) -> dict[str, ir.Projection]:
    return {key: value for key, value in declared_members.items() if key not in members}


def _member(
    key: str, value: ir.Template, declared_members: dict[str, ir.Projection]
) -> ir.Projection:
    projection = declared_members.get(key)
    match value, projection:
        case ir.StepValue(query=ir.Query()), _:
            return _query_results(key, projection)
        case _, ir.Find():
            # Only its own query makes an array of it.
            return ir.Pick((key,), ir.Anything())
        case ir.ObjectTemplate(), ir.Pick() | ir.Items():
            return projection
        case ir.ObjectTemplate(), _:
            inside = declared_shape(projection or ir.Identity(), value)
            return ir.Shape((key,), inside.members)
        case _:
            return projection or ir.Pick((key,), ir.Anything())


def _query_results(key: str, projection: ir.Projection | None) -> ir.Projection:
    """Return the type of the results of a query, which are always an array."""
    match projection:
        case ir.Find(item=item):
            return ir.Items((key,), item)
        case ir.Items() | ir.Pick(type=ir.Array()):
            return replace(projection, path=(key,))
        case ir.Pick() | ir.Shape():
            return ir.Items((key,), replace(projection, path=()))
        case _:
            return ir.Pick((key,), ir.Array(ir.Anything()))


def answer_part(projection: ir.Projection, step: str, scope: StepScope) -> ir.Template:
    """Return a declared output as parts of the answer of a step."""
    match projection:
        case ir.Pick(path=path) | ir.Items(path=path) | ir.Shape(path=path):
            return scope.part(step, path)
        case ir.Find(query=query):
            return ir.StepValue(step, (), query)
        case _:
            raise TypeError("an output with a value of its own is no part of an answer")
