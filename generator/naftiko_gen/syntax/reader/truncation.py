"""Documents that a catalogue cut off, and which say so in a comment at their end."""

from __future__ import annotations

import re

from naftiko_gen.diagnostics.report import Code
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.syntax.reader.refusal import RefusedError

_MARKER = re.compile(rb"^# --- truncated at \d+ ?KB[^\r\n]*", re.MULTILINE)
_ORIGIN = re.compile(rb"^# Full source: (\S+)", re.MULTILINE)


def refuse_truncated(content: bytes) -> None:
    """Refuse a document with the catalogue's marker, even if what is left parses.

    Raises:
        RefusedError: with the address of the full document as the hint.
    """
    marker = _MARKER.search(content)
    if not marker:
        return
    origin = _ORIGIN.search(content)
    raise RefusedError(
        Code.TRUNCATED_DOCUMENT,
        "the document is incomplete: a catalogue cut it off here",
        Span(content.count(b"\n", 0, marker.start()) + 1, 1, len(marker[0])),
        (
            f"fetch all of it from {origin[1].decode(errors='replace')}"
            if origin
            else "fetch all of it from where the catalogue found it"
        ),
    )
