"""The keys of `with`, and of inputs it lacks: which parameter each of them means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import spec
from naftiko_gen.resolve.units import canonical
from naftiko_gen.tree import Entry, Scalar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from naftiko_gen.resolve.units import Unit
    from naftiko_gen.tree import Node


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
    """Return what a unit gives a parameter, whatever the spelling.

    None if that is at most an input of its very name.
    """
    exact = unit.given(parameter)
    if exact is not None:
        return exact
    others = [entry for entry in unit.arguments if entry.key not in parameters]
    if unit.input(parameter) is None:
        others += spare(unit, parameters)
    close = (
        entry.value
        for entry in others
        if meant(entry.key, unit, parameters) == parameter
    )
    return next(close, None)


def spare(unit: Unit, parameters: Collection[str]) -> Iterator[Entry]:
    """Yield what `with` could say of declared inputs that it doesn't mention.

    Such an input feeds the parameter of its name. Here are those whose names aren't
    exactly that of a parameter. A route's variable can be there for the route alone,
    and a header for whoever handles the request.
    """
    mentioned = {hole.name for e in unit.arguments for hole in unit.holes(e.value)}
    bare = {name.partition(".")[2] for name in mentioned}
    for model in unit.model.inputs:
        is_known = model.name in {*parameters, *mentioned, *bare}
        is_spare = _is_spare(model) or meant(model.name, unit, parameters)
        if is_spare and not is_known and unit.given(model.name) is None:
            span = model.node.value_span("name")
            reference = Scalar(f"{unit.namespace}.{model.name}", span)
            yield Entry(model.name, span, reference)


def _is_spare(model: spec.RestInput | spec.ToolInput) -> bool:
    """Say whether an input is there to be sent."""
    if isinstance(model, spec.ToolInput):
        return True
    return model.place in {"query", "body"}


def unmeant(unit: Unit, parameters: Collection[str]) -> Iterator[Entry]:
    """Yield what a unit gives under names that mean none of the parameters."""
    for entry in (*unit.arguments, *spare(unit, parameters)):
        if meant(entry.key, unit, parameters) is None:
            yield entry
