"""An explanation as text for a terminal of 80 columns, by a template of its lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from unicodedata import combining, east_asian_width

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.diagnostics.quoting import safe
from naftiko_gen.diagnostics.rendering import BOLD, paint, severity_color
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.emit import template_root
from naftiko_gen.tools.explain.explanation import (
    Explanation,
    FromInput,
    Request,
    SentValue,
)

WIDTH = 80
_MARGIN = 2
_COLUMN = 14
_HANGING = 4
_CUT = 60
"""Longer values are cut; the spec has them in full."""
_WORDS = re.compile(r" +|[^ ]+")
_PARTS = re.compile(r"[^/&?]*[/&?]+|[^/&?]+")
"""Parts of a URL; a line may break after its separators."""


def text_of(explanation: Explanation, *, color: bool) -> str:
    """Return an explanation as text; control characters are escaped."""
    lines = _template().render(explanation=explanation).splitlines()
    return "".join(f"{line}\n" for line in _lay_out(lines, color=color))


# --- lines -----------------------------------------------------------------------


def _lay_out(lines: Iterable[str], *, color: bool) -> Iterator[str]:
    """Yield lines of 80 columns; a label stands only in the first of its rows."""
    label = ""
    for line in lines:
        if line.startswith("= "):
            label = ""
            yield from _heading(line.removeprefix("= "), color=color)
        elif "\t" in line:
            previous, (label, item, *severity) = label, line.split("\t")
            shade = severity_color(Severity(severity[0])) if severity and color else ""
            yield from _row("" if label == previous else label, item, shade)
        else:
            margin = " " * _MARGIN if line else ""
            yield from (margin + piece for piece in _wrap_paragraph(line))


def _heading(words: str, *, color: bool) -> Iterator[str]:
    for at, line in enumerate(wrap_lines(words, 0, _MARGIN)):
        yield " " * _MARGIN * bool(at) + paint(line, BOLD if color else "")


def _wrap_paragraph(line: str) -> list[str]:
    return wrap_lines(line.strip(), _MARGIN, _MARGIN)


def _row(label: str, item: str, color: str) -> Iterator[str]:
    head = f"{'':{_MARGIN}}{label}".ljust(_COLUMN)
    for line in wrap_lines(item, _COLUMN, _COLUMN + _HANGING):
        yield head + paint(line, color)
        head = " " * (_COLUMN + _HANGING)


def width(text: str) -> int:
    """Return the number of columns of a text."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def wrap_lines(text: str, first: int, rest: int, limit: int = WIDTH) -> list[str]:
    """Break a text into lines without margins.

    The first line begins in column `first`, the others in column `rest`.
    """
    return list(_Lines(limit - first, limit - rest).of(text))


@dataclass
class _Lines:
    """A line breaker; the first line may have another width."""

    width: int
    later_width: int

    def of(self, text: str) -> Iterator[str]:
        line = ""
        for piece in self._pieces(text):
            if width(line + piece.rstrip()) > self.width:
                yield line.rstrip()
                self.width = self.later_width
                line = piece.lstrip()
            else:
                line += piece
        yield line.rstrip()

    def _pieces(self, text: str) -> Iterator[str]:
        """Yield unbreakable pieces: words, or parts of a word too long for a line."""
        room = min(self.width, self.later_width)
        for word in _WORDS.findall(text):
            if width(word) <= room:
                yield word
                continue
            for part in _PARTS.findall(word):
                yield from _cut_word(part, room)


def _cut_word(text: str, room: int) -> Iterator[str]:
    piece = ""
    for character in text:
        if width(piece + character) > room:
            yield piece
            piece = ""
        piece += character
    yield piece


def _columns(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


# --- the template ----------------------------------------------------------------


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(template_root() / "explain"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_paste,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "alike": _alike,
        "cut": _cut,
        "hidden_parameters": _hidden_parameters,
        "json": _json,
        "place": _place,
        "shown_values": _shown_values,
    }
    return environment.get_template("explanation.txt.jinja")


class _Words(str):
    """A text without characters that could begin a line or a row."""

    def __html__(self) -> str:
        return self


def _paste(value: object) -> object:
    """Escape a value, unless it is the lines that a macro returns."""
    return value if hasattr(value, "__html__") else _Words(safe(str(value)))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= _CUT else f"{text[:_CUT]}…"


def _shown_values(request: Request) -> list[SentValue]:
    """Return the values that are sent, apart from the variables that the URL shows."""
    return [
        value
        for value in request.sent
        if value.source.kind != "absent"
        and (value.source.kind != "variable" or value.place not in ("base-uri", "path"))
    ]


def _place(value: SentValue, request: Request) -> str:
    is_body = value.place == "body" and not value.pointer
    media_type = f"({request.body.media_type})" if is_body and request.body else ""
    style = f"({value.style})" if value.style else ""
    words = (value.place, value.name, value.pointer, media_type, style)
    return " ".join(filter(None, words))


def _hidden_parameters(value: SentValue) -> list[str]:
    """Return the parameters of a value that the rest of its line doesn't name."""
    obvious = {value.name, value.pointer.rpartition("/")[2]}
    if isinstance(value.source, FromInput):
        obvious.add(value.source.name)
    return [name for name in value.parameters if name not in obvious]


@dataclass(frozen=True)
class _Assumption:
    """Diagnostics with equal texts: the first of them, and the lines of all."""

    first: Diagnostic
    lines: dict[int, None] = field(default_factory=dict)


def _alike(assumptions: Iterable[Diagnostic]) -> list[_Assumption]:
    """Group diagnostics with equal texts, in the order of the first of each group."""
    groups: dict[object, _Assumption] = {}
    for diagnostic in assumptions:
        text = diagnostic.message, diagnostic.advice
        key = diagnostic.file, diagnostic.code, text
        group = groups.setdefault(key, _Assumption(diagnostic))
        if diagnostic.span:
            group.lines[diagnostic.span.line] = None
    return list(groups.values())
