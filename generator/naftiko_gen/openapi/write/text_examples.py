"""Write values in formats of text: tables, lines of JSON, and YAML."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain

_YAML = re.compile(r".+[/+](x-)?yaml")
_LINES = re.compile(r".+/(x-)?(ndjson|jsonl)")
_SEPARATORS = {"text/csv": ",", "text/tab-separated-values": "\t"}


def text_of(media_type: str, value: Plain) -> str:
    """Return a value as text; an empty text if the media type has no such values."""
    if isinstance(value, str):
        return value
    rows: list[Plain] = value if isinstance(value, list) else [value]
    if media_type in _SEPARATORS:
        return _table(rows, _SEPARATORS[media_type])
    if _LINES.fullmatch(media_type):
        return "".join(f"{_json(row)}\n" for row in rows)
    # JSON is YAML as well.
    return _json(value) if _YAML.fullmatch(media_type) else ""


def _table(rows: list[Plain], separator: str) -> str:
    """Return objects as rows below a row of names; an empty text without objects."""
    objects = [row for row in rows if isinstance(row, dict)]
    if not objects or len(objects) < len(rows):
        return ""
    text = io.StringIO()
    table = csv.writer(text, delimiter=separator, lineterminator="\n")
    table.writerow(objects[0])
    table.writerows([_cell(cell) for cell in row.values()] for row in objects)
    return text.getvalue()


def _cell(value: Plain) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: Plain) -> str:
    return json.dumps(value, ensure_ascii=False)
