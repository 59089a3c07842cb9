"""How units use the parameters of an operation.

The official language types inputs but not the parameters that they feed. An untyped
parameter takes its type and description from these inputs. Whether they are required
is for each unit alone to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.language.expressions import Scope
from naftiko_gen.resolve.name_matching import NameMatcher
from naftiko_gen.resolve.units import is_in_body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from naftiko_gen.language import models
    from naftiko_gen.resolve.units import Unit
    from naftiko_gen.syntax.tree import Node


BODY = "body"
"""The name of the parameter for an undescribed body."""


@dataclass(frozen=True)
class Usage:
    """Facts about a parameter, inferred from its inputs; None if unknown."""

    type: models.Kind | None = None
    description: str | None = None
    required: bool = False
    """Whether the parameter whose `value` it is declares so; no input decides it."""


def usage_of(
    units: Sequence[Unit], parameter: str, declared_names: NameMatcher | None = None
) -> Usage:
    """Return the usage of a parameter: the first type and description.

    `declared_names` matches keys of `with` to parameter names.
    """
    names = declared_names or NameMatcher(())
    usages = [_usage_by(unit, parameter, names) for unit in units]
    return Usage(
        next((usage.type for usage in usages if usage.type), None),
        next((usage.description for usage in usages if usage.description), None),
    )


def is_passed_on(units: Sequence[Unit], parameter: str) -> bool:
    """Return whether a route feeds the parameter from an untyped body input."""
    inputs = (_input_of(unit, unit.argument(parameter), parameter) for unit in units)
    return any(
        model is not None and is_in_body(model) and model.kind is None
        for model in inputs
    )


def infer_json_type(units: Sequence[Unit], parameter: str) -> ir.Type:
    """Return the type of a JSON body that neither operation nor inputs declare.

    Tools declare an object, so that models know how to call them; routes pass on any
    JSON.
    """
    routes = (unit for unit in units if unit.resource is not None)
    is_routes = any(unit.has_room_for_body or unit.gives(parameter) for unit in routes)
    is_tools = any(_is_chosen_by_model(unit, parameter) for unit in units)
    return ir.Object() if is_tools and not is_routes else ir.Anything()


def _is_chosen_by_model(unit: Unit, parameter: str) -> bool:
    value = unit.argument(parameter)
    is_whole = value is None or unit.whole(value) is not None
    is_declared = _input_of(unit, value, parameter) is not None
    return unit.resource is None and is_whole and not is_declared


def is_declared(units: Sequence[Unit], parameter: str) -> bool:
    """Return whether a unit declares the input that feeds the parameter."""
    inputs = (_input_of(unit, unit.argument(parameter), parameter) for unit in units)
    return any(model is not None for model in inputs)


def _usage_by(unit: Unit, parameter: str, names: NameMatcher) -> Usage:
    model = _input_of(unit, names.value_of(unit, parameter), parameter)
    return Usage(model.kind, model.description) if model else Usage()


def _input_of(
    unit: Unit, value: Node | None, parameter: str
) -> models.RestInput | models.ToolInput | None:
    if value is None:
        return unit.input(parameter)
    placeholder = unit.whole(value)
    is_input = placeholder is not None and placeholder.scope is not Scope.ENVIRONMENT
    name = unit.declared_name(placeholder.name) if placeholder and is_input else None
    return unit.input(name) if name else None
