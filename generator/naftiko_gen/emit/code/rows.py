"""The width of rows of code, as Black measures it."""

from __future__ import annotations

import re

LINE_LENGTH = 88
"""The most columns of a row."""
NARROW = (
    r"[ -~\u00a1-\u00ac\u00ae-\u02ff"
    r"\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u21ff]"
)
"""A character of one column: of Latin letters, punctuation, currencies and arrows."""

_NARROW_ROW = re.compile(rf"{NARROW}*")


def row_width(row: str) -> int:
    """Return how many columns a row takes in a fixed-width font."""
    if row.isascii() or _NARROW_ROW.fullmatch(row):
        return len(row)
    # Black takes long to import, and few packages have any other character.
    from black.strings import str_width

    return str_width(row)
