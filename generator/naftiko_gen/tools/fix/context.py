"""The context of a rule: the spec's text and meaning, and the edits it can propose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
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
from naftiko_gen.resolve.units import Unit
from naftiko_gen.syntax.editing.editor import Editor
from naftiko_gen.syntax.editing.nodes_at import (
    NoEditError,
    Place,
    Places,
    Point,
    need,
    point,
)
from naftiko_gen.syntax.tree import Entry, Mapping, Scalar, Sequence, walk

SentParameter = tuple[DeclaredOperation, models.ConsumedInput, ir.Parameter]
"""The parameter of an operation: its declaration, and the resolved one."""


@dataclass(frozen=True)
class FixContext(Editor):
    """A spec's text, its meaning, and its diagnostics.

    Methods that look for a part of the spec raise a NoEditError if there is none.
    """

    meaning: Meaning
    findings: tuple[Diagnostic, ...]

    # --- the text ---

    def spans_of(self, code: Code) -> list[Span]:
        """Return the places of a code's diagnostics, except in imported files."""
        spans = (finding.span for finding in self.findings if finding.code is code)
        return [span for span in spans if span and span.origin is None]

    def scalar(self, span: Span) -> Place[Scalar]:
        """Return the scalar at a place."""
        return need(self.places.scalars.get(point(span)))

    def entry(self, span: Span) -> tuple[Mapping, Entry]:
        """Return the entry whose key is at a place, and its mapping."""
        return need(self.places.keys.get(point(span))).pair

    def around(self, span: Span) -> Iterator[Mapping | Sequence]:
        """Yield the lists and mappings at and around a place, the innermost first."""
        for place in self.places.at(span):
            if not isinstance(place.node, Scalar) and place.node.span == span:
                yield place.node
            yield from reversed(place.around)

    def mapping_around(self, span: Span, *keys: str) -> Mapping:
        """Return the innermost mapping around a place that has all these keys."""
        for node in self.around(span):
            if isinstance(node, Mapping) and all(key in node for key in keys):
                return node
        raise NoEditError

    @cached_property
    def names(self) -> frozenset[str]:
        """Return every name in the spec."""
        mappings = (place.node for place in self.places.mappings.values())
        return frozenset(name for node in mappings if (name := node.text("name")))

    # --- the text and its normalised form ---

    @cached_property
    def values(self) -> dict[Point, set[object]]:
        """Return the normalised values of scalars, by the place of the typed scalar."""
        by_place: dict[Point, set[object]] = defaultdict(set)
        for part in walk(self.meaning.document.node):
            if isinstance(part, Scalar) and part.span.origin is None:
                by_place[point(part.span)].add(part.value)
        return by_place

    @cached_property
    def keys(self) -> dict[Point, set[str]]:
        """Return the normalised keys, by the place of the typed key."""
        by_place: dict[Point, set[str]] = defaultdict(set)
        for part in walk(self.meaning.document.node):
            if isinstance(part, Entry) and part.span.origin is None:
                by_place[point(part.span)].add(part.key)
        return by_place

    def canonical(self, mapping: Mapping) -> Mapping:
        """Return the normalised mapping of a typed one, or an empty one."""
        place = self._canonical.mappings.get(point(mapping.span))
        return place.node if place else Mapping((), mapping.span)

    @cached_property
    def _canonical(self) -> Places:
        return Places.of(self.meaning.document.node)

    def typed_mapping(self, canonical: Mapping) -> Mapping:
        """Return the typed mapping of a normalised one of the spec itself."""
        place = self.places.mappings.get(point(canonical.span))
        return need(place if canonical.span.origin is None else None).node

    # --- the meaning ---

    def exposed_unit(self, mapping: Mapping) -> tuple[Unit, ir.Exposed]:
        """Return the unit and the route or tool that a mapping declares."""
        return need(self.meaning.origins.exposed_at(mapping.span))

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


def placeholder(name: object) -> str:
    """Return the template of a value that is a single placeholder."""
    return f"{{{{{name}}}}}"
