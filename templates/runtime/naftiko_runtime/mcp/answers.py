"""Tools whose responses pass unchanged, and are their structured output as well."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from ..transport import Reply, utf8
from ..values import JsonObject, as_result, json_bytes, parse
from .tools import Tool

Check = Callable[[Any], bool]

C = TypeVar("C")


def structured(reply: Reply, accepts: Callable[[Any], bool]) -> Reply:
    """Return a successful reply with its body as the structured output.

    The output is the body itself if it is an object that `accepts` takes. Otherwise it
    is an object with the body as its member `result`: a value of JSON, or a text.
    """
    if not reply.ok:
        return reply
    if not reply.body or reply.status == 304:
        return reply._replace(structured=as_result(b"null"))
    body = utf8(reply)
    try:
        document = parse(body)
    except ValueError:
        return reply._replace(structured=as_result(_quoted(body)))
    is_output = isinstance(document, dict) and accepts(document)
    return reply._replace(structured=body if is_output else as_result(body))


def _quoted(body: bytes) -> bytes:
    """Return a body that isn't JSON as a JSON string."""
    return json_bytes(body.decode(errors="replace"))


def accepts(schema: JsonObject) -> Check:
    """Return the check of values by a schema of types, members, items and options.

    Listed values are options beside their type, which accepts them, too.
    """
    if options := schema.get("anyOf"):
        return _any([accepts(option) for option in options if "enum" not in option])
    kind = _kind(schema)
    if kind is None:
        return _anything
    if kind == "object":
        return _object(schema)
    if kind == "array":
        return _array(accepts(schema.get("items", {})))
    return _CHECKS[kind]


def _any(checks: list[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]
    return lambda value: any(check(value) for check in checks)


def _kind(schema: JsonObject) -> str | None:
    """Return the type of a schema, which may also accept null."""
    kind = schema.get("type")
    listed: list[str] = [kind] if isinstance(kind, str) else (kind or [])
    return next((one for one in listed if one != "null"), None)


def _object(schema: JsonObject) -> Check:
    properties: JsonObject = schema.get("properties", {})
    members = [(n, accepts(inner)) for n, inner in properties.items() if inner]
    others = schema.get("additionalProperties")

    # Responses are checked at every call: loops are faster than generators.
    def check(value: Any) -> bool:
        if type(value) is not dict:
            return value is None
        for name, accepted in members:
            item = value.get(name)
            if item is not None and not accepted(item):
                return False
        return True

    return _with_others(check, properties, accepts(others)) if others else check


def _with_others(check: Check, properties: JsonObject, accepted: Check) -> Check:
    """Return a check of objects that looks at further members as well."""
    return lambda value: check(value) and all(
        accepted(item) for name, item in (value or {}).items() if name not in properties
    )


def _array(accepted: Check) -> Check:
    if accepted is _anything:
        return lambda value: value is None or type(value) is list

    return lambda value: (
        all(map(accepted, value)) if type(value) is list else value is None
    )


def _anything(_: Any) -> bool:
    return True


def _is_integer(value: Any) -> bool:
    return type(value) in _INTEGERS or (type(value) is float and value.is_integer())


_NULL = type(None)
# The types of values that a parser of JSON makes; true and false are no numbers.
_INTEGERS = frozenset((int, _NULL))
_NUMBERS = frozenset((int, float, _NULL))
_TEXTS = frozenset((str, _NULL))
_FLAGS = frozenset((bool, _NULL))
_CHECKS: dict[str, Check] = {
    "string": lambda value: type(value) in _TEXTS,
    "integer": _is_integer,
    "number": lambda value: type(value) in _NUMBERS,
    "boolean": lambda value: type(value) in _FLAGS,
}


@dataclass(frozen=True)
class AnsweringTool(Tool[C]):
    """A tool whose output is the response of an upstream.

    A response that breaks the schema `output`, or is no object, is the member `result`
    of the structured output, because clients refuse an output that breaks its schema.
    """

    @cached_property
    def _accepts(self) -> Callable[[Any], bool]:
        return accepts(self.output or {})

    async def call(self, client: C, arguments: JsonObject) -> Reply:
        """Perform the operation, and add the structured output to its reply."""
        return structured(await super().call(client, arguments), self._accepts)
