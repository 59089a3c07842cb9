"""Values in GraphQL documents, which stay values there."""

import re

from ._json import json_bytes
from ._upstream import InvalidInputError, text_of

NAME = re.compile("[_A-Za-z][_0-9A-Za-z]*")
# What may be meant as it is: a number, an enum's value, the names of fields.
BARE = re.compile(rf"-?[0-9]+(\.[0-9]+)?|{NAME.pattern}([\s,]+{NAME.pattern})*")


def graphql_text(value: object) -> str:
    """Return what a value is inside of quotes; an absent one has no text."""
    return "" if value is None else _quoted(text_of(value))[1:-1]


def graphql_block(value: object) -> str:
    """Return what a value is inside of triple quotes."""
    text = "" if value is None else text_of(value).replace('"""', '\\"""')
    # At the end they would be read together with the quotes behind.
    return f"{text} " if text.endswith(('"', "\\")) else text


def graphql_value(value: object) -> str:
    """Return a value outside of quotes; an absent one is null."""
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
