"""Parses responses of separated values, such as CSV, for shaping."""

import csv
import io
from functools import partial
from typing import Any

from ..charsets import utf8
from ..reply import Reply

# Larger tables would delay all other calls.
MOST = 200_000
MOST_CELLS = 1_000_000


def _rows(separator: str, reply: Reply) -> list[dict[str, Any]]:
    """Return an object for each row, with the first row as names; raises ValueError.

    Every value is text. A row that is shorter than the first has fewer members. A
    longer row, or too large a table, is an error.
    """
    content = utf8(reply)
    if max(content.count(b"\n"), content.count(b"\r")) > MOST:
        raise ValueError("too many rows")
    # The count includes separators in quotes: few tables have that many.
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
