"""Media types: their patterns, and the kind of content that they have."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

__all__ = ["is_textual", "media_kind"]

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
