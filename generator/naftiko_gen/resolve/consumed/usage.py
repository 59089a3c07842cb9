"""What the callers of an operation say about its parameters.

The official language types inputs and leaves the parameters that they feed untyped:
such a parameter takes type, description and necessity from its inputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Scope
from naftiko_gen.resolve.exposed.matching import Spellings
from naftiko_gen.resolve.units import is_in_body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from naftiko_gen.resolve.units import Unit
    from naftiko_gen.syntax.tree import Node


BODY = "body"
"""The parameter that is a body of which the document says nothing."""


@dataclass(frozen=True)
class Feed:
    """What is known of a parameter; None where nobody says."""

    type: models.Kind | None = None
    required: bool | None = None
    description: str | None = None


def feed(
    units: Sequence[Unit], parameter: str, declared: Spellings | None = None
) -> Feed:
    """Return what the units say of a parameter: the first type and description.

    It is required if every unit gives it, from inputs that are required as far as
    they say. `declared` are the names among which a key that is spelt otherwise may
    mean it.
    """
    names = declared or Spellings(())
    feeds = [_feed(unit, parameter, names) for unit in units]
    said = [each.required for each in feeds if each.required is not None]
    return Feed(
        next((each.type for each in feeds if each.type), None),
        all(said) if said else None,
        next((each.description for each in feeds if each.description), None),
    )


def is_passed_on(units: Sequence[Unit], parameter: str) -> bool:
    """Say whether a route gives a parameter what it takes in its body as any value."""
    fed = (_declared(unit, unit.given(parameter), parameter) for unit in units)
    return any(
        model is not None and is_in_body(model) and model.type is None for model in fed
    )


def callers_json(units: Sequence[Unit], parameter: str) -> ir.Type:
    """Return the type of a JSON body of which neither operation nor inputs say one.

    A model that calls a tool is told that it's an object; a route passes on what comes.
    """
    routes = (unit for unit in units if unit.resource is not None)
    is_routes = any(unit.has_room_for_body or unit.gives(parameter) for unit in routes)
    is_tools = any(_is_left_to_model(unit, parameter) for unit in units)
    return ir.Object() if is_tools and not is_routes else ir.Anything()


def _is_left_to_model(unit: Unit, parameter: str) -> bool:
    value = unit.given(parameter)
    is_whole = value is None or unit.whole(value) is not None
    is_told = _declared(unit, value, parameter) is not None
    return unit.resource is None and is_whole and not is_told


def is_declared(units: Sequence[Unit], parameter: str) -> bool:
    """Say whether a unit declares the input that it gives a parameter."""
    fed = (_declared(unit, unit.given(parameter), parameter) for unit in units)
    return any(model is not None for model in fed)


def _feed(unit: Unit, parameter: str, names: Spellings) -> Feed:
    value = names.given(unit, parameter)
    match _declared(unit, value, parameter):
        case models.ToolInput() as declared:
            return Feed(declared.type, declared.required, declared.description)
        case models.RestInput() as declared:
            required = True if declared.place == "path" else declared.required
            return Feed(declared.type, required, declared.description)
        case None:
            is_constant = value is not None and not any(unit.holes(value))
            return Feed(required=None if is_constant else False)


def _declared(
    unit: Unit, value: Node | None, parameter: str
) -> models.RestInput | models.ToolInput | None:
    if value is None:
        return unit.input(parameter)
    hole = unit.whole(value)
    is_input = hole is not None and hole.scope is not Scope.ENVIRONMENT
    name = unit.declared_name(hole.name) if hole and is_input else None
    return unit.input(name) if name else None
