"""Reads JSON with integers of any size, and writes it."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import orjson

from .errors import NaftikoError

JsonObject: TypeAlias = dict[str, Any]
JsonValue: TypeAlias = (
    bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"] | None
)
"""Any value that JSON can represent (RFC 8259)."""

# orjson rounds or refuses integers beyond 64 bits; these have 19 digits or more.
LONG = b"0" * 19
ZEROS = bytes.maketrans(b"123456789", b"000000000")
# Digits of a fraction or exponent, and digits after a leading zero, don't match.
LONG_INTEGER = re.compile(rb"(?<![0-9.+eE])(?<![eE]-)[1-9][0-9]{18,}")
# The start of an escaped colon, with which counting colons is unreliable.
ESCAPED_COLON = b"\\u003"
# The SDK of MCP accepts no deeper requests, and writes hardly deeper responses.
LEVELS = 200


class DuplicateMemberError(NaftikoError, ValueError):
    """An object that names a member twice; parsers use either value."""


def parse(body: bytes) -> Any:
    """Parse JSON of up to 200 levels, with integers of any size; raises ValueError."""
    short = _with_short_numbers(body)
    return _exact(body, short, _document(short))


def parse_unambiguous(body: bytes) -> Any:
    """Parse JSON; raises DuplicateMemberError if an object names a member twice."""
    short = _with_short_numbers(body)
    document = _document(short)
    if ESCAPED_COLON in short:
        json.loads(short, object_pairs_hook=_unambiguous)
    # Each member has a colon, so a dropped duplicate member lowers their number.
    elif short.count(b":") != orjson.dumps(document).count(b":"):
        raise DuplicateMemberError
    return _exact(body, short, document)


def skim(body: bytes) -> Any:
    """Parse JSON with zero for each long integer: enough to check a value's type."""
    return orjson.loads(_with_short_numbers(body))


def json_bytes(value: object) -> bytes:
    """Encode a value as JSON; bytes are already JSON and returned unchanged."""
    if isinstance(value, bytes):
        return value
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits, which orjson refuses
        return json.dumps(value, allow_nan=False).encode()


def _with_short_numbers(body: bytes) -> bytes:
    """Return JSON with zero for each long integer; the same object if there is none."""
    # Replacing digits by zeros and searching for 19 is much faster than the expression.
    if LONG not in body.translate(ZEROS):
        return body
    pieces, end = [], 0
    for start, stop in _long_integers(body):
        pieces.append(body[end:start])
        end = stop
    return b"0".join([*pieces, body[end:]]) if pieces else body


def _long_integers(body: bytes) -> Iterator[tuple[int, int]]:
    """Yield the spans of long integers outside strings, by counting quotes."""
    unescaped = body.replace(b"\\\\", b"  ").replace(b'\\"', b"  ")
    quotes = end = 0
    for match in LONG_INTEGER.finditer(body):
        quotes += unescaped.count(b'"', end, match.start())
        end = match.end()
        if quotes % 2 == 0:
            yield match.span()


def _document(short: bytes) -> Any:
    # orjson refuses lone surrogates, NaN and Infinity, which `json` accepts.
    document = orjson.loads(short)
    openings = short.count(b"[") + short.count(b"{")
    if openings > LEVELS and _is_deep(document):
        raise ValueError("nested too deeply")
    return document


def _exact(body: bytes, short: bytes, document: Any) -> Any:
    return document if short is body else json.loads(body, parse_float=_finite)


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DuplicateMemberError
    return members


def _is_deep(document: Any) -> bool:
    for _ in range(254 - LEVELS):
        document = [document]
    try:
        orjson.dumps(document)
    except TypeError:  # orjson writes at most 254 levels
        return True
    return False


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number
