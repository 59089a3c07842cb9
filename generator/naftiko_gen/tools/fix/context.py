"""The context of a rule: the spec's text and meaning, and the edits it can propose."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.frontend import Meaning
from naftiko_gen.language import models
from naftiko_gen.resolve.catalogue import DeclaredOperation
from naftiko_gen.resolve.consumed.declarations import declared_inputs
from naftiko_gen.syntax.editing.additions import Additions
from naftiko_gen.syntax.editing.changes import Proposal
from naftiko_gen.syntax.editing.nodes_at import Places, Point, own, point, texts
from naftiko_gen.syntax.tree import Mapping
from naftiko_gen.syntax.yaml_writer import Fields

SentParameter = tuple[DeclaredOperation, models.ConsumedInput, ir.Parameter]
"""The parameter of an operation: its declaration, and the resolved one."""

__all__ = ["Fields", "FixContext", "Proposal", "combine"]


@dataclass(frozen=True)
class FixContext(Additions):
    """A spec's text, its meaning, and its diagnostics."""

    meaning: Meaning
    findings: tuple[Diagnostic, ...]

    @cached_property
    def values(self) -> dict[Point, set[object]]:
        """Return the normalised values of scalars, by the place of the typed scalar."""
        by_place: dict[Point, set[object]] = defaultdict(set)
        for place, value in texts(self.meaning.document.node):
            by_place[place].add(value)
        return by_place

    @cached_property
    def keys(self) -> dict[Point, set[str]]:
        """Return the normalised keys, by the place of the typed key."""
        by_place: dict[Point, set[str]] = defaultdict(set)
        for place, key, _ in own(self.meaning.document.node):
            by_place[place].add(key)
        return by_place

    @cached_property
    def consumed(
        self,
    ) -> dict[Point, tuple[models.ConsumedResource, models.ConsumedOperation]]:
        """Return the consumed operations of the spec itself, by their places."""
        return {
            point(model.node.span): (resource, model)
            for consumes in self.meaning.document.capability.consumes
            for resource in consumes.resources
            for model in resource.operations
            if model.node.span.origin is None
        }

    @cached_property
    def sent(self) -> dict[Point, list[SentParameter]]:
        """Return the parameters that called operations send, by their places."""
        by_place: dict[Point, list[SentParameter]] = defaultdict(list)
        for declaration, operation in self.meaning.origins.operations:
            by_name = {parameter.name: parameter for parameter in operation.parameters}
            for model in declared_inputs(declaration):
                is_own = model.node.span.origin is None and model.value is None
                if is_own and model.name in by_name:
                    parameter = declaration, model, by_name[model.name]
                    by_place[point(model.node.span)].append(parameter)
        return by_place

    @cached_property
    def of_paths(self) -> dict[Point, list[models.ConsumedOperation]]:
        """Return the consumed operations, by the place of their resource's path."""
        by_place: dict[Point, list[models.ConsumedOperation]] = defaultdict(list)
        for resource, model in self.consumed.values():
            by_place[point(resource.node.value_span("path"))].append(model)
        return by_place

    @cached_property
    def routed(self) -> dict[Point, models.RestResource]:
        """Return the resources of exposed operations, by the operation's place."""
        return {
            point(model.node.span): resource
            for adapter in self.meaning.document.capability.exposes
            if isinstance(adapter, models.Rest)
            for resource in adapter.resources
            for model in resource.operations
        }

    @cached_property
    def names(self) -> frozenset[str]:
        """Return every name in the spec."""
        nodes = (place.node for place in self.places.mappings.values())
        names = (node.text("name") for node in nodes if isinstance(node, Mapping))
        return frozenset(name for name in names if name is not None)

    def spans_of(self, code: Code) -> list[Span]:
        """Return the places of a code's diagnostics, except in imported files."""
        spans = (finding.span for finding in self.findings if finding.code is code)
        return [span for span in spans if span and span.origin is None]

    def canonical(self, mapping: Mapping) -> Mapping | None:
        """Return the normalised mapping of a typed one."""
        return self._canonical.get(point(mapping.span))

    def typed_mapping(self, canonical: Mapping) -> Mapping | None:
        """Return the typed mapping of a normalised one, if it is in the spec itself."""
        place = self.places.mappings.get(point(canonical.span))
        node = place.node if place and canonical.span.origin is None else None
        return node if isinstance(node, Mapping) else None

    @cached_property
    def _canonical(self) -> dict[Point, Mapping]:
        places = Places.of(self.meaning.document.node).mappings
        return {
            at: place.node
            for at, place in places.items()
            if isinstance(place.node, Mapping)
        }


def combine(*parts: Proposal | None) -> Proposal | None:
    """Return the edits of all parts, or None if a part has none."""
    edits = tuple(edit for part in parts for edit in part or ())
    return edits if all(parts) else None
