"""Conversion of offsets and the parser's marks to spans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from naftiko_gen.diagnostics.span import Span

if TYPE_CHECKING:
    from yaml.events import Event


class Mark(Protocol):
    """A position from either parser; all attributes count characters from zero."""

    index: int
    line: int
    column: int


def span_at(text: str, offset: int, length: int = 1) -> Span:
    """Return the span of `length` characters that starts at that offset."""
    line = text.count("\n", 0, offset) + 1
    column = offset - text.rfind("\n", 0, offset)
    return Span(line, column, length)


def start_of(event: Event) -> Mark:
    """Return the mark at which the event starts."""
    if event.start_mark is None:
        raise AssertionError("the parser marks every event")
    return event.start_mark


def end_of(event: Event) -> Mark:
    """Return the mark behind the event's last character."""
    if event.end_mark is None:
        raise AssertionError("the parser marks every event")
    return event.end_mark


def span_between(text: str, start: Mark, end: Mark) -> Span:
    """Return the span between the marks, cut at the end of the first line."""
    if start.line == end.line:
        length = end.column - start.column
    else:
        first_line = text[start.index : text.index("\n", start.index)]
        length = len(first_line.rstrip())
    return Span(start.line + 1, start.column + 1, length or 1)


def span_of(text: str, event: Event) -> Span:
    """Return the span of an event."""
    return span_between(text, start_of(event), end_of(event))
