"""The types of exposed shapes: `TypedDict` classes of `outputs.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.code.naming import assign, type_name
from naftiko_gen.emit.code.statements import JSON_VALUE, annotation, optional
from naftiko_gen.emit.literals import Code, docstring, fill, verbatim
from naftiko_gen.emit.requests.template_kinds import may_be_absent
from naftiko_gen.emit.types.arguments import ArgumentTypes
from naftiko_gen.emit.types.typed_dicts import (
    RESERVED,
    MemberView,
    TypeView,
    has_type,
    is_name,
    member_order,
)

Place = tuple[str, ...]
"""The name of an output, then the keys that lead to a part of it."""

_ITEM = "item"


@dataclass(frozen=True)
class OutputTypes:
    """The types of all shapes in some outputs, which are named."""

    outputs: tuple[tuple[str, ir.Projection], ...]
    arguments: ArgumentTypes

    def views(self) -> Iterator[TypeView]:
        """Yield the types, each after the types of its members."""
        for place, shape in self._shapes:
            yield self._view(place, shape)

    def annotation(self, projection: ir.Projection, place: Place) -> Code:
        """Return the annotation of a projection's value."""
        match projection:
            case ir.Identity():
                return JSON_VALUE
            case ir.Literal(value=value):
                return self._constant(value)
            case ir.Filled(template=template):
                return self._filled_type(template)
            case ir.Pick(path=path, type=kind):
                return optional(self._picked_type(path, kind))
            case ir.Shape(path=path):
                name = self._names.get(place) or annotation(ir.Object())
                return optional(name) if path else name
            case ir.Items(item=item):
                inside = self.annotation(item, (*place, _ITEM))
                return fill("list[{}] | None", inside)
            case ir.Find(item=item):
                return fill("list[{}]", self.annotation(item, (*place, _ITEM)))
            case _:
                assert_never(projection)

    def _view(self, place: Place, shape: ir.Shape) -> TypeView:
        members = [
            MemberView(key, self.annotation(member, (*place, key)))
            for key, member in sorted(shape.members, key=_output_order)
        ]
        return TypeView(
            name=self._names[place],
            docstring=docstring(_description(place), indent=4),
            members=tuple(members),
            is_class=all(is_name(member.key) for member in members),
        )

    def _picked_type(self, path: tuple[ir.PathSegment, ...], kind: ir.Type) -> Code:
        is_array = isinstance(kind, ir.Array)
        if ir.Each.ELEMENT in path and not is_array:
            return fill("list[{}]", JSON_VALUE)
        return verbatim("str") if kind == ir.Bytes() else annotation(kind)

    def _filled_type(self, template: ir.Template) -> Code:
        match template:
            case ir.Argument(source=ir.Input() as source):
                code = self.arguments.of_input(source, is_bytes=False)
            case _:
                code = verbatim("str")
        return optional(code) if may_be_absent(template) else code

    def _constant(self, value: Plain) -> Code:
        match value:
            case None:
                return verbatim("None")
            case bool():
                return verbatim("bool")
            case int():
                return verbatim("int")
            case float():
                return verbatim("float")
            case str():
                return verbatim("str")
            case list() | dict():
                return JSON_VALUE
            case _:
                assert_never(value)

    @cached_property
    def _shapes(self) -> tuple[tuple[Place, ir.Shape], ...]:
        return tuple(
            shape
            for name, projection in self.outputs
            for shape in _shapes(projection, (name,))
        )

    @cached_property
    def _names(self) -> Mapping[Place, Code]:
        wires: dict[str, Place] = {}
        for place, _ in self._shapes:
            wire = " ".join(place)
            while wire in wires:
                wire += " 2"
            wires[wire] = place
        reserved = {*RESERVED, *self.arguments.names.values()}
        names = assign(wires, reserved=reserved, style=type_name)
        return {wires[wire]: name for wire, name in names.items()}


def _shapes(
    projection: ir.Projection, place: Place
) -> Iterator[tuple[Place, ir.Shape]]:
    """Yield the shapes in a projection with their places, the inner ones first."""
    match projection:
        case ir.Shape(members=members):
            for key, member in members:
                yield from _shapes(member, (*place, key))
            if has_type([key for key, _ in members]):
                yield place, projection
        case ir.Items(item=item) | ir.Find(item=item):
            yield from _shapes(item, (*place, _ITEM))
        case ir.Identity() | ir.Literal() | ir.Filled() | ir.Pick():
            pass
        case _:
            assert_never(projection)


def _description(place: Place) -> str:
    output, *keys = place
    inside = "".join(f"{key} in " for key in reversed(keys))
    return f"The shape of {inside}the output of {output}"


def _output_order(member: tuple[str, ir.Projection]) -> int:
    return member_order(member[0])
