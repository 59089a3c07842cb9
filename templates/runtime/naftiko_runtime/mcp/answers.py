"""Tools with a schema of their output, which no answer breaks."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any, TypeVar

from ..outputs.shapes import typed_reply
from ..transport import Reply, utf8
from ..values import JsonObject, json_bytes, parse
from .messages import content_of, is_untyped
from .tools import Tool

Check = Callable[[Any], bool]

C = TypeVar("C")
WHOLE = "result"
UNEXPECTED = "unexpected"
NULL = b"null"
PARTED = (dict, list)
# A larger integer is infinite to clients that read numbers as floats.
LARGEST = sys.float_info.max


def structured(reply: Reply, schema: JsonObject, accepts: Check) -> Reply:
    """Return a successful reply with its body as the structured output.

    The output is the body itself if it is an object that `accepts` takes. Otherwise it
    is the member `result`, a value of JSON or a text, or the member `unexpected` if the
    schema has another `result`, with a number if it has another `unexpected` as well.
    Members that the schema lists are left out if they are null, because no schema
    accepts null.
    """
    if not reply.ok:
        return reply
    value, body = _document(reply)
    if not isinstance(value, dict) or not accepts(value):
        name = next(name for name in _names() if accepts({name: value}))
        value, body = {name: value}, b'{"%s":%s}' % (name.encode(), body)
    if NULL in body and drop_nulls(schema, value):
        body = json_bytes(value)
    return reply._replace(structured=body)


def _names() -> Iterator[str]:
    yield WHOLE
    yield UNEXPECTED
    yield from (f"{UNEXPECTED}_{number}" for number in count(2))


def _document(reply: Reply) -> tuple[Any, bytes]:
    """Return the value of a body, and its JSON.

    A body that isn't JSON is a text; bytes are their media type and size.
    """
    if not reply.body or reply.status == 304:
        return None, NULL
    body = utf8(reply)
    try:
        return parse(body), body
    except ValueError:
        words = str(content_of("", reply))
        return words, json_bytes(words)


def accepts(schema: JsonObject) -> Check:
    """Return the check of values by a schema of types, members and items.

    A member may be null, because `drop_nulls` leaves it out then.
    """
    match schema["type"]:
        case "object":
            return _object(schema.get("properties", {}))
        case "array":
            return _array(accepts(schema["items"]))
        case scalar:
            return _CHECKS[scalar]


def _object(properties: JsonObject) -> Check:
    members = [(name, accepts(inner)) for name, inner in properties.items()]

    # Responses are checked at every call: loops are faster than generators.
    def check(value: Any) -> bool:
        if type(value) is not dict:
            return False
        for name, accepted in members:
            item = value.get(name)
            if item is not None and not accepted(item):
                return False
        return True

    return check


def _array(accepted: Check) -> Check:
    return lambda value: type(value) is list and all(map(accepted, value))


def _is_number(value: Any) -> bool:
    kind = type(value)
    return kind is float or (kind is int and -LARGEST <= value <= LARGEST)


def _is_integer(value: Any) -> bool:
    return _is_number(value) and (type(value) is int or value.is_integer())


_CHECKS: dict[str, Check] = {
    "string": lambda value: type(value) is str,
    "integer": _is_integer,
    "number": _is_number,
    "boolean": lambda value: type(value) is bool,
}


def drop_nulls(schema: JsonObject, value: Any) -> int:
    """Remove the null members that a schema lists; return how many there were."""
    if schema["type"] == "array":
        items = schema["items"]
        return sum(drop_nulls(items, item) for item in value if type(item) in PARTED)
    dropped = 0
    for name, inner in schema.get("properties", {}).items():
        item = value.get(name, value)
        if item is None:
            del value[name]
            dropped += 1
        elif item is not value and type(item) in PARTED:
            dropped += drop_nulls(inner, item)
    return dropped


@dataclass(frozen=True)
class AnsweringTool(Tool[C]):
    """A tool whose answers are of a declared form.

    A client refuses an output that breaks its schema, `output`: an answer that does is
    the member `result` or `unexpected` of the structured output. Pictures and sounds
    are of the type `media_type` if the upstream doesn't tell one.
    """

    media_type: str | None = field(default=None, kw_only=True)

    @cached_property
    def _accepts(self) -> Check:
        return accepts(self.output or {"type": "object"})

    async def call(self, client: C, arguments: JsonObject) -> Reply:
        """Perform the operation, and give its reply the declared form."""
        reply = await super().call(client, arguments)
        if self.media_type and is_untyped(reply):
            reply = typed_reply(reply, self.media_type)
        return structured(reply, self.output, self._accepts) if self.output else reply
