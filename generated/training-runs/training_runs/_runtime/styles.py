"""Styles of lists and objects in queries and forms, as OpenAPI has them."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from .errors import InvalidInputError
from .sizes import Room
from .values import EncodedText, quoted, text_of

# Reserved characters (RFC 3986) that are part of a value in a query and in a form.
RESERVED = ":/?@!$'()*,;="
SEPARATORS = {"commas": ",", "spaces": " ", "pipes": "|"}
TRIPLE = re.compile("(%[0-9A-Fa-f]{2})")


def reserved(value: object) -> Any:
    """Encode a value, or each item of a list, except for reserved characters.

    Characters that are encoded already stay as they are.
    """
    if isinstance(value, list):
        return [reserved(item) for item in value]
    return None if value is None else EncodedText(_reserved_text(text_of(value)))


def reserved_parts(value: object) -> Any:
    """Encode the values in lists and objects except for reserved characters."""
    match value:
        case dict():
            return {name: reserved_parts(part) for name, part in value.items()}
        case list():
            return [reserved_parts(part) for part in value]
        case _:
            return reserved(value)


def _reserved_text(text: str) -> str:
    try:
        pieces = [
            piece if TRIPLE.fullmatch(piece) else quote(piece, safe=RESERVED)
            for piece in TRIPLE.split(text)
        ]
    except UnicodeEncodeError:
        fault = "must be valid Unicode text"
        raise InvalidInputError("a query parameter", fault) from None
    return "".join(pieces)


def delimited_items(separator: str, value: object) -> EncodedText | None:
    """Join the items of a list, or the names and values of an object.

    The separator is encoded already. Nothing is sent for an empty list or object.
    """
    items = [quoted(item) for item in _flat_items(value)]
    return EncodedText(separator.join(items)) if items else None


def delimited_text(separator: str, value: object) -> str | None:
    """Join items like `delimited_items`, without encoding them."""
    items = [text_of(item) for item in _flat_items(value)]
    return separator.join(items) if items else None


def exploded_members(name: str, value: object) -> dict[str, Any]:
    """Return the members of an object as parameters; another value has the name."""
    return value if isinstance(value, dict) else {name: value}


class Deep(NamedTuple):
    """A value that is sent as a field for each value in it."""

    value: object


def deep_pairs(name: str, value: object, room: Room) -> Iterator[tuple[str, Any]]:
    """Yield a field for each value in an object: `name[member]`, `name[0]`.

    Raises CallError if there is no room for the names.
    """
    room.take(len(name))
    match value:
        case dict():
            for member, inner in value.items():
                yield from deep_pairs(f"{name}[{member}]", inner, room)
        case list():
            for index, inner in enumerate(value):
                yield from deep_pairs(f"{name}[{index}]", inner, room)
        case _:
            yield name, value


def _flat_items(value: object) -> list[object]:
    match value:
        case None:
            return []
        case list():
            return value
        case dict():
            return [part for pair in value.items() for part in pair]
        case _:
            return [value]
