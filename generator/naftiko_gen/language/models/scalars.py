"""Types of keys that several models have: texts, media types and sizes."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from naftiko_gen.syntax.tree import Mapping

__all__ = ["Constant", "Kind", "is_textual", "media_kind"]


SIZE_PATTERN = r"^\d+(\.\d+)?(B|KiB|MiB|GiB)$"
DEFAULT_SIZE = 10 * 1024 * 1024
"""The most bytes of a binary answer, unless the spec says otherwise."""
LARGEST_SIZE = 256 * 1024 * 1024
"""The most bytes of an answer that a package holds in memory."""
_UNITS = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "B": 1}


def bytes_of(size: str) -> int:
    """Return the bytes of a size."""
    for unit, factor in _UNITS.items():
        if size.endswith(unit):
            return int(float(size.removesuffix(unit)) * factor)
    raise ValueError(size)


TEXTS = ("text", "xml", "sparql")

TEXTUAL = re.compile(
    r"text/.+|.+[/+](xml|yaml|x-yaml)|.+/(sparql-.+|graphql|(x-)?(ndjson|jsonl|toml))"
)

JSON = re.compile(r".+[/+]json")
MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
MEDIA_RANGE = re.compile(r"\*/\*|[\w.+-]+/\*(\+[\w.-]+)?")
"""A range of media types, such as `image/*`."""

_MEDIA_TYPE_PATTERN = (
    r"^[a-zA-Z0-9!#$&^_.+-]+/[a-zA-Z0-9!#$&^_.+-]+"
    r"(\s*;\s*[a-zA-Z0-9!#$&^_.+-]+=([a-zA-Z0-9!#$&^_.+-]+|\"[\x20-\x7e]*\"))*$"
)

MediaType = Annotated[str, Field(pattern=_MEDIA_TYPE_PATTERN)]

TypeOrRange = Annotated[
    str, Field(pattern=f"^(?:{MEDIA_TYPE.pattern}|{MEDIA_RANGE.pattern})$")
]


def media_kind(media_type: str) -> Literal["json", "text", "bytes"]:
    """Return the kind of content that a media type has."""
    if JSON.fullmatch(media_type):
        return "json"
    return "text" if is_textual(media_type) else "bytes"


def is_textual(media_type: str) -> bool:
    """Return whether bodies of a media type are text."""
    return TEXTUAL.fullmatch(media_type) is not None


def _blank_is_absent(value: object) -> object:
    is_blank = isinstance(value, str) and not value.strip()
    return None if is_blank else value


Prose = Annotated[str | None, BeforeValidator(_blank_is_absent)]


def _single(value: object) -> object:
    if isinstance(value, (list, Mapping)):
        raise PydanticCustomError("single_type", "a single value is expected")
    return value


Constant = Annotated[str | int | float | bool, BeforeValidator(_single)]
Kind = Literal["string", "integer", "number", "boolean", "array", "object"]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
Port = Annotated[int, Field(ge=1, le=65535)]
Size = Annotated[str, Field(pattern=SIZE_PATTERN)]
