"""Request bodies of `multipart/form-data` that are the members of an object."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ..errors import InvalidInputError
from ..reply import Content
from ..sizes import body_room
from ..styles import SEPARATORS, deep_pairs, delimited_text
from .base64 import base64_bytes
from .multipart import PartHeaders, field_parts, file_parts, multipart_body
from .text import items_of

JSON = "application/json"


class FieldMember(NamedTuple):
    """The type of a member's part, the style of its value, and further headers."""

    media_type: str | None = None
    style: str | None = None
    headers: PartHeaders = ()


class FileMember(NamedTuple):
    """The type and the name of a member that is a file, in base64."""

    media_type: object
    filename: object
    headers: PartHeaders = ()


USUAL = FieldMember()
Members = Mapping[str, FieldMember | FileMember]


def multipart_object(value: object, members: Members | None = None) -> Content | None:
    """Return a part for each member of an object.

    `members` say how some of them are sent, by their names.
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        raise InvalidInputError("the request body", "must be an object")
    listed = members or {}
    return multipart_body(
        *(_parts(name, held, listed.get(name, USUAL)) for name, held in value.items())
    )


def _parts(
    name: str, value: object, member: FieldMember | FileMember
) -> Iterator[bytes]:
    if isinstance(member, FileMember):
        contents = [base64_bytes(item) for item in items_of(value)]
        about = member.filename, member.media_type
        yield from file_parts(name, contents, *about, headers=member.headers)
        return
    for key, held in _fields(member.style, name, value):
        for item in items_of(held):
            yield from _value_parts(key, item, member)


def _fields(
    style: str | None, name: str, value: object
) -> Iterable[tuple[str, object]]:
    """Return the fields that a member becomes."""
    if style == "deep":
        return deep_pairs(name, value, body_room())
    return [(name, delimited_text(SEPARATORS[style], value) if style else value)]


def _value_parts(name: str, value: object, member: FieldMember) -> Iterator[bytes]:
    usual = JSON if isinstance(value, dict) else None
    return field_parts(name, value, member.media_type or usual, headers=member.headers)
