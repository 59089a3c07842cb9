"""Looks up values in the answers of steps."""

from collections.abc import Callable
from typing import Any

from ..json import JsonObject
from ..outputs.limits import MOST, TooManyValuesError, check_size
from ..outputs.shapes import Alone
from ..values import text_of
from .values import UnusableAnswerError


def lookup(index: Any, key: str, wanted: Any, *fields: str) -> Any:
    """Return fields of the entries whose key is wanted.

    Values are compared as text, and the first of several entries counts. An array of
    wanted values has an array of entries, without those that aren't found; the entry of
    a single value is None if it isn't found.
    """

    def row_key(row: JsonObject) -> Any:
        return row.get(key)

    def named_fields(row: JsonObject) -> JsonObject:
        return {name: row.get(name) for name in fields}

    return find(index, row_key, wanted, named_fields)


def find(
    index: Any,
    key: Callable[[JsonObject], Any],
    wanted: Any,
    fields: Callable[[JsonObject], JsonObject],
) -> Any:
    """Return fields of the entries whose key is wanted, as `lookup` does.

    Raises TooManyValuesError for too many entries or wanted values, or if the found
    ones together are too large.
    """
    keyed = [(key(row), row) for row in _rows(index)]
    rows = {text_of(value): row for value, row in reversed(keyed) if value is not None}
    if not isinstance(wanted, list):
        row = None if wanted is None else rows.get(text_of(wanted))
        return None if row is None else fields(row)
    if len(wanted) > MOST:
        raise TooManyValuesError
    texts = [text_of(one) for one in wanted if one is not None]
    entries = {text: fields(rows[text]) for text in texts if text in rows}
    found = [entries[text] for text in texts if text in entries]
    if len(found) > len(entries):
        check_size(found)
    return found


def _rows(index: Any) -> list[JsonObject]:
    """Return the objects of an array; an object without any is an array of one."""
    entries = _entries(index)
    if entries is not None and not isinstance(entries, list):
        raise UnusableAnswerError("in which nothing can be looked up")
    if isinstance(entries, list) and len(entries) > MOST:
        raise TooManyValuesError
    rows = [row for row in entries or () if isinstance(row, dict)]
    return [index] if isinstance(index, dict) and not rows else rows


def _entries(index: Any) -> Any:
    """Return the items of an array; in XML, the children of the root may be one."""
    if not isinstance(index, Alone):
        return [] if isinstance(index, dict) else index
    try:
        return index.as_array()
    except TypeError:
        return []
