"""Responses that are passed on unchanged, as expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import fill, py
from naftiko_gen.ir import Identity, projection_of

if TYPE_CHECKING:
    from naftiko_gen.emit.literals import Code
    from naftiko_gen.ir import Capability

MEBIBYTE = 1024 * 1024
USUAL_LIMIT = 16 * MEBIBYTE
"""The most bytes of an answer; binary ones may be larger if the spec says so."""


def size(number: int) -> Code:
    """Return a number of bytes as people write it."""
    for unit, power in ((MEBIBYTE, 2), (1024, 1)):
        if number and number % unit == 0:
            return fill("{} * 1024**{}", py(number // unit), py(power))
    return py(number)


def answer_limit(capability: Capability) -> int:
    """Return the most bytes of any answer that a package has to read."""
    outputs = (projection_of(unit.implementation) for unit in capability.exposed)
    limits = (output.limit or 0 for output in outputs if isinstance(output, Identity))
    return max((USUAL_LIMIT, *limits))
