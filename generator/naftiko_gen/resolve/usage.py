"""How units use the parameters of an operation.

Keys in `with`, and inputs that it doesn't mention, match names of parameters. The
official language types inputs but not the parameters that they feed: an untyped
parameter takes its type and description from these inputs. Whether they are required
is only for each unit to say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from naftiko_gen import ir
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Scope
from naftiko_gen.resolve.units import Unit, canonical, is_in_body
from naftiko_gen.syntax.tree import Entry, Node, Scalar


@dataclass(frozen=True)
class NameMatcher:
    """Parameter names, matched ignoring case and punctuation.

    All keys of a unit are matched at once, and kept for the next question.
    """

    names: Collection[str]

    def match(self, key: str, unit: Unit) -> str | None:
        """Return the parameter that a key of a unit's `with` matches, or None.

        An exact name wins. Otherwise a single name may differ in case and punctuation,
        unless `with` has a key of exactly that name as well.
        """
        if key in self.names:
            return key
        letters = canonical(key)
        close = self._by_letters.get(letters, ()) if letters else ()
        return close[0] if len(close) == 1 and unit.argument(close[0]) is None else None

    def value_of(self, unit: Unit, parameter: str) -> Node | None:
        """Return the value that a unit passes to a parameter, ignoring spelling.

        None if `with` passes none; an input of the parameter's name may feed it then.
        """
        exact = unit.argument(parameter)
        if exact is not None or not self.names:
            return exact
        if unit not in self._values:
            inexact = (e for e in unit.arguments if e.key not in self.names)
            implicit = self._by_name(unit, self.implicit(unit))
            self._values[unit] = self._by_name(unit, inexact), implicit
        explicit, implicit = self._values[unit]
        is_named = unit.input(parameter) is not None
        return explicit.get(parameter, None if is_named else implicit.get(parameter))

    def _by_name(self, unit: Unit, entries: Iterable[Entry]) -> dict[str, Node]:
        """Return the values of entries by the names that match; the first ones win."""
        values: dict[str, Node] = {}
        for entry in entries:
            name = self.match(entry.key, unit)
            if name is not None:
                values.setdefault(name, entry.value)
        return values

    def implicit(self, unit: Unit) -> Iterator[Entry]:
        """Yield an entry for each declared input that `with` doesn't mention.

        Such an input feeds the parameter that its name matches. Inputs with the exact
        name of a parameter aren't included. Path variables and headers are included
        only if they match: a route may need them for itself.
        """
        known_names = {*self.names, *_mentioned_names(unit)}
        for model in unit.model.inputs:
            # An input of steps may be for another one, an input of outputs for none.
            is_for_upstream = (
                unit.step is None
                and _is_for_upstream(model)
                and model.name not in unit.named_by_outputs
            )
            is_implicit = is_for_upstream or self.match(model.name, unit)
            if (
                is_implicit
                and model.name not in known_names
                and unit.argument(model.name) is None
            ):
                span = model.at("name")
                reference = Scalar(f"{unit.namespace}.{model.name}", span)
                yield Entry(model.name, span, reference)

    def unmatched_entries(self, unit: Unit) -> Iterator[Entry]:
        """Yield the entries of a unit that match no parameter."""
        for entry in (*unit.arguments, *self.implicit(unit)):
            if self.match(entry.key, unit) is None:
                yield entry

    @cached_property
    def _by_letters(self) -> Mapping[str, list[str]]:
        names: dict[str, list[str]] = {}
        for name in self.names:
            names.setdefault(canonical(name), []).append(name)
        return names

    @cached_property
    def _values(self) -> dict[Unit, tuple[dict[str, Node], dict[str, Node]]]:
        """Return values under inexact names, of units asked for so far.

        They are from keys of `with`, and from inputs that it doesn't mention.
        """
        return {}


def _mentioned_names(unit: Unit) -> set[str]:
    """Return the names of placeholders in `with`, also without their namespaces."""
    names = {p.name for e in unit.arguments for p in unit.placeholders(e.value)}
    return names | {name.partition(".")[2] for name in names}


def _is_for_upstream(model: models.Input) -> bool:
    """Return whether an input has no other purpose than to be sent upstream."""
    if isinstance(model, models.ToolInput):
        return True
    return model.place in {"query", "body"}


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
    values = ((unit, names.value_of(unit, parameter)) for unit in units)
    inputs = [_input_of(unit, value, parameter) for unit, value in values]
    return Usage(
        next((model.kind for model in inputs if model and model.kind), None),
        next((m.description for m in inputs if m and m.description), None),
    )


def is_passed_on(units: Sequence[Unit], parameter: str) -> bool:
    """Return whether a route feeds the parameter from an untyped body input."""
    inputs = (_input_of(unit, unit.argument(parameter), parameter) for unit in units)
    return any(model and is_in_body(model) and model.kind is None for model in inputs)


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


def _input_of(unit: Unit, value: Node | None, parameter: str) -> models.Input | None:
    if value is None:
        return unit.input(parameter)
    placeholder = unit.whole(value)
    is_input = placeholder is not None and placeholder.scope is not Scope.ENVIRONMENT
    name = unit.declared_name(placeholder.name) if placeholder and is_input else None
    return unit.input(name) if name else None
