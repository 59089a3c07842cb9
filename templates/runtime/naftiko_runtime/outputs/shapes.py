"""Shapes of outputs, within limits: parts of JSON documents, JSONPaths and tables."""

import csv
import io
import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from contextvars import ContextVar
from functools import partial
from itertools import chain, islice
from typing import Any, TypeVar

from ..errors import CallError, NaftikoError
from ..transport import Reply, utf8
from ..upstream.requests import READ_ONLY, log_failure
from ..values import Room, json_bytes, parse_response
from .mismatches import (
    MismatchError,
    UnreadableError,
    UnusableAnswerError,
    other_form,
    reads,
)

# More values would delay all other calls.
MOST = 200_000
# As much as an upstream may answer with.
MOST_BYTES = 16 * 1024 * 1024

T = TypeVar("T")
Projection = Callable[[Any], Any]
Read = Callable[[Reply], Any]
log = logging.getLogger(__name__)

# Larger tables would delay all other calls.
MOST_LINES = 200_000
MOST_CELLS = 1_000_000

CONTENT_TYPE = b"content-type"
UNITS = ("bytes", "KiB", "MiB", "GiB")


class TooManyValuesError(NaftikoError, TypeError):
    """A path leads to too many values."""

    def __init__(self) -> None:
        super().__init__("a path to fewer values was declared")


def value_room() -> Room:
    """Return the room for the values to which a path leads, or which it looks at."""
    return Room(MOST, TooManyValuesError)


def check_size(values: Iterable[object]) -> None:
    """Raise TooManyValuesError if the JSON of values has too many bytes together.

    Values that stand in each other, or several times, may be much larger than the
    document from which they are.
    """
    size = 0
    for value in values:
        size += len(json_bytes(value))
        if size > MOST_BYTES:
            raise TooManyValuesError


class Alone:
    """A mark of values that may also be arrays.

    In some formats, such as XML, a value and an array of one item look the same.
    """

    __slots__ = ()

    def as_array(self) -> list[Any]:
        """Return the value as an array; raises TypeError if it can't be one."""
        return [self]


@reads("JSON")
def json_document(reply: Reply) -> Any:
    """Parse a body of JSON in its charset; raises ValueError."""
    return parse_response(utf8(reply))


def shape(
    reply: Reply,
    projection: Projection,
    read: Read = json_document,
    *,
    method: str = "GET",
) -> Reply:
    """Apply a projection to a successful reply.

    `read` parses the body, or raises ValueError. A reply without a value is returned
    unchanged. Raises CallError for one that can't be shaped, because the declared
    output hides all else; a client then has to know that a `method` has changed
    something.
    """
    try:
        return _shape(reply, projection, read)
    except UnusableAnswerError as error:
        if method not in READ_ONLY:
            error.detail += f"; it has accepted the {method} ({reply.status})"
        log_failure(error)
        raise


def shape_or_pass(
    reply: Reply, projection: Projection, read: Read = json_document
) -> Reply:
    """Apply a projection as `shape` does; a reply of another form is unchanged."""
    try:
        return _shape(reply, projection, read)
    except UnusableAnswerError as error:
        log.warning("%s: it is handed on as it is", error.detail)
        return reply


def _shape(reply: Reply, projection: Projection, read: Read) -> Reply:
    if not reply.ok or not reply.body or reply.status == 304:
        return reply
    try:
        document = read(reply)
    except ValueError as error:
        raise UnusableAnswerError(str(error)) from None
    try:
        output = None if document is None else projection(document)
    except TooManyValuesError:
        raise UnusableAnswerError("with too many values") from None
    except TypeError as error:
        raise other_form(error, document) from None
    # If the output is the whole document, its bytes are kept.
    is_whole = output is document and read is json_document
    body = utf8(reply) if is_whole else json_bytes(output)
    return typed_reply(reply._replace(body=body), "application/json")


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
        raise MismatchError("an array", value)
    return value


def members(value: Any) -> Any:
    """Return an object; raises TypeError for other values.

    An element of XML that is empty is an object without members.
    """
    if isinstance(value, Alone) and isinstance(value, str) and not value:
        return {}
    if not isinstance(value, dict):
        raise MismatchError("an object", value)
    return value


def within(value: Any, projection: Callable[[Any], object]) -> Any:
    """Apply a projection to an object, or return None for null.

    Raises TypeError for other values.
    """
    if value is None:
        return None
    # An element of XML without attributes and children is text.
    return projection(value if isinstance(value, Alone) else members(value))


def _rows(separator: str, reply: Reply) -> list[dict[str, Any]]:
    """Return an object for each row, with the first row as names; raises ValueError.

    Every value is text. A row that is shorter than the first has fewer members. A
    longer row, or too large a table, is an error.
    """
    content = utf8(reply)
    if max(content.count(b"\n"), content.count(b"\r")) > MOST_LINES:
        raise UnreadableError("too many rows")
    # The count includes separators in quotes: few tables have that many.
    if content.count(separator.encode()) > MOST_CELLS:
        raise UnreadableError("too many cells")
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    try:
        header, *rows = csv.reader(text, delimiter=separator, strict=True)
    except csv.Error as error:
        raise ValueError("no table") from error
    names = [name.strip() for name in header]
    if any(len(row) > len(names) for row in rows):
        raise UnreadableError("a row is longer than the first")
    return [dict(zip(names, row, strict=False)) for row in rows if row]


csv_rows = reads("CSV")(partial(_rows, ","))
tsv_rows = reads("TSV")(partial(_rows, "\t"))
psv_rows = reads("PSV")(partial(_rows, "|"))


def typed_reply(reply: Reply, media_type: str) -> Reply:
    """Return a response whose media type is the declared one, if it is a success."""
    if not reply.ok:
        return reply
    others = (pair for pair in reply.raw_headers if pair[0].lower() != CONTENT_TYPE)
    return reply._replace(raw_headers=(*others, (CONTENT_TYPE, media_type.encode())))


def binary_reply(reply: Reply, limit: int, media_type: str | None = None) -> Reply:
    """Return a response as bytes; raises CallError if it has more than the limit."""
    if not reply.ok:
        return reply
    if len(reply.body) > limit:
        detail = f"the upstream API answered with more than {_size(limit)}"
        error = CallError(502, "Bad Gateway", detail)
        log_failure(error)
        raise error
    reply = typed_reply(reply, media_type) if media_type else reply
    return reply._replace(is_binary=True)


def _size(limit: int) -> str:
    unit = 0
    while limit % 1024 == 0 and limit and unit < len(UNITS) - 1:
        limit, unit = limit // 1024, unit + 1
    return f"{limit} {UNITS[unit]}"


Segment = Callable[[Any], Iterable[Any]]
"""Returns the values that a segment of a path selects in one value."""
FILTERED: ContextVar[Room | None] = ContextVar("filtered", default=None)
"""The room for values that the filters of a path look at."""

NOTHING = object()
"""The value of a path that leads nowhere; it equals only itself."""


def nodes(value: Any, *segments: str | int | Segment) -> list[Any]:
    """Return the values to which segments lead, each applied to those of the last.

    A text is a member's name, and a number an index. Raises TooManyValuesError if a
    segment selects too many, or the filters look at too many.
    """
    token = None if FILTERED.get() else FILTERED.set(value_room())
    selection = [value]
    try:
        for segment in segments:
            parts = chain.from_iterable(_select(node, segment) for node in selection)
            selection = list(islice(parts, MOST + 1))
            if len(selection) > MOST:
                raise TooManyValuesError
    finally:
        if token:
            FILTERED.reset(token)
    if token and any(part is below or isinstance(part, Union) for part in segments):
        check_size(selection)
    return selection


def _select(value: Any, segment: str | int | Segment) -> Iterable[Any]:
    if callable(segment):
        return segment(value)
    if isinstance(segment, str):
        is_inside = isinstance(value, dict) and segment in value
        return [value[segment]] if is_inside else []
    array = _array(value)
    return [array[segment]] if -len(array) <= segment < len(array) else []


def every(value: Any) -> Collection[Any]:
    """Return the elements of an array, or the values of an object."""
    if isinstance(value, dict) and not isinstance(value, Alone):
        return value.values()
    return _array(value)


def _array(value: Any) -> list[Any]:
    """Return the elements of an array; a lone element of XML is an array of it."""
    if isinstance(value, Alone):
        try:
            return value.as_array()
        except TypeError:
            return [value]
    return value if isinstance(value, list) else []


def piece(
    start: int | None = None, stop: int | None = None, step: int | None = None
) -> Segment:
    """Return the segment that selects a slice of an array; a step of 0 selects none."""

    def select(value: Any) -> list[Any]:
        return [] if step == 0 else _array(value)[start:stop:step]

    return select


class Union:
    """The segment that selects the values of all segments, in their order."""

    def __init__(self, segments: Iterable[str | int | Segment]) -> None:
        self._segments = tuple(segments)

    def __call__(self, value: Any) -> Iterator[Any]:
        """Yield the values of each segment, which may be the same."""
        for segment in self._segments:
            yield from _select(value, segment)


def either(*segments: str | int | Segment) -> Segment:
    """Return the segment that selects the values of all segments, in their order."""
    return Union(segments)


def _plain(value: Any) -> Any:
    """Return a value of XML as an object or a text, which it is as well as an array."""
    if not isinstance(value, Alone):
        return value
    return dict(value) if isinstance(value, dict) else str(value)


def below(value: Any) -> Iterator[Any]:
    """Yield a value and all values inside it, each before those inside it."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        yield _plain(node)
        inside = node.values() if isinstance(node, dict) else node
        if isinstance(node, dict | list):
            waiting += reversed(list(inside))


def where(condition: Callable[[Any], object]) -> Segment:
    """Return the segment that selects elements or values by a condition."""

    def select(value: Any) -> list[Any]:
        values = every(value)
        if room := FILTERED.get():
            room.take(len(values))
        return [node for node in values if condition(node)]

    return select


def only(values: list[Any]) -> Any:
    """Return the single value of a list; a list of none or several has no value."""
    return values[0] if len(values) == 1 else NOTHING


def at(value: Any, *steps: str | int) -> Any:
    """Return the value at a path of names and indexes."""
    return only(nodes(value, *steps))


def length(value: Any) -> Any:
    """Return the length of a text, an array or an object; others have none."""
    return len(value) if isinstance(value, str | list | dict) else NOTHING


def equal(left: Any, right: Any) -> bool:
    """Return whether two values are equal in JSON: `true` isn't 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(
            equal(value, right[key]) for key, value in left.items()
        )
    return bool(left == right)


def less(left: Any, right: Any) -> bool:
    """Return whether one number or text is less than another; others never are."""
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    return _is_number(left) and _is_number(right) and bool(left < right)


def at_most(left: Any, right: Any) -> bool:
    """Return whether a value is less than another one or equal to it."""
    return less(left, right) or equal(left, right)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
