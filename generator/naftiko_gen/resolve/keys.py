"""The keys of `with`: which parameter each of them means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.resolve.units import canonical

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from naftiko_gen.resolve.units import Unit
    from naftiko_gen.tree import Entry, Node


def meant(key: str, unit: Unit, parameters: Collection[str]) -> str | None:
    """Return the parameter that a key of a unit's `with` means, or None.

    Without one of that very name, it's the only one that differs in nothing but case
    and punctuation and has no key of its own.
    """
    if key in parameters:
        return key
    same = canonical(key)
    close = [name for name in parameters if same and canonical(name) == same]
    return close[0] if len(close) == 1 and unit.given(close[0]) is None else None


def given(unit: Unit, parameter: str, parameters: Collection[str]) -> Node | None:
    """Return what a unit's `with` gives a parameter, whatever the key's spelling."""
    exact = unit.given(parameter)
    others = (entry for entry in unit.arguments if entry.key not in parameters)
    close = (
        entry.value
        for entry in others
        if meant(entry.key, unit, parameters) == parameter
    )
    return exact if exact is not None else next(close, None)


def unmeant(unit: Unit, parameters: Collection[str]) -> Iterator[Entry]:
    """Yield the entries of a unit's `with` whose keys mean none of the parameters."""
    for entry in unit.arguments:
        if meant(entry.key, unit, parameters) is None:
            yield entry
