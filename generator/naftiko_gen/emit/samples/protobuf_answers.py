"""Sample responses in Protocol Buffers: a message with the fields that are read."""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from naftiko_gen.emit.samples.mock_values import FRACTION, NUMBER, TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.ir import ProtobufSchema

    EncodedSample = tuple[Plain, bytes]
    """A value as a package reads it, and its bytes."""

_DEEPEST = 50
_WHOLE = 3
"""The levels of messages that have all of their fields, unless some are wished."""
_VARINT, _EIGHT, _DELIMITED, _FOUR = 0, 1, 2, 5
"""Wire types."""
_ZIGZAG = ("TYPE_SINT32", "TYPE_SINT64")
_INTEGERS = ("TYPE_INT32", "TYPE_INT64", "TYPE_UINT32", "TYPE_UINT64", *_ZIGZAG)
_PACKED = {
    "TYPE_FIXED32": (_FOUR, "<I"),
    "TYPE_SFIXED32": (_FOUR, "<i"),
    "TYPE_FIXED64": (_EIGHT, "<Q"),
    "TYPE_SFIXED64": (_EIGHT, "<q"),
    "TYPE_FLOAT": (_FOUR, "<f"),
    "TYPE_DOUBLE": (_EIGHT, "<d"),
}
_STANDARD = ".google.protobuf."
_SEVEN = b"\x08\x07"
"""A message whose first field is the number seven."""
_MESSAGES: dict[str, tuple[Plain, bytes]] = {
    "Timestamp": ("1970-01-01T00:00:07Z", _SEVEN),
    "Duration": ("7s", _SEVEN),
    "FieldMask": ("", b""),
    "Struct": ({}, b""),
    "ListValue": ([], b""),
    "Value": (None, b""),
    "Empty": ({}, b""),
}


def protobuf_answer(schema: ProtobufSchema, document: Plain) -> EncodedSample | None:
    """Return a message with the values of a document, where the schema allows them.

    None if required fields of messages need themselves.
    """
    encoder = _Encoder(tuple(schema.files))
    try:
        return encoder.message(f".{schema.message}", document, 0)
    except RecursionError:
        return None


@dataclass(frozen=True)
class _Encoder:
    files: tuple[Any, ...]

    @cached_property
    def _declared(self) -> dict[str, Any]:
        """Return the messages and enums by their whole names."""
        return {
            name: definition
            for file in self.files
            for name, definition in _nested_types(
                _prefix(file.get("package", "")), file
            )
        }

    def message(self, name: str, wanted: Plain, depth: int) -> EncodedSample:
        if name.startswith(_STANDARD):
            return self._standard(name.removeprefix(_STANDARD))
        if depth > _DEEPEST:
            raise RecursionError(name)
        members = wanted if isinstance(wanted, dict) else {}
        fields = self._declared[name].get("field", ())
        pairs = [
            (field["name"], self._field(field, members.get(field["name"]), depth))
            for field in _sent_fields(fields, members, depth)
        ]
        content = b"".join(content for _, (_, content) in pairs)
        return {name: value for name, (value, _) in pairs}, content

    def _standard(self, name: str) -> EncodedSample:
        if name in _MESSAGES:
            return _MESSAGES[name]
        # The others wrap a value of a type, as `Int32Value` does.
        kind = f"TYPE_{name.removesuffix('Value').upper()}"
        value, wire, content = self._single({"type": kind}, None, 0)
        return value, _wire_field(1, wire, content)

    def _field(
        self, field: Mapping[str, Any], wanted: Plain, depth: int
    ) -> EncodedSample:
        number = field["number"]
        if field.get("label") != "LABEL_REPEATED":
            value, wire, content = self._single(field, wanted, depth)
            return value, _wire_field(number, wire, content)
        if self._is_map(field):
            return self._entries(field, wanted, depth)
        items = wanted if isinstance(wanted, list) else [None]
        values = [self._single(field, item, depth) for item in items]
        rows = (_wire_field(number, wire, content) for _, wire, content in values)
        return [value for value, _, _ in values], b"".join(rows)

    def _is_map(self, field: Mapping[str, Any]) -> bool:
        entry = self._declared.get(field.get("type_name", ""), {})
        return bool(entry.get("options", {}).get("map_entry"))

    def _entries(
        self, field: Mapping[str, Any], wanted: Plain, depth: int
    ) -> EncodedSample:
        key, value = self._declared[field["type_name"]]["field"]
        members = wanted if isinstance(wanted, dict) else {}
        if key["type"] != "TYPE_STRING":
            return {}, b""
        values: dict[str, Plain] = {}
        rows: list[bytes] = []
        for name, member in members.items():
            values[name], wire, content = self._single(value, member, depth)
            entry = _wire_field(1, _DELIMITED, name.encode()) + _wire_field(
                2, wire, content
            )
            rows.append(_wire_field(field["number"], _DELIMITED, entry))
        return values, b"".join(rows)

    def _single(
        self, field: Mapping[str, Any], wanted: Plain, depth: int
    ) -> tuple[Plain, int, bytes]:
        """Return a value as it is read, its wire type and its bytes."""
        match field["type"]:
            case "TYPE_MESSAGE":
                name = field["type_name"]
                value, content = self.message(name, wanted, depth + 1)
                return value, _DELIMITED, content
            case "TYPE_ENUM":
                values = self._declared[field["type_name"]]["value"]
                numbers = {value["name"]: value.get("number", 0) for value in values}
                name = wanted if wanted in numbers else next(iter(numbers))
                return name, _VARINT, _varint(numbers[name])
            case kind:
                return _scalar(kind, wanted)


def _sent_fields(
    fields: Sequence[Mapping[str, Any]], members: Mapping[str, Plain], depth: int
) -> Iterator[Mapping[str, Any]]:
    """Yield the required fields, and those that are given: one of each `oneof`.

    Without any, all fields are sent in the outer messages.
    """
    choices: set[int] = set()
    is_whole = not members and depth < _WHOLE
    for field in fields:
        is_required = field.get("label") == "LABEL_REQUIRED"
        choice = field.get("oneof_index")
        is_sent = is_whole or is_required or field["name"] in members
        if is_sent and choice not in choices:
            choices |= set() if choice is None else {choice}
            yield field


def _prefix(package: str) -> str:
    return f".{package}" if package else ""


def _nested_types(prefix: str, holder: Any) -> Iterator[tuple[str, Any]]:
    """Yield the messages and enums inside a file or a message, with whole names."""
    for key in ("enum_type", "message_type", "nested_type"):
        for definition in holder.get(key, ()):
            name = f"{prefix}.{definition['name']}"
            yield name, definition
            yield from _nested_types(name, definition)


def _scalar(kind: str, wanted: Plain) -> tuple[Plain, int, bytes]:
    number = NUMBER
    if isinstance(wanted, int) and 0 <= wanted < 2**31:
        number = int(wanted)
    match kind:
        case "TYPE_STRING":
            text = wanted if isinstance(wanted, str) else TEXT
            return text, _DELIMITED, text.encode()
        case "TYPE_BYTES":
            content = TEXT.encode()
            return base64.b64encode(content).decode(), _DELIMITED, content
        case "TYPE_BOOL":
            return True, _VARINT, b"\x01"
        case _ if kind in _INTEGERS:
            encoding = number << 1 if kind in _ZIGZAG else number
            return number, _VARINT, _varint(encoding)
        case _:
            wire, form = _PACKED[kind]
            value = FRACTION if kind in ("TYPE_FLOAT", "TYPE_DOUBLE") else number
            return value, wire, struct.pack(form, value)


def _wire_field(number: int, wire: int, content: bytes) -> bytes:
    """Return a field: its number, its wire type and its bytes."""
    length = _varint(len(content)) if wire == _DELIMITED else b""
    return _varint(number << 3 | wire) + length + content


def _varint(value: int) -> bytes:
    rest = value % 2**64
    pieces = bytearray()
    while rest > 0x7F:
        pieces.append(rest & 0x7F | 0x80)
        rest >>= 7
    pieces.append(rest)
    return bytes(pieces)
