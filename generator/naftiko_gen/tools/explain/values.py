"""The values of requests: their sources, and the notation of types and paths."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.tools.explain.explanation import (
    Absent,
    Fixed,
    FromInput,
    FromStep,
    FromVariable,
    Source,
    Text,
)


@dataclass(frozen=True)
class Leaf:
    """A single value of a template, and the parameters that it passes through."""

    pointer: str
    source: Source
    parameters: tuple[str, ...] = ()


def leaves(
    template: ir.Template, call: ir.Call, *, is_document: bool = False
) -> Iterator[Leaf]:
    """Yield the values of a template of an operation, in its order.

    A text with an absent value is absent itself, unless the text is a whole document.
    """
    arguments = {parameter.name: value for parameter, value in call.arguments}
    filling = _Filling(arguments, is_document=is_document)
    yield from filling.leaves(template, Leaf("", Absent()))


@dataclass(frozen=True)
class _Filling:
    """The values that a call gives the parameters of its operation."""

    arguments: dict[str, ir.Template]
    is_document: bool

    def leaves(self, template: ir.Template, at: Leaf) -> Iterator[Leaf]:
        match template:
            case ir.Argument(source=ir.Parameter(name=name)):
                yield from self._follow_parameter(name, at)
            case ir.ObjectTemplate(entries=entries) if entries:
                for key, value in entries:
                    yield from self.leaves(value, _inside(at, key))
            case ir.ArrayTemplate(items=items) if items:
                for index, item in enumerate(items):
                    yield from self.leaves(item, _inside(at, str(index)))
            case ir.Joined():
                yield self._join(template, at)
            case _:
                yield Leaf(at.pointer, source_of(template), at.parameters)

    def _follow_parameter(self, name: str, at: Leaf) -> Iterator[Leaf]:
        through = Leaf(at.pointer, Absent(), (*at.parameters, name))
        if name in self.arguments:
            yield from self.leaves(self.arguments[name], through)
        else:
            yield through

    def _join(self, template: ir.Joined, at: Leaf) -> Leaf:
        """Return a text with the values of its arguments inserted.

        A text with an absent value is absent; a document is always sent.
        """
        is_whole = self.is_document or isinstance(template, ir.GraphQL)
        pieces: list[str | FromInput | FromVariable | FromStep] = []
        names = list(at.parameters)
        is_absent = False
        for part in template.parts:
            if isinstance(part, str):
                pieces.append(part)
                continue
            for leaf in self.leaves(part, Leaf("", Absent())):
                pieces += _pieces(leaf.source)
                names += leaf.parameters
                is_absent |= leaf.source == Absent()
        source = Text(tuple(pieces)) if is_whole or not is_absent else Absent()
        return Leaf(at.pointer, source, tuple(dict.fromkeys(names)))


def _inside(at: Leaf, key: str) -> Leaf:
    return Leaf(below(at.pointer, key), at.source, at.parameters)


def source_of(template: ir.Template) -> Source:
    """Return the source of a template's value, which no parameter holds."""
    match template:
        case ir.Constant(value=value):
            return Fixed(value)
        case ir.Setting(variable=variable):
            return FromVariable(variable.name, variable.secret)
        case ir.Argument(source=source):
            return FromInput(source.name, source.required)
        case ir.StepValue(step=step):
            return FromStep(step, inner_path(template.parts))
        case ir.Joined(parts=parts):
            return Text(tuple(piece for part in parts for piece in _of_part(part)))
        case ir.ObjectTemplate():
            return Fixed({})
        case ir.ArrayTemplate():
            return Fixed([])
        case _:
            assert_never(template)


def _of_part(
    part: str | ir.Placeholder,
) -> Sequence[str | FromInput | FromVariable | FromStep]:
    return [part] if isinstance(part, str) else _pieces(source_of(part))


def _pieces(source: Source) -> Sequence[str | FromInput | FromVariable | FromStep]:
    """Return the pieces of text of a value."""
    match source:
        case FromInput() | FromVariable() | FromStep():
            return [source]
        case Fixed(value=value):
            return [value if isinstance(value, str) else json.dumps(value)]
        case Text(parts=parts):
            return parts
        case Absent():
            return []
        case _:
            assert_never(source)


def inner_path(path: tuple[ir.PathSegment | ir.Query, ...]) -> str:
    """Return a path as JSONPath writes it, without its root."""
    return json_path(path).removeprefix("$").removeprefix(".")


# --- notation of types and paths ------------------------------------------------


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
