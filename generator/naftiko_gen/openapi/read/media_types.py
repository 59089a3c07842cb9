"""Read the names of media types."""

from __future__ import annotations

import re

_PARAMETER = re.compile(r"([\w.+-]+)=[\w.+-]+", re.ASCII)
_OF_CONTENT = ("charset", "boundary", "q")
"""Parameters that follow from the content, or rank types."""


def media_type(text: str) -> str:
    """Return a media type without its parameters, in lower case."""
    return text.partition(";")[0].strip().lower()


def media_parameters(text: str) -> str:
    """Return the parameters of a media type that tell it from others: `version=2`."""
    parts = (part.strip() for part in text.split(";")[1:])
    matches = (_PARAMETER.fullmatch(part) for part in parts)
    return ";".join(m[0] for m in matches if m and m[1].lower() not in _OF_CONTENT)
