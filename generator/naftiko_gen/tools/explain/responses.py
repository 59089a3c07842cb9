"""Responses, member by member."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, assert_never

from naftiko_gen import ir
from naftiko_gen.tools.explain.explanation import Answer, FixedMember, Member
from naftiko_gen.tools.explain.values import below, json_path, type_words


def answer(implementation: ir.Implementation) -> Answer:
    """Return the response that an implementation makes of upstream responses.

    If mappings compose it, the path of a member starts with the name of its step.
    """
    match implementation:
        case ir.Flow(answer=ir.Mapped(template=template, type=type_)):
            return _build_answer(_mapped_members(template, type_, ""))
        case _:
            output = implementation.output
    if not isinstance(output, ir.Identity):
        return _build_answer(_members(output, _Spot("", ())))
    kind: Literal["unchanged", "binary"]
    kind = "unchanged" if output.limit is None else "binary"
    return Answer(kind, output.media_type or None, output.limit)


def _build_answer(members: Iterator[Member | FixedMember]) -> Answer:
    return Answer("shaped", members=tuple(members))


def _mapped_members(
    template: ir.Template, projection: ir.Projection, pointer: str
) -> Iterator[Member | FixedMember]:
    match template, projection:
        case ir.ObjectTemplate(entries=entries), _ if entries:
            types = dict(projection.members if isinstance(projection, ir.Shape) else ())
            for key, value in entries:
                type_ = types.get(key, ir.Identity())
                yield from _mapped_members(value, type_, below(pointer, key))
        case ir.ArrayTemplate(items=items), _ if items:
            for index, item in enumerate(items):
                inside = below(pointer, str(index))
                yield from _mapped_members(item, ir.Identity(), inside)
        case ir.StepValue() as value, _:
            path = json_path((value.step, *value.parts))
            yield Member(pointer, path, _type(projection))
        case ir.Constant(value=value), _:
            yield FixedMember(pointer, value)
        case ir.ObjectTemplate(), _:
            yield FixedMember(pointer, {})
        case ir.ArrayTemplate(), _:
            yield FixedMember(pointer, [])
        case _:
            yield FixedMember(pointer, _text(template))


def _type(projection: ir.Projection) -> str:
    match projection:
        case ir.Pick(type=type_):
            return type_words(type_)
        case ir.Items() | ir.Find():
            return type_words(ir.Array(ir.Anything()))
        case ir.Shape():
            return type_words(ir.Object())
        case _:
            return type_words(ir.Anything())


@dataclass(frozen=True)
class _Spot:
    """A place in the response, and its source in the upstream response."""

    pointer: str
    steps: tuple[ir.PathSegment | ir.Query, ...]

    def at_results(self, query: ir.Query) -> _Spot:
        return _Spot(below(self.pointer, "*"), (*self.steps, query))

    def inside(self, key: str, steps: tuple[ir.PathSegment, ...]) -> _Spot:
        return _Spot(below(self.pointer, key), (*self.steps, *steps))


def _members(projection: ir.Projection, spot: _Spot) -> Iterator[Member | FixedMember]:
    match projection:
        case ir.Identity():
            yield Member(spot.pointer, json_path(spot.steps), "any")
        case ir.Pick(path=path, type=type_):
            at = json_path((*spot.steps, *path))
            yield Member(spot.pointer, at, type_words(type_))
        case ir.Literal(value=value):
            yield FixedMember(spot.pointer, value)
        case ir.Filled(template=template):
            yield FixedMember(spot.pointer, _text(template))
        case ir.Shape(members=()):
            yield FixedMember(spot.pointer, {})
        case ir.Shape(path=path, members=members):
            for name, member in members:
                yield from _members(member, spot.inside(name, path))
        case ir.Items(path=path, item=item):
            elements = spot.inside("*", (*path, ir.Each.ELEMENT))
            yield from _members(item, elements)
        case ir.Find(query=query, item=item):
            yield from _members(item, spot.at_results(query))
        case _:
            assert_never(projection)


def _text(template: ir.Template) -> str:
    """Return a text with the names of its inputs in braces."""
    match template:
        case ir.Argument(source=source):
            return "{{" + source.name + "}}"
        case ir.StepValue():
            path = json_path((template.step, *template.parts))
            return "{{" + path + "}}"
        case ir.Joined(parts=parts):
            return "".join(p if isinstance(p, str) else _text(p) for p in parts)
        case _:
            raise TypeError("an output holds neither settings nor structures")
