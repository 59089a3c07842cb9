"""What answers are written in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir

if TYPE_CHECKING:
    from naftiko_gen import spec

_FORMATS = {one.value: one for one in ir.Format}


def answer_format(operation: spec.ConsumedOperation) -> ir.Format | None:
    """Return the format of an operation's answers, None if it can't be read."""
    return _FORMATS.get(operation.raw_format.lower())
