"""Matching of keys in `with`, and of inputs that it doesn't mention, to parameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from naftiko_gen.language import models
from naftiko_gen.resolve.units import canonical
from naftiko_gen.syntax.tree import Entry, Scalar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from naftiko_gen.resolve.units import Unit
    from naftiko_gen.syntax.tree import Node


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
        if unit not in self._matches:
            self._matches[unit] = _Matches.of(unit, self)
        matches = self._matches[unit]
        is_named = unit.input(parameter) is not None
        implicit = None if is_named else matches.implicit.get(parameter)
        return matches.explicit.get(parameter, implicit)

    def implicit(self, unit: Unit) -> Iterator[Entry]:
        """Yield an entry for each declared input that `with` doesn't mention.

        Such an input feeds the parameter that its name matches. Inputs with the exact
        name of a parameter aren't included. Path variables and headers are included
        only if they match: a route may need them for itself.
        """
        known_names = {*self.names, *_mentioned_names(unit)}
        for model in unit.model.inputs:
            # An input of an output's value needs no parameter.
            is_for_upstream = (
                unit.sends_all_inputs
                and _is_for_upstream(model)
                and model.name not in unit.named_by_outputs
            )
            is_implicit = is_for_upstream or self.match(model.name, unit)
            if (
                is_implicit
                and model.name not in known_names
                and unit.argument(model.name) is None
            ):
                span = model.node.value_span("name")
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
    def _matches(self) -> dict[Unit, _Matches]:
        """Return the matches of the units asked for so far."""
        return {}


@dataclass(frozen=True)
class _Matches:
    """Values that a unit passes under inexact names, by parameter.

    Attributes:
        explicit: From keys of `with`.
        implicit: From inputs that `with` doesn't mention.
    """

    explicit: Mapping[str, Node]
    implicit: Mapping[str, Node]

    @classmethod
    def of(cls, unit: Unit, matcher: NameMatcher) -> _Matches:
        """Match the entries of a unit; the first entry of a parameter wins."""

        def first(entries: Iterator[Entry]) -> Mapping[str, Node]:
            values: dict[str, Node] = {}
            for entry in entries:
                name = matcher.match(entry.key, unit)
                if name is not None:
                    values.setdefault(name, entry.value)
            return values

        inexact = (e for e in unit.arguments if e.key not in matcher.names)
        return cls(first(inexact), first(matcher.implicit(unit)))


def _mentioned_names(unit: Unit) -> set[str]:
    """Return the names of placeholders in `with`, also without their namespaces."""
    names = {
        placeholder.name
        for entry in unit.arguments
        for placeholder in unit.placeholders(entry.value)
    }
    return names | {name.partition(".")[2] for name in names}


def _is_for_upstream(model: models.RestInput | models.ToolInput) -> bool:
    """Return whether an input has no other purpose than to be sent upstream."""
    if isinstance(model, models.ToolInput):
        return True
    return model.place in {"query", "body"}
