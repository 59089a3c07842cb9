"""Short names of types."""

from __future__ import annotations

import json
from typing import assert_never

from naftiko_gen import ir


def type_words(type_: ir.Type) -> str:
    """Return the name of a type, such as `array of {name: string, size?: integer}`."""
    match type_:
        case ir.Primitive():
            return type_.value
        case ir.Anything():
            return "any"
        case ir.Bytes():
            return "bytes"
        case ir.Array(items=ir.Anything()):
            return "array"
        case ir.Array(items=items):
            return f"array of {type_words(items)}"
        case ir.Object(fields=()):
            return "object"
        case ir.Object(fields=fields):
            return f"{{{', '.join(map(_field, fields))}}}"
        case ir.OneOf(base=base, values=values):
            return f"{base.value} of {', '.join(map(json.dumps, values))}"
        case ir.Matching(pattern=pattern):
            return f"string like {pattern}"
        case _:
            assert_never(type_)


def _field(field: ir.Field) -> str:
    mark = "" if field.required else "?"
    return f"{field.name}{mark}: {type_words(field.type)}"
