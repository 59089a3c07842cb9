"""Cookies of requests to an upstream (RFC 6265)."""

import re

from ..errors import InvalidInputError
from ..values import text_of

VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")


def cookie_header(*cookies: tuple[str, object]) -> str | None:
    """Return the header of the cookies that have a value, or None without any.

    Raises InvalidInputError for a value that a cookie can't have: nothing is encoded in
    a cookie, so such a value could begin another one.
    """
    pairs = [
        f"{name}={_value(name, value)}" for name, value in cookies if value is not None
    ]
    return "; ".join(pairs) or None


def _value(name: str, value: object) -> str:
    text = text_of(value)
    if not VALUE.fullmatch(text):
        fault = "must be visible ASCII text without quotes, commas, semicolons or \\"
        raise InvalidInputError(name, fault)
    return text
