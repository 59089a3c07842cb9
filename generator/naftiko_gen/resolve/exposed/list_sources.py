"""The call that a part of a tool's answer is from, and the type of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen import ir
from naftiko_gen.resolve.exposed.response_lists import (
    fields_of,
    names_of,
    object_of,
    read_type,
    shape_type,
    source_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Source:
    """The call whose response has a part of an answer.

    Attributes:
        step: The name of its step, None for a single call.
        output: The parts of the response that are read.
        path: Where the part is in the response.
    """

    step: str | None
    call: ir.Call
    output: ir.Projection
    path: ir.MemberPath

    @property
    def response(self) -> ir.Type:
        """Return the type of the response, as far as it is known."""
        return self.call.operation.answer or read_type(self.output)


def find_source(
    implementation: ir.Implementation, path: ir.MemberPath
) -> Source | None:
    """Return the call that a part of an answer is from, None if it is composed."""
    match implementation:
        case ir.ProjectedCall(call=call, output=output):
            place = source_of(output, path)
            return None if place is None else Source(None, call, output, place)
        case ir.Flow(answer=ir.LastResponse(output=output), steps=(*_, last)):
            place = source_of(output, path)
            return None if place is None else _of_step(implementation, last.name, place)
        case ir.Flow(answer=ir.Mapped(template=template)):
            part = _part_at(template, path)
            return part and _of_step(implementation, *part)
        case ir.Flow() | ir.Forward():
            return None
        case _:
            assert_never(implementation)


def _of_step(flow: ir.Flow, name: str, path: ir.MemberPath) -> Source | None:
    """Return the call of a step, None if the step makes none."""
    for step, parts in ir.readings(flow):
        if step.name == name:
            return Source(name, step.call, parts, path)
    return None


def _part_at(
    template: ir.Template, path: ir.MemberPath
) -> tuple[str, ir.MemberPath] | None:
    """Return the step that a part of a composed answer is from, and where it is."""
    match template, path:
        case ir.ObjectTemplate(entries=entries), (name, *inner):
            member = dict(entries).get(name)
            return _part_at(member, tuple(inner)) if member else None
        case ir.StepValue(step=step, query=None), _:
            place = _place(template, (*template.path, *path))
            return None if place is None else (step, place)
        case _:
            return None


def _place(
    value: ir.StepValue, path: tuple[ir.PathSegment, ...]
) -> ir.MemberPath | None:
    """Return where a path in the answer of a step leads to in its response."""
    view = {output.name: output.source for output in value.view}
    match path:
        case (str() as name, *inner) if view:
            source = view.get(name)
            return names_of((*source, *inner)) if isinstance(source, tuple) else None
        case _:
            return names_of(path)


# --- types ---


def answer_kind(implementation: ir.Implementation) -> ir.Type:
    """Return the type of an answer, as far as it is known.

    A mapped value has the type of the step's response if no other is declared.
    """
    match implementation:
        case ir.Flow(answer=ir.Mapped(template=template, type=output)):
            return _mapped_type(implementation, template, output)
        case ir.ProjectedCall() | ir.Flow() | ir.Forward():
            answer = ir.answer_type(implementation)
            return answer or shape_type(ir.projection_of(implementation))
        case _:
            assert_never(implementation)


def _mapped_type(
    flow: ir.Flow, template: ir.Template, output: ir.Projection
) -> ir.Type:
    match template, output:
        case ir.ObjectTemplate(entries=entries), ir.Shape(members=members):
            return object_of(_member_types(flow, entries, dict(members)))
        case ir.StepValue(), ir.Pick(type=ir.Anything()):
            part = _part_at(template, ())
            source = _of_step(flow, *part) if part else None
            answer = source.call.operation.answer if source else None
            return type_at(answer, source.path) if source and answer else ir.Anything()
        case _:
            return shape_type(output)


def _member_types(
    flow: ir.Flow,
    entries: tuple[tuple[str, ir.Template], ...],
    members: dict[str, ir.Projection],
) -> Iterator[tuple[str, ir.Type]]:
    for name, template in entries:
        yield name, _mapped_type(flow, template, members[name])


def type_at(kind: ir.Type, path: ir.MemberPath) -> ir.Type:
    """Return the declared type of a part of a value."""
    for name in path:
        kind = dict(fields_of(kind)).get(name, ir.Anything())
    return kind
