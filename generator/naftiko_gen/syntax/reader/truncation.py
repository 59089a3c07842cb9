"""Documents that a catalogue cut off, marked by a comment at their end."""

from __future__ import annotations

import re

from naftiko_gen.diagnostics.report import Code
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.syntax.reader.refusal import RefusedError

_MARKER = re.compile(rb"^# --- truncated at \d+ ?KB[^\r\n]*", re.MULTILINE)
_ORIGIN = re.compile(rb"^# Full source: (\S+)", re.MULTILINE)


def refuse_truncated(content: bytes) -> None:
    """Refuse a document with the catalogue's marker, even if the rest is valid.

    Raises:
        RefusedError: The hint has the address of the full document.
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
            f"fetch the full document from {origin[1].decode(errors='replace')}"
            if origin
            else "fetch the full document from the catalogue's source"
        ),
    )
