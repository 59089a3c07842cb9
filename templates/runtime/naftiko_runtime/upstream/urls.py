"""Percent-encodes values for URLs."""

import re
from urllib.parse import quote, unquote

from ..errors import InvalidInputError
from ..values import quoted, text_of

PATH_VARIABLE_LIMIT = 8 * 1024
# A path variable of these characters needs neither encoding nor further checks.
PLAIN_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,255}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def segment(name: str, value: object) -> str:
    """Percent-encode a path variable as a single segment.

    Raises InvalidInputError for a value that a URL parser could read as several
    segments.
    """
    text = text_of(value)
    if PLAIN_SEGMENT.fullmatch(text):
        return text
    check_segment(name, text)
    return quoted(text, name)


def check_segment(name: str, text: str) -> None:
    """Raise InvalidInputError for a text that isn't a single segment of a path."""
    decoded = unquote(text)
    if not text or len(text) > PATH_VARIABLE_LIMIT:
        raise InvalidInputError(name, "must have from 1 to 8192 characters")
    if CONTROL.search(text) or CONTROL.search(decoded):
        raise InvalidInputError(name, "must not contain control characters")
    for piece in re.split(r"[/\\]", decoded):
        if piece.partition(";")[0] in (".", ".."):
            raise InvalidInputError(name, "must not contain a relative path segment")


def path_text(*parts: str) -> str:
    """Join texts and percent-encode them as a path segment, except colons."""
    return quote("".join(parts), safe=":")
