"""Sample responses in Avro, a record, and in Protocol Buffers, a message."""

from __future__ import annotations

import base64
import dataclasses
import struct
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.samples.mock_values import FRACTION, NUMBER, TEXT

EncodedSample = tuple[Plain, bytes]
"""A value as a package reads it, and its bytes."""

_NAMED = ("record", "enum", "fixed")
_SCALARS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "int": (int,),
    "long": (int,),
    **dict.fromkeys(("float", "double"), (int, float)),
}


def avro_answer(schema: Mapping[str, Any], document: Plain) -> EncodedSample:
    """Return a record with the values of a document, where the schema allows them."""
    return _Encoder().encode(schema, document)


@dataclasses.dataclass
class _Encoder:
    """Encodes values of a schema; absent ones are null if possible, else samples."""

    _declared: dict[str, Any] = dataclasses.field(default_factory=dict)

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
            (f["name"], self.encode(f["type"], values.get(f["name"]))) for f in fields
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
        places = [*enumerate(branches)]
        fitting = (at for at, branch in places if self._is_fitting(branch, wanted))
        others = (at for at, branch in places if branch != "null")
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


_DEEPEST = 50
_WHOLE = 3
"""The levels of messages that have all of their fields, unless some are wished."""
_STANDARD, _STANDARD_FILES = "google.protobuf.", "google/protobuf/"
_MESSAGES: Mapping[str, Plain] = {
    "Timestamp": "1970-01-01T00:00:07Z",
    "Duration": "7s",
    "FieldMask": "",
    "Struct": {},
    "ListValue": [],
    "Value": None,
    "Empty": {},
}
"""Standard messages as they are read; those with seconds have seven."""


def protobuf_answer(schema: ir.ProtobufSchema, document: Plain) -> EncodedSample | None:
    """Return a message with the values of a document, where the schema allows them.

    It is returned as a package reads it, and as its bytes. None if required fields of
    messages need themselves.
    """
    from google.protobuf import json_format

    message = _empty_message(schema)
    try:
        value = _message(message.DESCRIPTOR, document, 0)
        json_format.ParseDict(value, message)
    except (RecursionError, json_format.ParseError):
        return None
    return value, message.SerializeToString(deterministic=True)


def _empty_message(schema: ir.ProtobufSchema) -> Any:
    from google.protobuf import descriptor_pool, json_format
    from google.protobuf.descriptor_pb2 import FileDescriptorProto
    from google.protobuf.message_factory import GetMessageClass

    pool = descriptor_pool.DescriptorPool()
    files: list[Any] = schema.files
    for file in files:
        for path in file.get("dependency", ()):
            if path.startswith(_STANDARD_FILES):
                name = path.removesuffix(".proto").replace("/", ".")
                standard = import_module(f"{name}_pb2").DESCRIPTOR
                pool.AddSerializedFile(standard.serialized_pb)
        declarations = json_format.ParseDict(file, FileDescriptorProto())
        pool.AddSerializedFile(declarations.SerializeToString())
    return GetMessageClass(pool.FindMessageTypeByName(schema.message))()


def _message(kind: Any, wanted: Plain, depth: int) -> Any:
    if kind.full_name.startswith(_STANDARD):
        name = kind.full_name.removeprefix(_STANDARD)
        # The others wrap a value of a type, as `Int32Value` does.
        is_wrapper = name not in _MESSAGES
        value = kind.fields_by_name["value"] if is_wrapper else None
        return _item(value, None, 0) if is_wrapper else _MESSAGES[name]
    if depth > _DEEPEST:
        raise RecursionError(kind.full_name)
    members = wanted if isinstance(wanted, dict) else {}
    return {
        field.name: _value(field, members.get(field.name), depth)
        for field in _sent_fields(kind, members, depth)
    }


def _sent_fields(kind: Any, members: Mapping[str, Plain], depth: int) -> Iterator[Any]:
    """Yield the required fields, and those that are given: one of each `oneof`.

    Without any, all fields are sent in the outer messages.
    """
    choices: set[str] = set()
    is_whole = not members and depth < _WHOLE
    for field in kind.fields:
        choice = field.containing_oneof
        is_sent = is_whole or field.is_required or field.name in members
        if is_sent and (choice is None or choice.name not in choices):
            choices |= set() if choice is None else {choice.name}
            yield field


def _value(field: Any, wanted: Plain, depth: int) -> Plain:
    kind = field.message_type
    if kind and kind.GetOptions().map_entry:
        key, value = kind.fields
        members = wanted if isinstance(wanted, dict) else {}
        has_names = key.type == key.TYPE_STRING
        return {k: _item(value, v, depth) for k, v in members.items() if has_names}
    if field.is_repeated:
        items = wanted if isinstance(wanted, list) else [None]
        return [_item(field, item, depth) for item in items]
    return _item(field, wanted, depth)


def _item(field: Any, wanted: Plain, depth: int) -> Plain:
    match field.type:
        case field.TYPE_MESSAGE | field.TYPE_GROUP:
            message: Plain = _message(field.message_type, wanted, depth + 1)
            return message
        case field.TYPE_ENUM:
            names = [value.name for value in field.enum_type.values]
            return wanted if wanted in names else names[0]
        case field.TYPE_STRING:
            return wanted if isinstance(wanted, str) else TEXT
        case field.TYPE_BYTES:
            return base64.b64encode(TEXT.encode()).decode()
        case field.TYPE_BOOL:
            return True
        case field.TYPE_FLOAT | field.TYPE_DOUBLE:
            return FRACTION
        case _:
            is_fitting = isinstance(wanted, int) and 0 <= wanted < 2**31
            return wanted if is_fitting else NUMBER
