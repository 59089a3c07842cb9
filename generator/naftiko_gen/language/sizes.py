"""Sizes of answers: numbers with a unit, such as 5MiB."""

from __future__ import annotations

SIZE_PATTERN = r"^\d+(\.\d+)?(B|KiB|MiB|GiB)$"
DEFAULT_SIZE = 10 * 1024 * 1024
"""The most bytes of a binary answer, unless the spec says otherwise."""
LARGEST_SIZE = 256 * 1024 * 1024
"""The most bytes of an answer that a package holds in memory."""
_UNITS = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "B": 1}


def bytes_of(size: str) -> int:
    """Return the bytes of a size."""
    for unit, factor in _UNITS.items():
        if size.endswith(unit):
            return int(float(size.removesuffix(unit)) * factor)
    raise ValueError(size)
