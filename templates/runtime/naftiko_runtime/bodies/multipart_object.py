"""Request bodies of `multipart/form-data` that are the members of an object."""

from ..errors import InvalidInputError
from ..reply import Content
from .base64 import base64_bytes
from .multipart import field_parts, file_parts, multipart_body
from .text import items_of

JSON = "application/json"


def multipart_object(value: object, files: dict[str, str] | None = None) -> Content:
    """Return a part for each member; `files` are bytes, with their media types."""
    if not isinstance(value, dict):
        raise InvalidInputError("the request body", "must be an object")
    types = files or {}
    return multipart_body(*(_member_parts(*pair, types) for pair in value.items()))


def _member_parts(name: str, value: object, files: dict[str, str]) -> list[bytes]:
    if name in files:
        contents = [base64_bytes(item) for item in items_of(value)]
        return file_parts(name, contents, name, files[name])
    return [part for item in items_of(value) for part in _value_parts(name, item)]


def _value_parts(name: str, value: object) -> list[bytes]:
    return field_parts(name, value, JSON if isinstance(value, dict) else None)
