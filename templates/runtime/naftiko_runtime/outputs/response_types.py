"""Checks of responses by the schemas of outputs, in which anything may be null."""

from collections.abc import Callable
from typing import Any

from ..json import JsonObject

Check = Callable[[Any], bool]


def accepts(schema: JsonObject) -> Check:
    """Return the check of values by a schema of types, members, items and options."""
    if options := schema.get("anyOf"):
        checks = [accepts(option) for option in options]
        return lambda value: any(check(value) for check in checks)
    kind = _kind(schema)
    if kind is None:
        return _anything
    if kind == "object":
        return _object(schema)
    if kind == "array":
        return _array(accepts(schema.get("items", {})))
    return _CHECKS[kind]


def _kind(schema: JsonObject) -> str | None:
    """Return the type of a schema, which may also accept null."""
    kind = schema.get("type")
    listed: list[str] = [kind] if isinstance(kind, str) else (kind or [])
    return next((one for one in listed if one != "null"), None)


def _object(schema: JsonObject) -> Check:
    properties: JsonObject = schema.get("properties", {})
    members = {name: accepts(inner) for name, inner in properties.items()}
    others = accepts(schema.get("additionalProperties", {}))

    def check(value: Any) -> bool:
        return value is None or (
            isinstance(value, dict)
            and all(members.get(name, others)(item) for name, item in value.items())
        )

    return check


def _array(items: Check) -> Check:
    return lambda value: value is None or (
        isinstance(value, list) and all(map(items, value))
    )


def _anything(_: Any) -> bool:
    return True


def _is_integer(value: Any) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


_CHECKS: dict[str, Check] = {
    "string": lambda value: value is None or isinstance(value, str),
    "integer": _is_integer,
    "number": lambda value: value is None
    or (isinstance(value, (int, float)) and not isinstance(value, bool)),
    "boolean": lambda value: value is None or isinstance(value, bool),
}
