"""The keys of `with`, and of inputs it lacks: which parameter each of them means."""

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
class Spellings:
    """The names of parameters, which keys mean that are spelt otherwise as well.

    What is asked of one of many names is known of all of them by then.
    """

    names: Collection[str]

    def meant(self, key: str, unit: Unit) -> str | None:
        """Return the parameter that a key of a unit's `with` means, or None.

        Without one of that very name, it's the only one that differs in nothing but
        case and punctuation and has no key of its own.
        """
        if key in self.names:
            return key
        letters = canonical(key)
        close = self._by_letters.get(letters, ()) if letters else ()
        return close[0] if len(close) == 1 and unit.given(close[0]) is None else None

    def given(self, unit: Unit, parameter: str) -> Node | None:
        """Return what a unit gives a parameter, whatever the spelling.

        None if that is at most an input of its very name.
        """
        exact = unit.given(parameter)
        if exact is not None or not self.names:
            return exact
        if unit not in self._meanings:
            self._meanings[unit] = _Meanings.of(unit, self)
        found = self._meanings[unit]
        is_named = unit.input(parameter) is not None
        spare = None if is_named else found.spare.get(parameter)
        return found.written.get(parameter, spare)

    def spare(self, unit: Unit) -> Iterator[Entry]:
        """Yield what `with` could say of declared inputs that it doesn't mention.

        Such an input feeds the parameter of its name. Here are those whose names aren't
        exactly that of a parameter. A route's variable can be there for the route
        alone, and a header for whoever handles the request.
        """
        mentioned = {hole.name for e in unit.arguments for hole in unit.holes(e.value)}
        bare = {name.partition(".")[2] for name in mentioned}
        known = {*self.names, *mentioned, *bare}
        for model in unit.model.inputs:
            is_spare = _is_spare(model) or self.meant(model.name, unit)
            if is_spare and model.name not in known and unit.given(model.name) is None:
                span = model.node.value_span("name")
                reference = Scalar(f"{unit.namespace}.{model.name}", span)
                yield Entry(model.name, span, reference)

    def unmeant(self, unit: Unit) -> Iterator[Entry]:
        """Yield what a unit gives under names that mean none of the parameters."""
        for entry in (*unit.arguments, *self.spare(unit)):
            if self.meant(entry.key, unit) is None:
                yield entry

    @cached_property
    def _by_letters(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self.names:
            found.setdefault(canonical(name), []).append(name)
        return found

    @cached_property
    def _meanings(self) -> dict[Unit, _Meanings]:
        """Return the values under other names, as far as units were asked for."""
        return {}


@dataclass(frozen=True)
class _Meanings:
    """What a unit gives parameters under names that are spelt otherwise.

    Attributes:
        written: By the keys of `with`.
        spare: By inputs that `with` doesn't mention.
    """

    written: Mapping[str, Node]
    spare: Mapping[str, Node]

    @classmethod
    def of(cls, unit: Unit, spellings: Spellings) -> _Meanings:
        def first(entries: Iterator[Entry]) -> Mapping[str, Node]:
            found: dict[str, Node] = {}
            for each in entries:
                name = spellings.meant(each.key, unit)
                if name is not None:
                    found.setdefault(name, each.value)
            return found

        others = (each for each in unit.arguments if each.key not in spellings.names)
        return cls(first(others), first(spellings.spare(unit)))


def _is_spare(model: models.RestInput | models.ToolInput) -> bool:
    """Say whether an input is there to be sent."""
    if isinstance(model, models.ToolInput):
        return True
    return model.place in {"query", "body"}
