"""Answers in rows of separated values, as values that a shape can be made of."""

import csv
import io
from functools import partial
from typing import Any

# More of them would keep all other calls waiting.
MOST = 200_000
MOST_CELLS = 1_000_000


def _rows(separator: str, content: bytes) -> list[dict[str, Any]]:
    """Return an object for each row, named by the first; raises ValueError.

    Every value is text. A row that is short has fewer members, one that is long is
    refused, as are more rows and cells than others can wait for.
    """
    if max(content.count(b"\n"), content.count(b"\r")) > MOST:
        raise ValueError("too many rows")
    # A separator in quotes counts as well: few tables have so many.
    if content.count(separator.encode()) > MOST_CELLS:
        raise ValueError("too many cells")
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    try:
        header, *rows = csv.reader(text, delimiter=separator, strict=True)
    except csv.Error as error:
        raise ValueError("no table") from error
    names = [name.strip() for name in header]
    filled = [row for row in rows if row]
    if any(len(row) > len(names) for row in filled):
        raise ValueError("a row is longer than the first")
    return [dict(zip(names, row, strict=False)) for row in filled]


csv_rows = partial(_rows, ",")
tsv_rows = partial(_rows, "\t")
psv_rows = partial(_rows, "|")
