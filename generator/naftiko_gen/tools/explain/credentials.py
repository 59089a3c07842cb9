"""Credentials: their kind, where they are sent, and the variables that hold them."""

from __future__ import annotations

from dataclasses import replace

from naftiko_gen import ir
from naftiko_gen.tools.explain.explanation import Credential

_NONE = Credential("none", (), ())


def credential(source: ir.Credential | None) -> Credential | None:
    """Return the public facts about a credential: no values."""
    if source is None:
        return None
    first, *others = map(_single, ir.choices(source))
    none = (_NONE,) if ir.is_optional(source) else ()
    return replace(first, alternatives=(*others, *none))


def guard(source: ir.Guard | None) -> Credential | None:
    """Return the public facts about the credential of clients: no values."""
    return None if source is None else _single(source)


def _single(source: ir.Single | ir.Guard) -> Credential:
    names = dict.fromkeys(variable.name for variable in source.variables)
    files = {
        variable.name: f"{variable.source.key} in {variable.source.file.path}"
        for variable in source.variables
        if isinstance(variable.source, ir.FileKey)
    }
    slots = tuple(map(_slot, source.slots))
    return Credential(source.label, slots, tuple(names), files)


def _slot(slot: ir.Slot) -> str:
    match slot.place:
        case ir.SlotPlace.CONNECTION:
            return "the TLS connection"
        case ir.SlotPlace.BODY:
            return f"body /{slot.name}"
        case place:
            return f"{place.value} {slot.name}"
