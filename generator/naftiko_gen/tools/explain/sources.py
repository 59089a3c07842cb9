"""The sources of a request's values, traced through the operation's parameters."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

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
from naftiko_gen.tools.explain.notation import below, json_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


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
