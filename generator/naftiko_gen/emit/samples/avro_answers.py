"""Sample responses in Avro: a record with all of its fields."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.samples.mock_values import FRACTION, NUMBER, TEXT

EncodedSample = tuple[Plain, bytes]
"""A value as a package reads it, and its bytes."""

_NAMED = ("record", "enum", "fixed")
_SCALARS = {
    "string": (str,),
    "boolean": (bool,),
    "int": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
}


def avro_answer(schema: Mapping[str, Any], document: Plain) -> EncodedSample:
    """Return a record with the values of a document, where the schema allows them."""
    return _Encoder().encode(schema, document)


@dataclass
class _Encoder:
    """Encodes values of a schema; absent ones are null if possible, else samples."""

    _declared: dict[str, Any] = field(default_factory=dict)

    def encode(self, schema: Any, wanted: Plain) -> EncodedSample:
        match schema:
            case str() if schema in self._declared:
                return self.encode(self._declared[schema], wanted)
            case str():
                return _primitive(schema, wanted)
            case list():
                branch = self._branch(schema, wanted)
                value, content = self.encode(schema[branch], wanted)
                return value, _integer(branch) + content
            case _:
                return self._structure(schema, wanted)

    def _structure(self, schema: Mapping[str, Any], wanted: Plain) -> EncodedSample:
        kind = schema["type"]
        if kind in _NAMED:
            self._declared[schema["name"]] = schema
        match kind:
            case "record":
                return self._record(schema["fields"], wanted)
            case "array":
                return self._array(schema["items"], wanted)
            case "map":
                return self._map(schema["values"], wanted)
            case "enum":
                symbols = schema["symbols"]
                place = symbols.index(wanted) if wanted in symbols else 0
                return symbols[place], _integer(place)
            case "fixed" | "bytes":
                return _bytes(schema)
            case _:
                return self.encode(kind, wanted)

    def _record(self, fields: list[Any], wanted: Plain) -> EncodedSample:
        values = wanted if isinstance(wanted, dict) else {}
        pairs = [
            (
                member["name"],
                self.encode(member["type"], values.get(member["name"])),
            )
            for member in fields
        ]
        content = b"".join(content for _, (_, content) in pairs)
        return {name: value for name, (value, _) in pairs}, content

    def _array(self, items: Any, wanted: Plain) -> EncodedSample:
        values = wanted if isinstance(wanted, list) else [None]
        pairs = [self.encode(items, value) for value in values]
        block = b"".join(content for _, content in pairs)
        return [value for value, _ in pairs], _block(len(pairs), block)

    def _map(self, values: Any, wanted: Plain) -> EncodedSample:
        members = wanted if isinstance(wanted, dict) else {"key": None}
        pairs = {name: self.encode(values, member) for name, member in members.items()}
        block = b"".join(_text(name) + content for name, (_, content) in pairs.items())
        value = {name: value for name, (value, _) in pairs.items()}
        return value, _block(len(pairs), block)

    def _branch(self, branches: list[Any], wanted: Plain) -> int:
        """Return the index of the branch of a union that fits a value best."""
        if wanted is None and "null" in branches:
            return branches.index("null")
        fitting = (
            at for at, branch in enumerate(branches) if self._is_fitting(branch, wanted)
        )
        others = (at for at, branch in enumerate(branches) if branch != "null")
        return next(fitting, next(others, 0))

    def _is_fitting(self, schema: Any, wanted: Plain) -> bool:
        definition = self._declared.get(schema) if isinstance(schema, str) else schema
        match definition:
            case None:
                return type(wanted) in _SCALARS.get(schema, ())
            case {"type": "record" | "map"}:
                return isinstance(wanted, dict)
            case {"type": "array"}:
                return isinstance(wanted, list)
            case _:
                return isinstance(wanted, str)


def _primitive(name: str, wanted: Plain) -> EncodedSample:
    is_known = type(wanted) in _SCALARS.get(name, ())
    match name:
        case "null":
            return None, b""
        case "boolean":
            value = wanted if isinstance(wanted, bool) else True
            return value, bytes([value])
        case "int" | "long":
            number = wanted if is_known and isinstance(wanted, int) else NUMBER
            return number, _integer(number)
        case "float":
            return FRACTION, struct.pack("<f", FRACTION)
        case "double":
            fraction = wanted if isinstance(wanted, float) else FRACTION
            return fraction, struct.pack("<d", fraction)
        case "string":
            text = wanted if isinstance(wanted, str) else TEXT
            return text, _text(text)
        case _:
            return _bytes({"type": name})


def _bytes(schema: Mapping[str, Any]) -> EncodedSample:
    size = schema.get("size")
    if schema.get("logicalType") == "decimal":
        value, content = _decimal(schema.get("scale", 0), size)
    else:
        content = TEXT.encode() if size is None else bytes(size)
        value = base64.b64encode(content).decode()
    return value, content if size is not None else _integer(len(content)) + content


def _decimal(scale: int, size: int | None) -> EncodedSample:
    """Return half a one, or a whole number without digits behind the point."""
    digits = 5 * 10 ** (scale - 1) if scale else NUMBER
    length = size or digits.bit_length() // 8 + 1
    return 0.5 if scale else NUMBER, digits.to_bytes(length, "big", signed=True)


def _block(count: int, content: bytes) -> bytes:
    """Return the items of an array or map, and the block of none that ends them."""
    return (_integer(count) + content if count else b"") + _integer(0)


def _text(text: str) -> bytes:
    content = text.encode()
    return _integer(len(content)) + content


def _integer(value: int) -> bytes:
    """Return a number in the zigzag form, in bytes of seven bits."""
    rest = value << 1 if value >= 0 else (~value << 1) | 1
    pieces = bytearray()
    while rest > 0x7F:
        pieces.append(rest & 0x7F | 0x80)
        rest >>= 7
    pieces.append(rest)
    return bytes(pieces)
