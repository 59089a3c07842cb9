"""The expressions of templates in a package: values, GraphQL documents and styles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never
from urllib.parse import quote

from naftiko_gen import ir
from naftiko_gen.emit.literals import Code, array, call_of, fill, mapping, py, verbatim
from naftiko_gen.ir.bodies import Members


def exploded_pairs(name: str, value: Code) -> Code:
    """Return the expression of a dict: the parameters that an object becomes."""
    return call_of("exploded_members", py(name), value)


def with_reserved(style: ir.Style | None, value: Code) -> Code:
    """Return the expression of a value whose reserved characters aren't encoded."""
    return call_of("reserved_parts" if style else "keep_reserved", value)


_SEGMENTS = {
    ir.Style.SIMPLE: verbatim("simple_segment"),
    ir.Style.SIMPLE_MEMBERS: verbatim("simple_segment"),
    ir.Style.LABEL: verbatim("label_segment"),
    ir.Style.LABEL_MEMBERS: verbatim("label_segment"),
    ir.Style.MATRIX: verbatim("matrix_segment"),
    ir.Style.MATRIX_MEMBERS: verbatim("matrix_segment"),
    ir.Style.RESERVED: verbatim("reserved_path"),
}


SEGMENT_FUNCTIONS = frozenset(_SEGMENTS.values())
"""The functions whose names no variable may take."""


def segment_function(style: ir.Style | None) -> Code:
    """Return the function that encodes a segment of a path."""
    return _SEGMENTS[style] if style else verbatim("segment")


def styled_header(style: ir.Style, value: Code) -> Code:
    """Return the expression of a header's text."""
    if style.is_exploded:
        return fill("simple_text({}, explode=True)", value)
    return fill("simple_text({})", value)


def styled_value(style: ir.Style, value: Code) -> Code | None:
    """Return the expression of a value, None if its members become parameters."""
    if style is ir.Style.DEEP:
        return call_of("Deep", value)
    if style.separator is None:
        return None
    separator = "," if style is ir.Style.COMMAS else quote(style.separator, safe="")
    return call_of("delimited_items", py(separator), value)


def _refuse_step(value: ir.StepValue) -> Code:
    raise TypeError(f"only flows can refer to the step {value.step!r}")


@dataclass(frozen=True)
class TemplateExpressions:
    """Writes templates as expressions.

    `argument` returns the expression of a module for a parameter in templates of
    operations, or for an input in others, `setting` that for a variable, `step_value`
    that for the answer of a step.
    """

    argument: Callable[[Any], Code]
    setting: Callable[[ir.Variable], Code]
    step_value: Callable[[ir.StepValue], Code] = _refuse_step

    def expression(self, template: ir.Template) -> Code:
        """Return the expression of a template's value; an absent value is None."""
        match template:
            case ir.Constant():
                return py(template.value)
            case ir.Argument():
                return self.argument(template.source)
            case ir.Setting():
                return self.setting(template.variable)
            case ir.StepValue():
                return self.step_value(template)
            case ir.GraphQL():
                return call_of("join_values", *map(self._piece, pieces(template)))
            case ir.Joined():
                return self._join(template)
            case ir.ObjectTemplate():
                return self._object(template.entries)
            case ir.ArrayTemplate():
                return self._array(template.items)
            case _:
                assert_never(template)

    def _join(self, template: ir.Joined) -> Code:
        parts = [
            py(part) if isinstance(part, str) else self.expression(part)
            for part in template.parts
        ]
        function = "join_if_present" if may_be_absent(template) else "join_values"
        return call_of(function, *parts)

    def _piece(self, piece: str | tuple[Writer, ir.Placeholder]) -> Code:
        if isinstance(piece, str):
            return py(piece)
        writer, source = piece
        return call_of(writer, self.expression(source))

    def _object(self, entries: Members) -> Code:
        document = mapping((key, self.expression(value)) for key, value in entries)
        droppable = [py(key) for key, value in entries if may_be_absent(value)]
        if not droppable:
            return document
        return call_of("without_absent", document, *droppable)

    def _array(self, items: tuple[ir.Template, ...]) -> Code:
        if not any(map(may_be_absent, items)):
            return array(map(self.expression, items))
        if any(map(_may_be_null, items)):
            return array(map(self._unpack, items))
        return self._present(items)

    def _unpack(self, item: ir.Template) -> Code:
        """Return an item, or the unpacking of a list that is empty if it is absent."""
        if may_be_absent(item):
            return fill("*{}", self._present((item,)))
        return self.expression(item)

    def _present(self, items: tuple[ir.Template, ...]) -> Code:
        """Return a list from which items that are None are left out."""
        row = array(map(self.expression, items))
        return fill("[item for item in {} if item is not None]", row)


def may_be_absent(template: ir.Template) -> bool:
    """Return whether a template has no value if an optional argument is missing."""
    match template:
        case ir.Argument(source=source):
            return not source.required
        case ir.GraphQL():
            return False
        case ir.Joined(parts=parts):
            # A missing value of a step is null in JSON; no text can hold it.
            return any(
                isinstance(part, ir.StepValue)
                or (isinstance(part, ir.Argument) and may_be_absent(part))
                for part in parts
            )
        case ir.Constant() | ir.Setting() | ir.StepValue():
            return False
        case ir.ObjectTemplate() | ir.ArrayTemplate():
            return False
        case _:
            assert_never(template)


def _may_be_null(template: ir.Template) -> bool:
    """Return whether null is a value of a template, which doesn't make it absent."""
    match template:
        case ir.Constant(value=value):
            return value is None
        case ir.Argument(source=source):
            return source.required and ir.accepts_null(source.type)
        case ir.StepValue():
            return True
        case ir.Setting() | ir.Joined() | ir.ObjectTemplate() | ir.ArrayTemplate():
            return False
        case _:
            assert_never(template)


class Writer(StrEnum):
    """A function of the runtime, named for the place in which it writes a value."""

    TEXT = "graphql_text"
    BLOCK = "graphql_block"
    VALUE = "graphql_value"


_MARKS = {
    Writer.TEXT: re.compile(r'\\.|"', re.DOTALL),
    Writer.BLOCK: re.compile(r'\\"{3}|"{3}'),
    Writer.VALUE: re.compile(r'"{3}|"|#[^\n]*'),
}
"""Escapes and quotes to look for in each place."""
_TRANSITIONS = {
    (Writer.VALUE, '"'): Writer.TEXT,
    (Writer.VALUE, '"""'): Writer.BLOCK,
    (Writer.TEXT, '"'): Writer.VALUE,
    (Writer.BLOCK, '"""'): Writer.VALUE,
}


def pieces(document: ir.GraphQL) -> Iterator[str | tuple[Writer, ir.Placeholder]]:
    """Yield the parts of a document, each placeholder with the writer of its value."""
    writer = Writer.VALUE
    for part in document.parts:
        if isinstance(part, str):
            writer = _writer_after(part, writer)
            yield part
        else:
            yield writer, part


def _writer_after(text: str, writer: Writer) -> Writer:
    position = 0
    while mark := _MARKS[writer].search(text, position):
        position = mark.end()
        writer = _TRANSITIONS.get((writer, mark.group()), writer)
    return writer
