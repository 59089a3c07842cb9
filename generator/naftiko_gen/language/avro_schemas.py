"""Schemas of Avro: the parts of them that decide how values are read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from naftiko_gen.diagnostics import Plain
from naftiko_gen.ir.formats import AvroSchema, SchemaError

DEEPEST = 50
MOST = 2_000
"""The most types of a schema."""
_PRIMITIVES = {
    "null": 0,
    "boolean": 1,
    "int": 1,
    "long": 1,
    "float": 4,
    "double": 8,
    "bytes": 1,
    "string": 1,
}
"""The least bytes of a value of each type."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_SIMPLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LARGEST = 1_000_000


def avro_schema(text: str) -> AvroSchema:
    """Return the schema of a record, without its documentation and default values.

    Names are whole, and logical types are left out, apart from decimals.

    Raises:
        SchemaError: It isn't a schema, or its values may be nested or repeated without
            a bound.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise SchemaError("it is nested too deeply") from None
    except ValueError as error:
        raise SchemaError(f"it isn't JSON: {error}") from None
    if not _is_record(value):
        raise SchemaError("its type is no record")
    schema, _ = _Reader().type(value, "", 0)
    return AvroSchema(json.dumps(schema, ensure_ascii=False))


def _is_record(value: Plain) -> bool:
    """Return whether this is an Avro schema, so that messages may quote its names."""
    match value:
        case {"type": "record"} | {"type": {"type": "record"}}:
            return True
        case _:
            return False


@dataclass
class _Reader:
    """Reader of types, each with the least bytes of its values."""

    _known: dict[str, int] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)
    _count: int = 0

    def type(self, value: Plain, namespace: str, depth: int) -> tuple[Plain, int]:
        self._count += 1
        if depth > DEEPEST or self._count > MOST:
            raise SchemaError("it has too many types, or is nested too deeply")
        match value:
            case str():
                return self._named_type(value, namespace)
            case list():
                return self._union(value, namespace, depth)
            case {"type": dict() | list() as inner}:
                return self.type(inner, namespace, depth + 1)
            case dict() if isinstance(kind := value.get("type"), str):
                return self._declared_type(value, kind, namespace, depth)
            case _:
                raise SchemaError(f"{_excerpt(value)} is no type")

    def _named_type(self, name: str, namespace: str) -> tuple[Plain, int]:
        if name in _PRIMITIVES:
            return name, _PRIMITIVES[name]
        full_name = _whole(name, namespace)
        if full_name in self._open:
            raise SchemaError(
                f"{_excerpt(full_name)} has values of its own type inside"
            )
        if full_name not in self._known:
            raise SchemaError(f"{_excerpt(full_name)} isn't declared before its use")
        return full_name, self._known[full_name]

    def _union(
        self, value: list[Plain], namespace: str, depth: int
    ) -> tuple[Plain, int]:
        if not value or any(isinstance(branch, list) for branch in value):
            raise SchemaError("a union has no types, or a union inside")
        branches = [self.type(branch, namespace, depth + 1) for branch in value]
        schemas = [schema for schema, _ in branches]
        return schemas, 1 + min(least for _, least in branches)

    def _declared_type(
        self, value: Mapping[str, Plain], kind: str, namespace: str, depth: int
    ) -> tuple[Plain, int]:
        match kind:
            case "array":
                items, least = self.type(value.get("items"), namespace, depth + 1)
                if least == 0:
                    raise SchemaError("an array has items without bytes")
                return {"type": "array", "items": items}, 1
            case "map":
                values, _ = self.type(value.get("values"), namespace, depth + 1)
                return {"type": "map", "values": values}, 1
            case "record" | "error":
                return self._record(value, namespace, depth)
            case "enum":
                return self._enum(value, namespace)
            case "fixed":
                return self._fixed_type(value, namespace)
            case "bytes" if value.get("logicalType") == "decimal":
                return {"type": "bytes", **_decimal(value)}, 1
            case _:
                return self._named_type(kind, namespace)

    def _record(
        self, value: Mapping[str, Plain], namespace: str, depth: int
    ) -> tuple[Plain, int]:
        name = self._declare(value, namespace)
        inside = name.rpartition(".")[0]
        self._open.add(name)
        fields: list[Plain] = []
        width = 0
        for member in _members(value.get("fields")):
            schema, least = self.type(member.get("type"), inside, depth + 1)
            fields.append({"name": _field_name(member), "type": schema})
            width += least
        names = [member["name"] for member in fields if isinstance(member, dict)]
        if len(set(map(str, names))) < len(names):
            raise SchemaError(f"{_excerpt(name)} has two fields of one name")
        self._open.discard(name)
        self._known[name] = width
        return {"type": "record", "name": name, "fields": fields}, width

    def _enum(self, value: Mapping[str, Plain], namespace: str) -> tuple[Plain, int]:
        name, symbols = self._declare(value, namespace), value.get("symbols")
        if not isinstance(symbols, list) or not symbols:
            raise SchemaError(f"{_excerpt(name)} has no symbols")
        if not all(isinstance(s, str) and _SIMPLE_NAME.fullmatch(s) for s in symbols):
            raise SchemaError(f"{_excerpt(name)} has a symbol that is no name")
        self._known[name] = 1
        return {"type": "enum", "name": name, "symbols": symbols}, 1

    def _fixed_type(
        self, value: Mapping[str, Plain], namespace: str
    ) -> tuple[Plain, int]:
        name, size = self._declare(value, namespace), value.get("size")
        if type(size) is not int or not 0 <= size <= _LARGEST:
            raise SchemaError(f"{_excerpt(name)} has no size")
        self._known[name] = size
        schema: dict[str, Plain] = {"type": "fixed", "name": name, "size": size}
        is_decimal = value.get("logicalType") == "decimal"
        return {**schema, **(_decimal(value) if is_decimal else {})}, size

    def _declare(self, value: Mapping[str, Plain], namespace: str) -> str:
        name, own = value.get("name"), value.get("namespace")
        if not isinstance(name, str) or not isinstance(own, str | None):
            raise SchemaError("a record, enum or fixed type has no name")
        full_name = _whole(name, own or namespace)
        if not _NAME.fullmatch(full_name) or full_name in _PRIMITIVES:
            raise SchemaError(f"{_excerpt(full_name)} isn't a name")
        if full_name in self._known or full_name in self._open:
            raise SchemaError(f"{_excerpt(full_name)} is declared twice")
        return full_name


def _whole(name: str, namespace: str) -> str:
    return name if "." in name or not namespace else f"{namespace}.{name}"


def _members(value: Plain) -> list[dict[str, Plain]]:
    if not isinstance(value, list):
        raise SchemaError("a record has no fields")
    members = [member for member in value if isinstance(member, dict)]
    if len(members) < len(value):
        raise SchemaError("a field of a record is no object")
    return members


def _field_name(value: Mapping[str, Plain]) -> str:
    name = value.get("name")
    if not isinstance(name, str) or not _SIMPLE_NAME.fullmatch(name):
        raise SchemaError(f"{_excerpt(name)} isn't a name of a field")
    return name


def _decimal(value: Mapping[str, Plain]) -> dict[str, Plain]:
    precision, scale = value.get("precision"), value.get("scale", 0)
    match precision, scale:
        case int(), int() if 0 <= scale <= precision and precision > 0:
            digits: dict[str, Plain] = {"precision": precision, "scale": scale}
            return {"logicalType": "decimal", **digits}
        case _:
            raise SchemaError("a decimal has no precision, or a greater scale")


def _excerpt(value: Plain) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:60]}…"
