"""Spans: the places of nodes in a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]
"""A node's value without its positions."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one line: 1-based line and column, and a length in characters."""

    line: int
    column: int
    length: int = 1
    origin: Origin | None = None
    """The imported file that the line is in; None for the spec itself."""

    def with_origin(self, origin: Origin) -> Span:
        """Return the stretch as one of an imported file."""
        return Span(self.line, self.column, self.length, origin)


@dataclass(frozen=True, slots=True)
class Origin:
    """An imported file: its name in messages, and the place of the import."""

    file: str
    imported_at: Span


def visible_files(span: Span) -> Iterator[str | None]:
    """Yield the file of a line, then the files that import it; the spec is None.

    The line may name declarations of these files.
    """
    while span.origin is not None:
        yield span.origin.file
        span = span.origin.imported_at
    yield None
