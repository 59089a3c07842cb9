"""GraphQL documents: what writes the values in them."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from naftiko_gen.ir import GraphQL, arguments, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.ir import Argument, Capability, Setting


class Writer(StrEnum):
    """A function of `_graphql.py`, named by where it writes a value."""

    TEXT = "graphql_text"
    BLOCK = "graphql_block"
    VALUE = "graphql_value"


_MARKS = {
    Writer.TEXT: re.compile(r'\\.|"', re.DOTALL),
    Writer.BLOCK: re.compile(r'\\"{3}|"{3}'),
    Writer.VALUE: re.compile(r'"{3}|"|#[^\n]*'),
}
"""What to look at behind a value that is written there."""
_TURNS = {
    (Writer.VALUE, '"'): Writer.TEXT,
    (Writer.VALUE, '"""'): Writer.BLOCK,
    (Writer.TEXT, '"'): Writer.VALUE,
    (Writer.BLOCK, '"""'): Writer.VALUE,
}


def pieces(document: GraphQL) -> Iterator[str | tuple[Writer, Argument | Setting]]:
    """Yield the parts of a document; each hole with what writes a value there."""
    writer = Writer.VALUE
    for part in document.parts:
        if isinstance(part, str):
            writer = _behind(part, writer)
            yield part
        else:
            yield writer, part


def _behind(text: str, writer: Writer) -> Writer:
    position = 0
    while mark := _MARKS[writer].search(text, position):
        position = mark.end()
        writer = _TURNS.get((writer, mark.group()), writer)
    return writer


def has_graphql(capability: Capability) -> bool:
    """Say whether a body is sent upstream that holds a GraphQL document."""
    given = (
        value
        for unit in capability.exposed
        for _, value in arguments(unit.implementation)
    )
    sent = (one for operation in capability.operations for one in operation.templates)
    inside = (inner for template in (*given, *sent) for inner in walk(template))
    return any(isinstance(template, GraphQL) for template in inside)
