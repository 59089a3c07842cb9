"""Shapes responses: extracts the declared output from the upstream's document."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from ..charsets import utf8
from ..json import json_bytes, parse
from ..reply import Reply

T = TypeVar("T")
Projection = Callable[[Any], Any]
Read = Callable[[Reply], Any]
log = logging.getLogger(__name__)


class Alone:
    """A mark of values that may also be arrays.

    In some formats, such as XML, a value and an array of one item look the same.
    """

    __slots__ = ()

    def as_array(self) -> list[Any]:
        """Return the value as an array; raises TypeError if it can't be one."""
        return [self]


def json_document(reply: Reply) -> Any:
    """Parse a body of JSON in its charset; raises ValueError."""
    return parse(utf8(reply))


def shape(reply: Reply, projection: Projection, read: Read = json_document) -> Reply:
    """Apply a projection to a successful reply.

    A reply that can't be shaped is returned unchanged, apart from its structured
    output. `read` parses the body, or raises ValueError.
    """
    if not reply.ok:
        return reply
    if not reply.body or reply.status == 304:
        return _unshaped(reply, b"null")
    try:
        document = read(reply)
    except ValueError:
        log.warning("an answer can't be read and is handed on as it is")
        return _unshaped(reply, _quoted(reply))
    try:
        output = projection(document)
    except TypeError as error:
        log.warning("%s, but the answer has none and is handed on as it is", str(error))
        is_json = read is json_document
        return _unshaped(reply, utf8(reply) if is_json else _quoted(reply))
    # If the output is the whole document, its bytes are kept.
    is_whole = output is document and read is json_document
    body = utf8(reply) if is_whole else json_bytes(output)
    structured = body if isinstance(output, dict) else _result(body)
    return Reply(reply.status, _as_json(reply.raw_headers), body, structured)


def pick(value: Any, *steps: str | int) -> Any:
    """Return the value at a path of keys and indexes, or None if there is none.

    `length` is the number of items of an array, as in JavaScript.
    """
    for step in steps:
        if step == "length" and isinstance(value, list):
            value = len(value)
        elif isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            inside = isinstance(value, list) and -len(value) <= step < len(value)
            value = value[step] if inside else None
    return value


def each(value: Any, projection: Callable[[Any], T]) -> list[T] | None:
    """Apply a projection to each item; raises TypeError if the value is no array."""
    array = elements(value)
    return None if array is None else [projection(item) for item in array]


def elements(value: Any) -> Any:
    """Return an array, or None for null; raises TypeError for other values."""
    if isinstance(value, Alone):
        return value.as_array()
    if value is not None and not isinstance(value, list):
        raise TypeError("an array was declared")
    return value


def members(value: Any) -> Any:
    """Return an object; raises TypeError for other values."""
    if not isinstance(value, dict):
        raise TypeError("an object was declared")
    return value


def _unshaped(reply: Reply, document: bytes) -> Reply:
    return Reply(reply.status, reply.raw_headers, reply.body, _result(document))


def _quoted(reply: Reply) -> bytes:
    """Return a body that isn't JSON as a JSON string."""
    return json_bytes(utf8(reply).decode(errors="replace"))


def _result(document: bytes) -> bytes:
    """Return a JSON object whose member `result` is the document."""
    return b'{"result":' + document + b"}"


def _as_json(
    headers: tuple[tuple[bytes, bytes], ...],
) -> tuple[tuple[bytes, bytes], ...]:
    kept = (pair for pair in headers if pair[0].lower() != b"content-type")
    return (*kept, (b"content-type", b"application/json"))
