"""Writes values into GraphQL documents, so that they can't change the document."""

import re

from ..errors import InvalidInputError
from ..json import json_bytes
from ..values import text_of

NAME = re.compile("[_A-Za-z][_0-9A-Za-z]*")
# Text that is written without quotes: a number, an enum value or field names.
BARE = re.compile(rf"-?[0-9]+(\.[0-9]+)?|{NAME.pattern}([\s,]+{NAME.pattern})*")


def graphql_text(value: object) -> str:
    """Escape a value for use inside quotes; None is empty text."""
    return "" if value is None else _quoted(text_of(value))[1:-1]


def graphql_block(value: object) -> str:
    """Escape a value for use inside triple quotes; None is empty text."""
    text = "" if value is None else text_of(value).replace('"""', '\\"""')
    # A quote or backslash at the end would change the meaning of the closing quotes.
    return f"{text} " if text.endswith(('"', "\\")) else text


def graphql_value(value: object) -> str:
    """Return a value for use outside quotes; None is null."""
    bare = isinstance(value, str) and BARE.fullmatch(value)
    return bare.group() if bare else _literal(value)


def _literal(value: object) -> str:
    match value:
        case dict():
            members = (f"{_name(key)}: {_literal(held)}" for key, held in value.items())
            return "{" + ", ".join(members) + "}"
        case list():
            return f"[{', '.join(map(_literal, value))}]"
        case _:
            return _quoted(value)


def _quoted(value: object) -> str:
    return json_bytes(value).decode()


def _name(key: str) -> str:
    if NAME.fullmatch(key):
        return key
    raise InvalidInputError("the request body", "must have names as keys")
