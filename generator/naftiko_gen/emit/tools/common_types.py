"""The one JSON type that clients take where a type allows several kinds of values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from naftiko_gen import ir

LEVELS = 5
"""Clients refuse schemas with more levels; an array and its items are two."""

Plain = ir.Primitive | ir.Array | ir.Object


def plain_type(kind: ir.Type) -> Plain | None:
    """Return a type without the restrictions of its values, None if it is several."""
    match kind:
        case ir.Primitive() | ir.Array() | ir.Object():
            return kind
        case ir.Bytes() | ir.Matching():
            return ir.Primitive.STRING
        case ir.OneOf(base=base):
            return base
        case ir.Refined(base=base) | ir.Nullable(base=base):
            return plain_type(base)
        case ir.Union(types=types):
            return _common_type([plain_type(option) for option in types])
        case ir.Anything():
            return None
        case _:
            assert_never(kind)


def _common_type(options: Sequence[Plain | None]) -> Plain | None:
    """Return the one type of which the values of all options are."""
    objects = [option for option in options if isinstance(option, ir.Object)]
    if len(objects) == len(options):
        return ir.Object(tuple(_merged_fields(objects)))
    arrays = [option for option in options if isinstance(option, ir.Array)]
    if len(arrays) == len(options):
        return ir.Array(_either([array.items for array in arrays]))
    distinct = set(options)
    if distinct == {ir.Primitive.INTEGER, ir.Primitive.NUMBER}:
        return ir.Primitive.NUMBER
    return distinct.pop() if len(distinct) == 1 else None


def _merged_fields(objects: Sequence[ir.Object]) -> Iterator[ir.Field]:
    """Yield the members of all objects; one is required if each object requires it."""
    fields: dict[str, list[ir.Field]] = {}
    for option in objects:
        for member in option.fields:
            fields.setdefault(member.name, []).append(member)
    for name, same in fields.items():
        kind = _either([member.type for member in same])
        required = len(same) == len(objects) and all(field.required for field in same)
        yield ir.Field(name, kind, required, description=same[0].description)


def _either(types: Sequence[ir.Type]) -> ir.Type:
    distinct = tuple(dict.fromkeys(types))
    return distinct[0] if len(distinct) == 1 else ir.Union(distinct)
