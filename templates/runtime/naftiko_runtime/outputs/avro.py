"""Parses Avro responses for shaping."""

import base64
import io
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import fastavro
from fastavro.logical_readers import LOGICAL_READERS
from fastavro.schema import (
    SchemaParseException,
    UnknownType,
    to_parsing_canonical_form,
)

from ..transport import Reply
from ..values import Room
from .mismatches import UnreadableError, reads
from .shapes import Alone, Read

# Larger responses would delay all other calls for a second.
MOST = 200_000
MOST_BYTES = 1_000_000
MAGIC = b"Obj\1"
PRECISE = 15
"""The most digits that every number of JSON keeps."""
# The time to read the digits of a decimal grows with the square of its bytes.
LONGEST_DECIMAL = 1000
DECIMAL = "naftiko-decimal"
"""The logical type of decimals with a limit, which other readers don't have."""
HEADER = fastavro.parse_schema(
    {
        "type": "record",
        "name": "naftiko.Header",
        "fields": [
            {
                "name": "magic",
                "type": {"type": "fixed", "name": "naftiko.Magic", "size": 4},
            },
            {"name": "meta", "type": {"type": "map", "values": "bytes"}},
            {
                "name": "sync",
                "type": {"type": "fixed", "name": "naftiko.Sync", "size": 16},
            },
        ],
    }
)
BROKEN = (
    *(AttributeError, EOFError, IndexError, KeyError, OverflowError, RecursionError),
    *(SchemaParseException, TypeError, UnknownType),
)


class Lone(dict[str, Any], Alone):
    """The only record of a file, which may also be an array of it."""


def avro_reader(schema: Mapping[str, Any]) -> Read:
    """Return a function that parses responses with a schema.

    A response is one record, or a file of records whose schema is the same and which
    isn't compressed. Bytes become base64; dates and times are the numbers that they
    consist of, and decimals are numbers, or text if they have more than 15 digits. The
    function raises ValueError for other responses and for too large ones.
    """
    own_schema = fastavro.parse_schema(_with_own_decimals(schema))
    expected = canonical(schema)

    @reads("Avro")
    def read(reply: Reply) -> Any:
        if len(reply.body) > MOST_BYTES:
            raise UnreadableError("too long a response")
        content = io.BytesIO(reply.body)
        try:
            if not reply.body.startswith(MAGIC):
                value = fastavro.schemaless_reader(content, own_schema, None)
            else:
                value = _records(content, own_schema, expected)
        except BROKEN as error:
            raise ValueError("no Avro of this schema") from error
        if content.read(1):
            raise UnreadableError("bytes behind the last record")
        return _plain(value, Room(MOST, lambda: UnreadableError("too many values")))

    return read


def _with_own_decimals(schema: Any) -> Any:
    """Return a schema whose decimals, its only logical types, have a limit."""
    match schema:
        case dict():
            return {
                key: DECIMAL if key == "logicalType" else _with_own_decimals(part)
                for key, part in schema.items()
            }
        case list():
            return [_with_own_decimals(part) for part in schema]
        case _:
            return schema


def _decimal(content: bytes, schema: Any, _: Any = None) -> Any:
    if len(content) > LONGEST_DECIMAL:
        raise UnreadableError("too long a decimal")
    return LOGICAL_READERS["bytes-decimal"](content, schema, None)


LOGICAL_READERS.update(
    dict.fromkeys((f"bytes-{DECIMAL}", f"fixed-{DECIMAL}"), _decimal)
)


def _records(content: io.BytesIO, schema: Any, expected: Any) -> Any:
    """Return the records of a file, or its only one."""
    header: Any = fastavro.schemaless_reader(content, HEADER, None)
    meta, sync = header["meta"], header["sync"]
    if meta.get("avro.codec", b"null") != b"null":
        raise UnreadableError("a compressed file")
    if canonical(json.loads(meta["avro.schema"])) != expected:
        raise UnreadableError("a file with another schema")
    records: list[Any] = []
    while content.tell() < len(content.getbuffer()):
        count: Any = fastavro.schemaless_reader(content, "long", None)
        fastavro.schemaless_reader(content, "long", None)
        if len(records) + count > MOST:
            raise UnreadableError("too many records")
        records += [
            fastavro.schemaless_reader(content, schema, None) for _ in range(count)
        ]
        if content.read(16) != sync:
            raise UnreadableError("a damaged file")
    return Lone(records[0]) if len(records) == 1 else records


def canonical(schema: Any) -> str:
    """Return the parts of a schema that decide how values are read."""
    return to_parsing_canonical_form(fastavro.parse_schema(schema))


def _plain(value: Any, room: Room) -> Any:
    """Return a value of JSON for one of Avro, as far as there is room for its parts."""
    room.take(1)
    match value:
        case dict():
            members = {name: _plain(part, room) for name, part in value.items()}
            return Lone(members) if isinstance(value, Lone) else members
        case list():
            return [_plain(part, room) for part in value]
        case bytes():
            return base64.b64encode(value).decode()
        case Decimal():
            return _number(value)
        case float() if not math.isfinite(value):
            raise UnreadableError("a number that JSON doesn't have")
        case _:
            return value


def _number(value: Decimal) -> float | int | str:
    """Return a decimal as a number, or as text if a number might lose its digits."""
    _, digits, exponent = value.as_tuple()
    if max(len(digits), -int(exponent)) > PRECISE:
        return f"{value:f}"
    return int(value) if value == value.to_integral_value() else float(value)
