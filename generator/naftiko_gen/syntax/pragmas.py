"""Comments in a spec that acknowledge extensions of the language.

A comment `# naftiko-gen: extension` acknowledges the diagnostics of the line below it.
Both must start in the same column, so that text in a block can't be a pragma. Pragmas
acknowledge only extensions, because the author of a spec may not be trusted.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import nearest, quote
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.syntax.tree import Entry, Mapping, Scalar, Sequence, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.report import Report

_MARK = "naftiko-gen:"
_EXTENSION = "extension"
MEANT = f"{_MARK} {_EXTENSION}"
"""The text of a comment that acknowledges an extension."""
EXTENSION = f"# {MEANT}"
"""The line that acknowledges extensions in the line below it."""

_COMMENT = re.compile(rf"(?:^|(?<=[ \t]))#[ \t]*{_MARK}(?P<word>.*)$")

_Start = tuple[int, int, str]
"""The line and column of a key or value, and its text."""


def apply_pragmas(root: Mapping, content: bytes, report: Report) -> None:
    """Enter a file's acknowledgements into its report; report ignored pragmas."""
    if _MARK.encode() not in content:
        return
    starts, acknowledged_lines = sorted(_starts(root)), set()
    lines = content.decode().removeprefix("\ufeff").split("\n")
    for number, (line, below) in enumerate(pairwise((*lines, "")), 1):
        comment = _COMMENT.search(line)
        if not comment or _is_text((number, comment.start() + 1), starts):
            continue
        word = comment["word"].strip()
        problem = _problem(word, line[: comment.start()], below)
        if problem is None:
            acknowledged_lines.add(number + 1)
        else:
            near = nearest(word, (_EXTENSION,)) if word != _EXTENSION else None
            hint = f"did you mean {quote(near)}?" if near else None
            span = Span(number, comment.start() + 1)
            report.add(Code.IGNORED_PRAGMA, problem, span, hint)
    report.acknowledgements[report.file] = frozenset(acknowledged_lines)


def _problem(word: str, before: str, below: str) -> str | None:
    """Return the reason to ignore a pragma, or None if it is valid."""
    bare = below.lstrip(" ")
    if word != _EXTENSION:
        return f"{quote(word)} isn't a pragma"
    if before.strip(" ") or not bare.rstrip("\r") or bare.startswith("#"):
        return "the comment isn't on a line of its own, directly above the extension"
    if len(below) - len(bare) != len(before):
        return "the comment doesn't start in the column of the line below it"
    return None


def _is_text(at: tuple[int, int], starts: list[_Start]) -> bool:
    """Return whether an apparent comment is part of the text before it."""
    before = bisect_right(starts, (*at, ""))
    return before > 0 and _MARK in starts[before - 1][2]


def _starts(root: Mapping) -> Iterator[_Start]:
    for part in walk(root):
        match part:
            case Entry(key=text, span=span) | Scalar(value=text, span=span):
                yield span.line, span.column, str(text)
            case Mapping() | Sequence():
                pass
