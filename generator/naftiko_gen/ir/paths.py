"""The segments of JSON paths."""

from __future__ import annotations

from enum import Enum

__all__ = ["Each", "PathSegment"]


class Each(Enum):
    """The wildcard of a JSON path: every element of an array."""

    ELEMENT = "*"


PathSegment = str | int | Each
"""A segment of a JSON path: a key, an index or the wildcard."""
