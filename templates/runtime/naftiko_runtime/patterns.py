"""Patterns of inputs and of filters in JSONPaths, matched in linear time."""

from typing import Any

import re2

from .inputs import STRING, JsonType, narrow

LONGEST = 10_000
"""The most characters of a text; longer ones don't match."""


def matching(pattern: str) -> JsonType:
    """Return the type of strings that a pattern matches somewhere."""
    expression = re2.compile(pattern)

    def is_allowed(value: str) -> bool:
        return len(value) <= LONGEST and expression.search(value) is not None

    return narrow(
        STRING,
        is_allowed,
        noun=f"text that matches {pattern}",
        schema={"type": "string", "pattern": pattern},
    )


def matches(value: Any, pattern: str) -> bool:
    """Return whether a value is a text that a pattern matches as a whole."""
    return isinstance(value, str) and re2.fullmatch(pattern, value) is not None


def contains(value: Any, pattern: str) -> bool:
    """Return whether a value is a text in which a pattern matches a part."""
    return isinstance(value, str) and re2.search(pattern, value) is not None
