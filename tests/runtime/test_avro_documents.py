"""Avro responses: records, files of records, and limits."""

import contextlib
import io
import json
import struct
from decimal import Decimal
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from case_tables import in_table, table
from naftiko_gen.ir import SchemaError
from naftiko_gen.language.avro_schemas import avro_schema
from naftiko_runtime.outputs.avro import LONGEST_DECIMAL, MOST, MOST_BYTES, avro_reader
from naftiko_runtime.outputs.shapes import elements
from naftiko_runtime.transport import Reply

DECIMAL = {"logicalType": "decimal", "precision": 20, "scale": 2}
RECORD: dict[str, Any] = table(__file__, "record")
SHELVES = st.fixed_dictionaries(
    {
        "name": st.text(max_size=4),
        "number": st.none() | st.integers(-(2**63), 2**63 - 1),
        "price": st.decimals(-(10**12), 10**12, places=2),
        "weight": st.floats(allow_nan=False, allow_infinity=False),
        "cover": st.binary(min_size=2, max_size=2),
        "state": st.sampled_from("AB"),
        "sold": st.integers(0, 10_000),
        "data": st.text(max_size=3),
        "counts": st.dictionaries(st.text(max_size=2), st.integers(-9, 9)),
        "books": st.lists(
            st.fixed_dictionaries(
                {
                    "state": st.sampled_from("AB"),
                    "cover": st.booleans() | st.binary(min_size=2, max_size=2),
                }
            )
        ),
    }
)
SHELF: dict[str, Any] = {
    "name": "a",
    "number": None,
    "price": Decimal("1.50"),
    "weight": 0.5,
    "cover": b"\0\xff",
    "state": "B",
    "sold": 3,
    "data": "x",
    "counts": {"k": 1},
    "books": [{"state": "A", "cover": True}],
}
READABLE = {**SHELF, "price": 1.5, "cover": "AP8="}
KEPT: Any = avro_schema(json.dumps(RECORD)).value
READ = avro_reader(KEPT)


def read(body: bytes) -> Any:
    return READ(Reply(200, (), body))


def datum(value: object, schema: Any = None) -> bytes:
    """Return one record; decimals are the only logical type."""
    buffer = io.BytesIO()
    default = fastavro.parse_schema(json.loads(json.dumps(KEPT)))
    fastavro.schemaless_writer(buffer, schema or default, value)
    return buffer.getvalue()


def file(*values: object, codec: str = "null", schema: Any = None) -> bytes:
    buffer = io.BytesIO()
    default = fastavro.parse_schema(json.loads(json.dumps(KEPT)))
    fastavro.writer(buffer, schema or default, values, codec=codec)
    return buffer.getvalue()


@given(SHELVES)
def test_records_become_objects(shelf: dict[str, Any]) -> None:
    values = read(datum(shelf))
    assert values.keys() == shelf.keys()
    for name in ("name", "number", "weight", "state", "sold", "data", "counts"):
        assert values[name] == shelf[name]
    assert Decimal(str(values["price"])) == shelf["price"]


def test_bytes_and_decimals_have_forms_of_json() -> None:
    assert read(datum(SHELF)) == READABLE
    long = {**SHELF, "price": Decimal("123456789012345.67")}
    assert read(datum(long))["price"] == "123456789012345.67"
    assert read(datum({**SHELF, "price": Decimal("12.00")}))["price"] == 12


def test_a_file_of_one_record_is_the_record_and_an_array() -> None:
    single = read(file(SHELF))
    assert single == READABLE
    assert elements(single) == [READABLE]
    assert read(file(SHELF, SHELF)) == [READABLE, READABLE]
    assert read(file()) == []


def test_schemas_that_differ_in_documentation_are_the_same() -> None:
    plain = {**RECORD, "doc": "Other.", "aliases": []}
    body = file(SHELF)
    ours = json.dumps(KEPT, separators=(",", ":")).encode()
    header = io.BytesIO(body)
    assert ours != json.dumps(plain).encode()
    written_by: Any = fastavro.reader(header).writer_schema
    assert written_by["name"] == "com.example.Shelf"
    changed_body = with_schema(body, json.dumps(plain).encode())
    assert read(changed_body) == READABLE


def with_schema(body: bytes, schema: bytes) -> bytes:
    """Return a file with another text of its schema."""
    sync = body[-16:]
    blocks = body[body.index(sync) + 16 :]
    codec = long(10) + b"avro.codec" + long(4) + b"null"
    own = long(11) + b"avro.schema" + long(len(schema)) + schema
    return b"Obj\1" + long(2) + codec + own + long(0) + sync + blocks


def long(number: int) -> bytes:
    number = (number << 1) ^ (number >> 63)
    content = bytearray()
    while number > 0x7F:
        content.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*content, number))


OTHER = fastavro.parse_schema({**RECORD, "name": "Other", "fields": []})
DEEP = b'{"type":"array","items":' * 50_000


UNREADABLE = [
    b"",
    b"\xff" * 1000,
    datum(SHELF)[:-1],
    datum(SHELF) + b"\0",
    file(SHELF, codec="deflate"),
    file({}, schema=OTHER),
    file(SHELF)[:-1],
    file(SHELF)[:-16] + b"x" * 16,
    with_schema(file(SHELF), b"{"),
    with_schema(file(SHELF), DEEP),
    with_schema(file(SHELF), b'{"type": "record", "name": 1}'),
    with_schema(file(SHELF), b'["null"]'),
    b"Obj\1" + long(2**40),
    b"Obj\1" + long(-(2**40)),
    datum(SHELF).replace(struct.pack("<d", 0.5), struct.pack("<d", float("nan"))),
    b"\0" * (MOST_BYTES + 1),
]


@pytest.mark.parametrize("at", range(len(UNREADABLE)))
def test_other_responses_are_refused(at: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(UNREADABLE[at])


@given(st.binary(max_size=60), st.integers(0, 200))
def test_no_bytes_break_the_reader(noise: bytes, at: int) -> None:
    for body in (noise, datum(SHELF)[:at] + noise, file(SHELF)[:at] + noise):
        with contextlib.suppress(ValueError):
            read(body)


def test_too_many_values_are_refused() -> None:
    schema = {"type": "array", "items": "boolean"}
    record = {"type": "record", "name": "R", "fields": [{"name": "a", "type": schema}]}
    declaration: Any = avro_schema(json.dumps(record)).value
    body = long(MOST) + b"\0" * MOST + long(0)
    with pytest.raises(ValueError, match="too many values"):
        avro_reader(declaration)(Reply(200, (), body))
    huge = Reply(200, (), long(2**50) + b"\0" * 100)
    with pytest.raises(ValueError, match="can't be read as Avro"):
        avro_reader(declaration)(huge)


@pytest.mark.parametrize("kind", ["bytes", "fixed"])
def test_a_decimal_whose_digits_take_long_to_read_is_refused(kind: str) -> None:
    size = LONGEST_DECIMAL + 1
    own = {"name": "D", "size": size} if kind == "fixed" else {}
    declaration: Any = avro_schema(json.dumps(record({"type": kind, **own, **DECIMAL})))
    body = (b"" if kind == "fixed" else long(size)) + b"\x7f" * size
    with pytest.raises(ValueError, match="too long a decimal"):
        avro_reader(declaration.value)(Reply(200, (), body))


# --- schemas ---


def test_a_schema_keeps_only_keys_that_read_values() -> None:
    text = json.dumps(KEPT)
    assert "doc" not in text
    assert "uuid" not in text
    assert "default" not in text
    assert avro_schema(text).value == KEPT


def record(*types: object) -> dict[str, object]:
    fields = [{"name": f"f{at}", "type": kind} for at, kind in enumerate(types)]
    return {"type": "record", "name": "R", "fields": fields}


@in_table
def test_unusable_schemas_are_errors(schema: object, fault: str) -> None:
    with pytest.raises(SchemaError, match=fault):
        avro_schema(json.dumps(schema))


@in_table
def test_unusable_types_are_errors(types: list[object], fault: str) -> None:
    with pytest.raises(SchemaError, match=fault):
        avro_schema(json.dumps(record(*types)))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "NaN"])
def test_other_texts_are_errors(text: str) -> None:
    with pytest.raises(SchemaError):
        avro_schema(text)


def test_a_deep_schema_is_an_error() -> None:
    deep: object = "int"
    for _ in range(100):
        deep = {"type": "array", "items": deep}
    with pytest.raises(SchemaError, match="too deeply"):
        avro_schema(json.dumps(record(deep)))
