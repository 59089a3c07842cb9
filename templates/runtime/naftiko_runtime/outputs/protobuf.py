"""Parses Protocol Buffers responses for shaping."""

import base64
import math
from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    json_format,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from ..transport import Reply
from ..values import Room
from .mismatches import UnreadableError, reads
from .shapes import Read

# Larger responses would delay all other calls for a second.
MOST = 200_000
MOST_BYTES = 1_000_000
# Absent fields are no values, but have to be looked at.
MOST_FIELDS = 2_000_000
PREFIX = "google.protobuf."
STANDARD = {
    one.DESCRIPTOR.name: one.DESCRIPTOR
    for one in (
        duration_pb2,
        empty_pb2,
        field_mask_pb2,
        struct_pb2,
        timestamp_pb2,
        wrappers_pb2,
    )
}
WRAPPERS = frozenset(wrappers_pb2.DESCRIPTOR.message_types_by_name)
MEMORY = 256_000_000
"""The most bytes that the messages in a response may need."""


def protobuf_reader(message: str, *files: Mapping[str, Any]) -> Read:
    """Return a function that parses responses, which are one message.

    Each of `files` declares messages as `FileDescriptorProto` of Protocol Buffers does,
    and stands behind those that it depends on, apart from standard files.

    Members have the names of the fields, and enums those of their values. Bytes become
    base64, and standard messages have the forms that they have in JSON. An absent field
    has its default value, or is missing if the message tells whether it is set. The
    function raises ValueError for other responses and for too large ones.
    """
    pool = descriptor_pool.DescriptorPool()
    for path in sorted({path for file in files for path in file.get("dependency", ())}):
        if path in STANDARD:
            pool.AddSerializedFile(STANDARD[path].serialized_pb)
    for file in files:
        declarations = descriptor_pb2.FileDescriptorProto()
        json_format.ParseDict(dict(file), declarations)
        pool.AddSerializedFile(declarations.SerializeToString())
    kind = pool.FindMessageTypeByName(message)
    parse = GetMessageClass(kind).FromString
    most_bytes = _most_bytes(files)

    @reads("Protocol Buffers")
    def read(reply: Reply) -> Any:
        if len(reply.body) > most_bytes:
            raise UnreadableError("too long a response")
        try:
            content = parse(reply.body)
        except DecodeError as error:
            raise ValueError("no message of this kind") from error
        if not content.IsInitialized():
            raise UnreadableError("a required field is missing")
        return _Values().members(content)

    return read


def _most_bytes(files: Iterable[Mapping[str, Any]]) -> int:
    """Return the most bytes of a response: two may be a message with all its fields."""
    sizes = (size for file in files for size in _sizes(file.get("message_type", ())))
    largest = max(sizes, default=0)
    return min(MOST_BYTES, 2 * MEMORY // (8 * largest + 64))


def _sizes(messages: Any) -> list[int]:
    """Return the number of fields of messages, and of those inside them."""
    sizes = [len(message.get("field", ())) for message in messages]
    inner = (_sizes(message.get("nested_type", ())) for message in messages)
    return sizes + [size for group in inner for size in group]


class _Values:
    """Makes values of JSON of messages, up to a number of them."""

    def __init__(self) -> None:
        self._room = Room(MOST, lambda: UnreadableError("too many values"))
        self._fields = Room(MOST_FIELDS, lambda: UnreadableError("too many fields"))

    def members(self, message: Message) -> dict[str, Any]:
        fields = message.DESCRIPTOR.fields
        self._fields.take(len(fields))
        members: dict[str, Any] = {}
        for field in fields:
            if not field.has_presence or message.HasField(field.name):
                members[field.name] = self._field(field, getattr(message, field.name))
            elif field.has_default_value:
                members[field.name] = self._value(field, field.default_value)
        return members

    def _field(self, field: Any, value: Any) -> Any:
        kind = field.message_type
        if kind is not None and kind.GetOptions().map_entry:
            inner = kind.fields_by_name["value"]
            return {_name(key): self._value(inner, value[key]) for key in value}
        if field.is_repeated:
            return [self._value(field, item) for item in value]
        return self._value(field, value)

    def _message(self, message: Any) -> Any:
        """Return a message; standard ones have the forms of JSON."""
        match message.DESCRIPTOR.full_name.removeprefix(PREFIX):
            case "Timestamp" | "Duration" | "FieldMask":
                return message.ToJsonString()
            case "Struct":
                return {k: self._message(field) for k, field in message.fields.items()}
            case "ListValue":
                return [self._message(item) for item in message.values]
            case "Value":
                kind = message.WhichOneof("kind")
                field = message.DESCRIPTOR.fields_by_name.get(kind)
                is_null = kind in (None, "null_value")
                return None if is_null else self._value(field, getattr(message, kind))
            case name if name in WRAPPERS:
                field = message.DESCRIPTOR.fields_by_name["value"]
                return self._value(field, message.value)
            case _:
                return self.members(message)

    def _value(self, field: Any, value: Any) -> Any:
        self._room.take(1)
        match value:
            case Message():
                return self._message(value)
            case bytes():
                return base64.b64encode(value).decode()
            case float() if not math.isfinite(value):
                raise UnreadableError("a number that JSON doesn't have")
            case int() if field.enum_type is not None:
                number = field.enum_type.values_by_number.get(value)
                return number.name if number else value
            case _:
                return value


def _name(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)
