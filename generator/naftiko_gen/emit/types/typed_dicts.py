"""The types of objects in `TypedDict`, and `responses.py`: those of responses."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.code.naming import KEYWORDS, assign, free_name, type_name
from naftiko_gen.emit.code.statements import JSON_VALUE, annotation, optional
from naftiko_gen.emit.literals import Code, docstring, fill, verbatim

RESERVED = frozenset({"JsonObject", "JsonValue", "TypedDict"})
_KEY = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
# As members of a class, they hide the types of later members. So they are last.
_HIDING = ("list", "str", "int", "float", "bool")


@dataclass(frozen=True)
class MemberView:
    """A member of a type."""

    key: str
    annotation: Code


@dataclass(frozen=True)
class TypeView:
    """The type of an object: a class, or a call if a key can't be a class's member."""

    name: Code
    docstring: Code
    members: tuple[MemberView, ...]
    is_class: bool


def member_order(key: str) -> int:
    """Return the order of a member in a class: names of types come last."""
    return _HIDING.index(key) if key in _HIDING else -1


def has_type(keys: Collection[str]) -> bool:
    """Return whether an object with these keys can have a type.

    If all keys are identifiers, it has to be a class, whose members are ASCII here.
    """
    return all(map(is_name, keys)) or not all(map(_is_identifier, keys))


def _is_identifier(key: str) -> bool:
    return key.isidentifier() and key not in KEYWORDS


def is_name(key: str) -> bool:
    """Return whether a key may be a member of a class."""
    return bool(_KEY.fullmatch(key)) and key not in KEYWORDS


@dataclass(frozen=True)
class ResponseTypesView:
    """The variables of `responses.py.jinja`."""

    types: tuple[TypeView, ...]


def response_types_view(capability: ir.Capability) -> ResponseTypesView | None:
    """Return the view of the types of responses, None if there are none."""
    wires = response_wires(capability)
    if not wires:
        return None
    names = assign(wires.values(), reserved=RESERVED, style=type_name)
    writer = _Writer({kind: names[wire] for kind, wire in wires.items()})
    types = tuple(writer.view(kind, wire) for kind, wire in wires.items())
    return ResponseTypesView(types)


def response_wires(capability: ir.Capability) -> dict[ir.Object, str]:
    """Return the objects in responses with their names, inner ones first.

    Equal objects have the name of the first one.
    """
    wires: dict[ir.Object, str] = {}
    for operation in capability.operations:
        if operation.answer is not None:
            _collect(operation.answer, f"{operation.name} response", wires)
    return wires


def _collect(kind: ir.Type, wire: str, wires: dict[ir.Object, str]) -> None:
    match kind:
        case ir.Object(fields=fields) if kind not in wires:
            for member in fields:
                _collect(member.type, f"{wire} {member.name}", wires)
            if fields and has_type([member.name for member in fields]):
                wires[kind] = free_name(wire, wires.values())
        case ir.Array(items=inner) | ir.Refined(base=inner) | ir.Nullable(base=inner):
            _collect(inner, wire, wires)
        case ir.Union(types=types):
            for number, option in enumerate(types, 1):
                _collect(option, f"{wire} {number}", wires)
        case _:
            pass


@dataclass(frozen=True)
class _Writer:
    names: Mapping[ir.Object, Code]

    def view(self, kind: ir.Object, wire: str) -> TypeView:
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

    def annotation(self, kind: ir.Type) -> Code:
        match kind:
            case ir.Object() if kind in self.names:
                return self.names[kind]
            case ir.Array(items=items):
                return fill("list[{}]", optional(self.annotation(items)))
            case ir.Refined(base=base) | ir.Nullable(base=base):
                return self.annotation(base)
            case ir.Bytes() | ir.Matching():
                return verbatim("str")
            case ir.Anything() | ir.Union():
                return JSON_VALUE
            case ir.Primitive() | ir.Object() | ir.OneOf():
                return annotation(kind)
            case _:
                assert_never(kind)
