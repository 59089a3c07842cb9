"""A document as a rule sees it: as typed, as understood, and how to change it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from naftiko_gen.language import models
from naftiko_gen.syntax.editing.additions import Additions
from naftiko_gen.syntax.editing.comments import Comments
from naftiko_gen.syntax.editing.document import Proposal
from naftiko_gen.syntax.editing.nodes_at import Places, own, point, texts
from naftiko_gen.syntax.editing.removals import Removals
from naftiko_gen.syntax.editing.replacements import Replacements
from naftiko_gen.syntax.editing.written_nodes import Fields
from naftiko_gen.syntax.tree import Mapping

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.codes import Code
    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.frontend import Meaning
    from naftiko_gen.syntax.editing.nodes_at import Point

__all__ = ["Fields", "Proposal", "Reading"]


@dataclass(frozen=True)
class Reading(Replacements, Additions, Removals, Comments):
    """A document, its text, its meaning, and what there is to say about it."""

    meaning: Meaning
    findings: tuple[Diagnostic, ...]

    @cached_property
    def values(self) -> dict[Point, set[object]]:
        """Return what scalars are read as, by where they were typed."""
        found: dict[Point, set[object]] = defaultdict(set)
        for place, value in texts(self.meaning.document.node):
            found[place].add(value)
        return found

    @cached_property
    def keys(self) -> dict[Point, set[str]]:
        """Return what keys are read as, by where they were typed."""
        found: dict[Point, set[str]] = defaultdict(set)
        for place, key, _ in own(self.meaning.document.node):
            found[place].add(key)
        return found

    @cached_property
    def consumed(
        self,
    ) -> dict[Point, tuple[models.ConsumedResource, models.ConsumedOperation]]:
        """Return the consumed operations of the document itself, by where they are."""
        return {
            point(model.node.span): (resource, model)
            for consumes in self.meaning.document.capability.consumes
            for resource in consumes.resources
            for model in resource.operations
            if model.node.span.origin is None
        }

    @cached_property
    def of_paths(self) -> dict[Point, list[models.ConsumedOperation]]:
        """Return the consumed operations by where the path of their resource is."""
        found: dict[Point, list[models.ConsumedOperation]] = defaultdict(list)
        for resource, model in self.consumed.values():
            found[point(resource.node.value_span("path"))].append(model)
        return found

    @cached_property
    def routed(self) -> dict[Point, models.RestResource]:
        """Return the resources of the operations of routes, by where these are."""
        return {
            point(model.node.span): resource
            for adapter in self.meaning.document.capability.exposes
            if isinstance(adapter, models.Rest)
            for resource in adapter.resources
            for model in resource.operations
        }

    @cached_property
    def names(self) -> frozenset[str]:
        """Return every name that stands in the document."""
        nodes = (place.node for place in self.places.mappings.values())
        names = (node.text("name") for node in nodes if isinstance(node, Mapping))
        return frozenset(name for name in names if name is not None)

    def found(self, code: Code) -> list[Span]:
        """Return the places in the document itself that a code was found at."""
        spans = (each.span for each in self.findings if each.code is code)
        return [span for span in spans if span and span.origin is None]

    def canonical(self, typed: Mapping) -> Mapping | None:
        """Return what a mapping is read as."""
        return self._canonical.get(point(typed.span))

    def typed(self, meant: Mapping) -> Mapping | None:
        """Return the mapping that is read as this one, if it stands in the document."""
        place = self.places.mappings.get(point(meant.span))
        node = place.node if place and meant.span.origin is None else None
        return node if isinstance(node, Mapping) else None

    @cached_property
    def _canonical(self) -> dict[Point, Mapping]:
        found = Places.of(self.meaning.document.node).mappings
        return {
            at: place.node
            for at, place in found.items()
            if isinstance(place.node, Mapping)
        }
