"""JSON bodies that clients sent, for bodies in other formats."""

from typing import Any

from ..errors import InvalidInputError
from ..json import parse_unambiguous


def parsed(body: object) -> Any:
    """Return the value of a JSON body, which may be bytes."""
    if not isinstance(body, bytes):
        return body
    try:
        return parse_unambiguous(body)
    except ValueError:
        raise InvalidInputError("the request body", "must be JSON") from None
