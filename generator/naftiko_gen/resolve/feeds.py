"""What the callers of an operation say about its parameters.

The official language types inputs and leaves the parameters that they feed untyped:
such a parameter takes type, description and necessity from its inputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import spec
from naftiko_gen.expressions import Hole, Scope
from naftiko_gen.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from naftiko_gen.resolve.units import Unit
    from naftiko_gen.tree import Node


@dataclass(frozen=True)
class Feed:
    """What is known of a parameter; None where nobody says."""

    type: spec.Kind | None = None
    required: bool | None = None
    description: str | None = None


def feed(units: Sequence[Unit], parameter: str) -> Feed:
    """Return what the units say of a parameter: the first type and description.

    It is required if every unit gives it, and each input that says so is required.
    """
    feeds = [_feed(unit, parameter) for unit in units]
    said = [each.required for each in feeds if each.required is not None]
    return Feed(
        next((each.type for each in feeds if each.type), None),
        all(said) if said else None,
        next((each.description for each in feeds if each.description), None),
    )


def _feed(unit: Unit, parameter: str) -> Feed:
    given = next((e.value for e in unit.arguments if e.key == parameter), None)
    declared = _declared(unit, given, parameter)
    match declared:
        case spec.ToolInput():
            return Feed(declared.type, declared.required, declared.description)
        case spec.RestInput():
            required = True if declared.place == "path" else declared.required
            return Feed(declared.type, required, declared.description)
        case None:
            return Feed(required=None if given or unit.is_bare else False)


def _declared(
    unit: Unit, given: Node | None, parameter: str
) -> spec.RestInput | spec.ToolInput | None:
    if given is None:
        return unit.input(parameter)
    match given, list(unit.holes(given)):
        case Scalar(value=str() as text), [Hole(name=name, scope=scope)]:
            is_whole = unit.reference(text) is not None or text.startswith("{{")
            is_input = is_whole and scope is not Scope.ENVIRONMENT
            return unit.input(name) if is_input and text.count("}}") <= 1 else None
        case _:
            return None
