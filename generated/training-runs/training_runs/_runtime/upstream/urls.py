"""Percent-encodes values for URLs."""

import re
from urllib.parse import quote, unquote

from ..errors import InvalidInputError
from ..values import quoted, text_of

# Reserved characters that can stand in a path without another meaning for clients.
RESERVED = "/:@!$'()*,;="
PATH_VARIABLE_LIMIT = 8 * 1024
# A path variable of these characters needs neither encoding nor further checks.
PLAIN_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,255}")
# They end a line or a text for a parser further on.
UNSAFE = re.compile(r"[\x00\r\n]")


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


def reserved_path(name: str, value: object) -> str:
    """Percent-encode a path variable but for slashes and other reserved characters.

    Slashes at its start are encoded: a path that begins with two names a host. Raises
    InvalidInputError as `segment` does.
    """
    text = text_of(value)
    check_segment(name, text)
    rest = text.lstrip("/")
    slashes = text[: len(text) - len(rest)]
    return quoted(slashes) + quoted(rest, name, safe=RESERVED)


def check_segment(name: str, text: str) -> None:
    """Raise InvalidInputError for a text that isn't a single segment of a path."""
    decoded = unquote(text)
    if not text or len(text) > PATH_VARIABLE_LIMIT:
        raise InvalidInputError(name, "must have from 1 to 8192 characters")
    if UNSAFE.search(text) or UNSAFE.search(decoded):
        raise InvalidInputError(name, "must not contain CR, LF or NUL")
    for piece in re.split(r"[/\\]", decoded):
        if piece.partition(";")[0] in (".", ".."):
            raise InvalidInputError(name, "must not contain a relative path segment")


def path_text(*parts: str) -> str:
    """Join texts and percent-encode them as a path segment, except colons."""
    return quote("".join(parts), safe=":")
