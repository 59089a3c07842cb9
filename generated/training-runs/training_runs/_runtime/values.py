"""Values as the text of URLs and headers."""

import re
from urllib.parse import quote

from .errors import InvalidInputError
from .json import JsonObject, json_bytes

HEADER_VALUE = re.compile(r"[\x20-\x7e\t]*")


def header_value(name: str, value: object) -> str:
    """Return the text of a header; raises InvalidInputError unless it is ASCII."""
    text = text_of(value)
    if not HEADER_VALUE.fullmatch(text):
        raise InvalidInputError(name, "must be visible ASCII text")
    return text


class EncodedText(str):
    """Text of a URL or a form that is percent-encoded already."""

    __slots__ = ()


def text_of(value: object) -> str:
    """Return a value as text for a URL or header: strings unchanged, others as JSON."""
    return value if isinstance(value, str) else json_bytes(value).decode()


def quoted(value: object, name: str = "a query parameter", safe: str = "") -> str:
    """Percent-encode a value except for safe characters.

    Raises InvalidInputError for lone surrogates.
    """
    if isinstance(value, EncodedText):
        return value
    try:
        return quote(text_of(value), safe=safe)
    except UnicodeEncodeError:
        raise InvalidInputError(name, "must be valid Unicode text") from None


def joined(*parts: object) -> str:
    """Join values as text."""
    return "".join(map(text_of, parts))


def joined_if_present(*parts: object) -> str | None:
    """Join values as text, or return None if one of them is None."""
    return None if None in parts else joined(*parts)


def without_absent(members: JsonObject, *optional: str) -> JsonObject:
    """Return the members without the optional ones that are None."""
    return {k: v for k, v in members.items() if v is not None or k not in optional}
