"""Regular expressions in JSONPath's filters, matched in linear time by RE2."""

from typing import Any

import re2


def matches(value: Any, pattern: str) -> bool:
    """Return whether a value is a text that a pattern matches as a whole."""
    return isinstance(value, str) and re2.fullmatch(pattern, value) is not None


def contains(value: Any, pattern: str) -> bool:
    """Return whether a value is a text in which a pattern matches a part."""
    return isinstance(value, str) and re2.search(pattern, value) is not None
