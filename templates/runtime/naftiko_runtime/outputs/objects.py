"""Shapes objects that a mapping selects inside a response."""

from collections.abc import Callable
from typing import Any

from .shapes import Alone, members


def nested(value: Any, projection: Callable[[Any], object]) -> Any:
    """Apply a projection to an object, or return None for null.

    Raises TypeError for other values.
    """
    if value is None:
        return None
    # An element of XML without attributes and children is text.
    return projection(value if isinstance(value, Alone) else members(value))
