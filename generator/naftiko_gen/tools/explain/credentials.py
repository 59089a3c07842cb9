"""Credentials: their kind, where they are sent, and the variables that hold them."""

from __future__ import annotations

from dataclasses import replace

from naftiko_gen import ir
from naftiko_gen.tools.explain.explanation import Credential

_NONE = Credential("none", (), ())


def credential(held: ir.Credential | None) -> Credential | None:
    """Return what may be told of a credential."""
    if held is None:
        return None
    first, *others = map(_single, ir.choices(held))
    none = (_NONE,) if ir.is_optional(held) else ()
    return replace(first, alternatives=(*others, *none))


def _single(held: ir.Single) -> Credential:
    names = dict.fromkeys(variable.name for variable in held.variables)
    return Credential(held.label, tuple(map(_slot, held.slots)), tuple(names))


def _slot(slot: ir.Slot) -> str:
    match slot.place:
        case ir.SlotPlace.CONNECTION:
            return "the TLS connection"
        case ir.SlotPlace.BODY:
            return f"body /{slot.name}"
        case place:
            return f"{place.value} {slot.name}"
