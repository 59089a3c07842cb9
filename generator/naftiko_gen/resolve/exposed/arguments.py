"""Arguments in a unit's `with`: parameters of the operation, or members of its body."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import nearest, quote
from naftiko_gen.language.expressions import is_name
from naftiko_gen.resolve.consumed.parameters import infer_parameter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.resolve.consumed.operations import ResolvedOperation
    from naftiko_gen.resolve.units import Unit
    from naftiko_gen.syntax.tree import Entry


_GUESSED = 10_000
"""Comparisons of keys with parameters up to which hints are worth their time."""


@dataclass(frozen=True)
class Arguments:
    """The entries of a unit's `with`, and the parameter of each.

    Attributes:
        entries: Pairs of parameter and entry; members have a parameter of their own.
        members: The keys of entries that are members of `whole`.
        whole: The parameter that is the body, if the unit composes it of members.
    """

    entries: tuple[tuple[ir.Parameter, Entry], ...]
    members: frozenset[str] = frozenset()
    whole: ir.Parameter | None = None

    @property
    def names(self) -> set[str]:
        """Return the names of the operation's parameters that `with` passes."""
        own = (p.name for p, entry in self.entries if entry.key not in self.members)
        return {*own, self.whole.name} if self.whole else {*own}


@dataclass(frozen=True)
class ArgumentReader:
    """Reader of a unit's `with`."""

    unit: Unit
    resolved: ResolvedOperation
    report: Report

    def read(self) -> Arguments:
        """Return the arguments; report entries without a place in the request."""
        for entry in self.unit.arguments:
            self._check_placeholders(entry)
        parameters = {entry.key: self._parameter(entry) for entry in self._entries}
        body = self._open_body({p.name for p in parameters.values() if p})
        unknown = {key for key, parameter in parameters.items() if parameter is None}
        members = {key for key in unknown if body and self._is_free(key)}
        entries = tuple(self._matched_entries(parameters, members))
        return Arguments(entries, frozenset(members), body if members else None)

    def _matched_entries(
        self, parameters: Mapping[str, ir.Parameter | None], members: set[str]
    ) -> Iterator[tuple[ir.Parameter, Entry]]:
        for entry in self._entries:
            parameter = parameters[entry.key]
            if parameter is not None:
                yield parameter, entry
            elif entry.key in members:
                self._report_extra(entry, ir.Place.BODY)
                yield infer_parameter(entry.key, ir.Place.BODY, [self.unit]), entry
            elif entry.key not in {*self.resolved.unsent, *self.resolved.keys}:
                self._report_unknown(entry)
            else:
                self._report_ignored(entry)

    @cached_property
    def _entries(self) -> tuple[Entry, ...]:
        """Return the entries of `with`, and those implied by declared inputs."""
        return (*self.unit.arguments, *self.resolved.matcher.implicit(self.unit))

    # --- parameters ---

    def _parameter(self, entry: Entry) -> ir.Parameter | None:
        name = self.resolved.own_matcher.match(entry.key, self.unit)
        if name is not None:
            self._note_spelling(entry, name)
            return self.resolved.own[name]
        extra = self.resolved.extra_by_name.get(entry.key)
        if extra is not None:
            self._report_extra(entry, extra.place)
        return extra

    # --- members of the body ---

    def _open_body(self, passed_names: set[str]) -> ir.Parameter | None:
        """Return the parameter that is the whole body, if the unit doesn't pass it."""
        entity = self.resolved.entity
        if (
            entity is None
            or entity.name in passed_names
            or self.unit.gives(entity.name)
        ):
            return None
        return entity

    def _is_free(self, key: str) -> bool:
        """Return whether a key names no unsent parameter and no credential."""
        unsent = self.resolved.unsent_matcher.match(key, self.unit)
        return key not in self.resolved.keys and unsent is None

    # --- diagnostics ---

    def _check_placeholders(self, entry: Entry) -> None:
        for placeholder in self.unit.placeholders(entry.value):
            if not is_name(placeholder):
                text = quote("{{" + placeholder.name + "}}")
                message = f"{text} holds no valid name"
                self.report.add(Code.UNUSABLE_TEMPLATE, message, entry.value.span)

    def _note_spelling(self, entry: Entry, name: str) -> None:
        if entry.key != name:
            message = f"{quote(entry.key)} is read as the parameter {quote(name)}"
            self.report.add(Code.CLOSE_PARAMETER, message, entry.span)

    def _report_extra(self, entry: Entry, place: ir.Place) -> None:
        message = f"{self._missing(entry)}; it is sent in the {place.value}"
        self.report.add(Code.EXTRA_PARAMETER, message, entry.span, self._hint(entry))

    def _report_unknown(self, entry: Entry) -> None:
        if self.unit.argument(entry.key) is None:
            # An unused input has a diagnostic of its own.
            return
        message = self._missing(entry)
        self.report.add(Code.UNKNOWN_PARAMETER, message, entry.span, self._hint(entry))

    def _report_ignored(self, entry: Entry) -> None:
        """Report an argument that a fixed value or the credential overrides.

        Other unsent parameters are reported at their declarations.
        """
        node, value = self.unit.argument(entry.key), self.resolved.fixed.get(entry.key)
        if node is None:
            return
        if value is not None and str(node.plain()) != str(value):
            by = f"{quote(self.resolved.operation.name)} fixes"
        elif entry.key in self.resolved.keys:
            by = "'authentication' sets"
        else:
            return
        message = f"this value is ignored: {by} {quote(entry.key)}"
        self.report.add(Code.IGNORED_ARGUMENT, message, entry.span)

    def _missing(self, entry: Entry) -> str:
        operation = self.resolved.operation.name
        return f"{quote(operation)} has no parameter {quote(entry.key)}"

    def _hint(self, entry: Entry) -> str | None:
        if len(self._entries) * len(self.resolved.own) > _GUESSED:
            return None
        close = nearest(entry.key, self.resolved.own)
        return f"did you mean {quote(close)}?" if close else None
