"""Answers of another form than the declared one: their failure, which has no values."""

import re
from collections.abc import Callable
from functools import wraps
from itertools import islice
from typing import Any, TypeVar

from ..errors import CallError, NaftikoError
from ..transport import Reply

T = TypeVar("T")
MOST_NAMES = 10
"""The most names of members in a message."""
NAME = re.compile(r"[\w$@.:-]{1,60}")
"""A name that a message may have; an upstream may send any text as one."""


class UnusableAnswerError(CallError):
    """An answer of an upstream that can't become the declared output."""

    def __init__(self, fault: str) -> None:
        detail = f"the upstream API gave an answer {fault}"
        super().__init__(502, "Bad Gateway", detail)


class UnreadableError(NaftikoError, ValueError):
    """A body that isn't in the declared format, or exceeds its limits.

    The message is the reason, without any part of the body.
    """


class MismatchError(NaftikoError, TypeError):
    """A value of another kind than the declared one."""

    def __init__(self, form: str, value: object) -> None:
        super().__init__(f"{form} was declared where {_kind(value)} came")


def reads(form: str) -> Callable[[Callable[[Reply], T]], Callable[[Reply], T]]:
    """Return a decorator of readers, whose errors name the format."""

    def decorate(read: Callable[[Reply], T]) -> Callable[[Reply], T]:
        @wraps(read)
        def read_or_explain(reply: Reply) -> T:
            try:
                return read(reply)
            except ValueError as error:
                # Other errors may quote the body.
                reason = f": {error}" if isinstance(error, UnreadableError) else ""
                raise UnreadableError(
                    f"that can't be read as {form}{reason}"
                ) from error

        return read_or_explain

    return decorate


def other_form(error: TypeError, document: Any) -> UnusableAnswerError:
    """Return the failure of a document that has another form than the declared one."""
    names = member_names(document)
    holder = "its items have" if isinstance(document, list) else "it has"
    has = f"; {holder} the members {names}" if names else ""
    return UnusableAnswerError(f"of another form: {error}{has}")


def member_names(document: Any) -> str:
    """Return the names of an object's members, or of the first object in an array."""
    if isinstance(document, list):
        document = next((item for item in document if isinstance(item, dict)), {})
    if not isinstance(document, dict):
        return ""
    names = [*islice(filter(NAME.fullmatch, document), MOST_NAMES)]
    if len(document) > len(names):
        names.append(f"{len(document) - len(names)} more")
    return ", ".join(names)


def _kind(value: object) -> str:
    match value:
        case dict():
            return "an object"
        case list():
            return "an array"
        case str():
            return "a text"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case _:
            return "null"
