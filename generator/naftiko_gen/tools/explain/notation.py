"""The notation of types, JSON Pointers (RFC 6901) and JSONPaths."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, assert_never

from naftiko_gen import ir

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def below(pointer: str, key: str) -> str:
    """Return the pointer to a member of the value at a pointer."""
    return f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"


def json_path(steps: Iterable[ir.PathSegment | ir.Query]) -> str:
    """Return steps as a JSONPath."""
    return "$" + "".join(map(_step, steps))


def _step(step: ir.PathSegment | ir.Query) -> str:
    match step:
        case ir.Each.ELEMENT:
            return "[*]"
        case int():
            return f"[{step}]"
        case str() if _NAME.fullmatch(step):
            return f".{step}"
        case ir.Query(text=text):
            return text.removeprefix("$")
        case str():
            return f"[{json.dumps(step, ensure_ascii=False)}]"
        case _:
            assert_never(step)


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
        case ir.Object(fields=(), others=None):
            return "object"
        case ir.Object():
            return f"{{{', '.join(_members(type_))}}}"
        case ir.OneOf() | ir.Matching() | ir.Refined() | ir.Nullable() | ir.Union():
            return _restricted_words(type_)
        case _:
            assert_never(type_)


def _restricted_words(type_: ir.RestrictedType) -> str:
    match type_:
        case ir.OneOf(base=base, values=values):
            return f"{base.value} of {', '.join(map(json.dumps, values))}"
        case ir.Matching(pattern=pattern):
            return f"string like {pattern}"
        case ir.Refined(base=base):
            return " ".join((type_words(base), *_facts(type_)))
        case ir.Nullable(base=base):
            return f"{type_words(base)} or null"
        case ir.Union(types=types):
            return " or ".join(dict.fromkeys(map(type_words, types)))
        case _:
            assert_never(type_)


def _members(kind: ir.Object) -> Iterator[str]:
    yield from map(_field, kind.fields)
    if kind.others is not None:
        yield f"…: {type_words(kind.others)}"


def _facts(kind: ir.Refined) -> Iterator[str]:
    """Yield the format of a type, its limits, and the upstream's default."""
    if kind.format is not None:
        yield f"({kind.format})"
    yield from (f"{limit} {bound}" for limit, bound in kind.limits)
    if kind.default is not None:
        yield f"(the API assumes {kind.default.text})"


def _field(field: ir.Field) -> str:
    mark = "" if field.required else "?"
    return f"{field.name}{mark}: {type_words(field.type)}"
