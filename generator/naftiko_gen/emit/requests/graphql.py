"""GraphQL documents, and the functions that write values into them."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.ir import GraphQL, Placeholder


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


def pieces(document: GraphQL) -> Iterator[str | tuple[Writer, Placeholder]]:
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
