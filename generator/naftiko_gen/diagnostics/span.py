"""Spans: where in a file something was typed, and the values that stand there."""

from __future__ import annotations

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
    """The imported file that the line is in; None stands for the document itself."""


@dataclass(frozen=True, slots=True)
class Origin:
    """An imported file under the name that is shown, and the import that names it."""

    file: str
    imported_at: Span
