"""`responses.py`: the types of responses that the spec declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.code.naming import assign, type_name
from naftiko_gen.emit.literals import docstring, fill, verbatim
from naftiko_gen.emit.package.typed_dicts import (
    RESERVED,
    MemberView,
    TypeView,
    has_type,
    is_name,
    member_order,
)
from naftiko_gen.emit.requests.annotations import JSON_VALUE, annotation, optional
from naftiko_gen.ir import (
    Anything,
    Array,
    Bytes,
    Matching,
    Nullable,
    Object,
    OneOf,
    Primitive,
    Refined,
    Union,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from naftiko_gen.emit.literals import Code
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.ir import Capability, Type


@dataclass(frozen=True)
class ResponseTypesView:
    """The variables of `responses.py.jinja`."""

    types: tuple[TypeView, ...]


def response_types_view(emission: Emission) -> ResponseTypesView | None:
    """Return the view of the types of responses, None if there are none."""
    wires = response_wires(emission.capability)
    if not wires:
        return None
    names = assign(wires.values(), reserved=RESERVED, style=type_name)
    writer = _Writer({kind: names[wire] for kind, wire in wires.items()})
    types = tuple(writer.view(kind, wire) for kind, wire in wires.items())
    return ResponseTypesView(types)


def response_wires(capability: Capability) -> dict[Object, str]:
    """Return the objects in responses with their names, inner ones first.

    Equal objects have the name of the first one.
    """
    wires: dict[Object, str] = {}
    for operation in capability.operations:
        if operation.answer is not None:
            _collect(operation.answer, f"{operation.name} response", wires)
    return wires


def _collect(kind: Type, wire: str, wires: dict[Object, str]) -> None:
    match kind:
        case Object(fields=fields) if kind not in wires:
            for member in fields:
                _collect(member.type, f"{wire} {member.name}", wires)
            if fields and has_type([member.name for member in fields]):
                wires[kind] = _free(wire, wires)
        case Array(items=inner) | Refined(base=inner) | Nullable(base=inner):
            _collect(inner, wire, wires)
        case Union(types=types):
            for number, option in enumerate(types, 1):
                _collect(option, f"{wire} {number}", wires)
        case _:
            pass


def _free(wire: str, wires: dict[Object, str]) -> str:
    while wire in wires.values():
        wire += " 2"
    return wire


@dataclass(frozen=True)
class _Writer:
    names: Mapping[Object, Code]

    def view(self, kind: Object, wire: str) -> TypeView:
        members = [
            MemberView(member.name, optional(self.annotation(member.type)))
            for member in sorted(
                kind.fields, key=lambda member: member_order(member.name)
            )
        ]
        return TypeView(
            name=self.names[kind],
            docstring=docstring(f"The members of {wire}", indent=4),
            members=tuple(members),
            is_class=all(is_name(member.key) for member in members),
        )

    def annotation(self, kind: Type) -> Code:
        match kind:
            case Object() if kind in self.names:
                return self.names[kind]
            case Array(items=items):
                return fill("list[{}]", optional(self.annotation(items)))
            case Refined(base=base) | Nullable(base=base):
                return self.annotation(base)
            case Bytes() | Matching():
                return verbatim("str")
            case Anything() | Union():
                return JSON_VALUE
            case Primitive() | Object() | OneOf():
                return annotation(kind)
            case _:
                assert_never(kind)
