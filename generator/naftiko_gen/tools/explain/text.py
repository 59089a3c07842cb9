"""An explanation as text for a terminal of 80 columns, by a template of its lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache, partial
from unicodedata import combining, east_asian_width

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.diagnostics.quoting import safe
from naftiko_gen.diagnostics.rendering import BOLD, paint, severity_color
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.emit import template_root
from naftiko_gen.tools.explain.explanation import Explanation, Request, SentValue

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
        head, item, hanging, shade = "", line, _MARGIN, ""
        if line.startswith("= "):
            label, item, shade = "", line.removeprefix("= "), BOLD
        elif "\t" in line:
            previous, (label, item, *severity) = label, line.split("\t")
            head = f"{'':{_MARGIN}}{'' if label == previous else label}".ljust(_COLUMN)
            hanging = _COLUMN + _HANGING
            shade = severity_color(Severity(severity[0])) if severity else ""
        elif line:
            head, item = " " * _MARGIN, line.strip()
        for piece in wrap_lines(item, len(head), hanging):
            yield head + paint(piece, shade if color else "")
            head = " " * hanging


def width(text: str) -> int:
    """Return the number of columns of a text."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def wrap_lines(text: str, first: int, rest: int) -> list[str]:
    """Break a text into lines without margins.

    The first line begins in column `first`, the others in column `rest`.
    """
    lines, end = [""], WIDTH - first
    for piece in _pieces(text, WIDTH - max(first, rest)):
        if width(lines[-1] + piece.rstrip()) > end:
            lines.append(piece.lstrip())
            end = WIDTH - rest
        else:
            lines[-1] += piece
    return [line.rstrip() for line in lines]


def _pieces(text: str, room: int) -> Iterator[str]:
    """Yield unbreakable pieces: words, or parts of a word too long for a line."""
    for word in _WORDS.findall(text):
        if width(word) <= room:
            yield word
            continue
        for part in _PARTS.findall(word):
            piece = ""
            for character in part:
                if width(piece + character) > room:
                    yield piece
                    piece = ""
                piece += character
            yield piece


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
        "json": partial(json.dumps, ensure_ascii=False),
        "place": _place,
    }
    return environment.get_template("explanation.txt.jinja")


class _Words(str):
    """A text without characters that could begin a line or a row."""

    def __html__(self) -> str:
        return self


def _paste(value: object) -> object:
    """Escape a value, unless it is the lines that a macro returns."""
    return value if hasattr(value, "__html__") else _Words(safe(str(value)))


def _cut(text: str) -> str:
    return text if len(text) <= _CUT else f"{text[:_CUT]}…"


def _place(value: SentValue, request: Request) -> str:
    is_body = value.place == "body" and not value.pointer
    media_type = f"({request.body.media_type})" if is_body and request.body else ""
    style = f"({value.style})" if value.style else ""
    words = (value.place, value.name, value.pointer, media_type, style)
    return " ".join(filter(None, words))


def _alike(assumptions: Iterable[Diagnostic]) -> list[list[Diagnostic]]:
    """Group diagnostics with equal texts, in the order of the first of each group."""
    groups: dict[object, list[Diagnostic]] = {}
    for item in assumptions:
        key = item.file, item.code, item.message, item.advice
        groups.setdefault(key, []).append(item)
    return list(groups.values())
