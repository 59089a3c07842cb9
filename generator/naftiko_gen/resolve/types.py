"""Types by their names in a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir

if TYPE_CHECKING:
    from naftiko_gen.language import models


def type_of(kind: models.Kind) -> ir.Type:
    """Return the type of a name; objects and arrays may hold anything."""
    match kind:
        case "object":
            return ir.Object()
        case "array":
            return ir.Array(ir.Anything())
        case _:
            return ir.Primitive(kind)
