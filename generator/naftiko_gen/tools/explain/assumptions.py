"""The compiler's assumptions: a diagnostic is about the innermost part around it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from naftiko_gen.language import models
from naftiko_gen.syntax.tree import walk_mappings, walk_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Sequence as Several

    from naftiko_gen import ir
    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.diagnostics.span import Origin, Span
    from naftiko_gen.resolve.exposed.exposure import Origins
    from naftiko_gen.syntax.tree import Mapping

    Place = tuple[int, int]
    """Line and column."""
    Ends = tuple[Place, Place]

Part = (
    models.Consumes
    | models.ConsumedResource
    | models.ConsumedOperation
    | models.Rest
    | models.Mcp
    | models.Skills
    | models.Control
    | models.RestResource
    | models.RestOperation
    | models.Forward
    | models.Tool
    | models.Resource
    | models.Prompt
)


@dataclass
class Assumptions:
    """The diagnostics of a spec, grouped by the part that they are about."""

    origins: Origins
    ranges: SourceRanges
    findings: Several[Diagnostic]
    _about: dict[Part, list[int]] = field(init=False, default_factory=dict)
    """Indexes of the diagnostics about each part."""
    _returned: set[int] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        for number, diagnostic in enumerate(self.findings):
            for part in self.ranges.parts(diagnostic):
                self._about.setdefault(part, []).append(number)

    def of_upstream(self, upstream: ir.Upstream) -> tuple[Diagnostic, ...]:
        """Return the assumptions about an upstream, but not about its operations."""
        return self._take(self.origins.blocks(upstream))

    def of_unit(self, unit: ir.Exposed) -> tuple[Diagnostic, ...]:
        """Return the assumptions about a route or tool and its call."""
        return self._take(self._parts(unit))

    def others(self) -> tuple[Diagnostic, ...]:
        """Return the assumptions that no other method has returned so far."""
        return tuple(f for i, f in enumerate(self.findings) if i not in self._returned)

    def _parts(self, exposed: ir.Exposed) -> Iterator[Part]:
        unit = self.origins.unit(exposed)
        yield unit.model
        if unit.resource is not None:
            yield unit.resource
        for caller in unit.callers:
            yield caller.declared.resource
            yield caller.declared.operation

    def _take(self, parts: Iterable[Part]) -> tuple[Diagnostic, ...]:
        about = sorted({i for part in parts for i in self._about.get(part, ())})
        self._returned.update(about)
        return tuple(self.findings[i] for i in about)


# --- source ranges -----------------------------------------------------


@dataclass(frozen=True)
class SourceRange:
    """The range of a part, and the range around it.

    Several parts have the same range if they are read from the same mapping.
    """

    first: Place
    last: Place
    parts: tuple[Part, ...]
    around: SourceRange | None


@dataclass(frozen=True)
class SourceRanges:
    """The ranges of a spec's parts, by file."""

    files: dict[Origin | None, list[SourceRange]]
    """Ranges in the order of their starts."""

    @classmethod
    def of(cls, tree: Mapping, document: models.Spec) -> SourceRanges:
        """Return the ranges of a document's parts in the syntax tree as typed.

        Normalisation drops keys, so the nodes of the models can be smaller than the
        typed nodes. Diagnostics can be about a dropped key.
        """
        nodes: dict[object, Mapping] = {}
        for node in walk_mappings(tree):
            nodes.setdefault(_start(node.span), node)
        files: dict[Origin | None, dict[Ends, list[Part]]] = {}
        for part in _parts(document.capability):
            node = nodes.get(_start(part.node.span), part.node)
            ends = files.setdefault(node.span.origin, {})
            ends.setdefault(_ends(node), []).append(part)
        return cls({origin: _sort_by_start(ends) for origin, ends in files.items()})

    def parts(self, diagnostic: Diagnostic) -> Several[Part]:
        """Return the innermost parts around the place of a diagnostic."""
        if diagnostic.span is None:
            return ()
        place = _place(diagnostic.span)
        ranges = self.files.get(diagnostic.span.origin, [])
        at = bisect_right(ranges, place, key=lambda range_: range_.first)
        range_ = ranges[at - 1] if at else None
        while range_ is not None and range_.last < place:
            range_ = range_.around
        return range_.parts if range_ else ()


def _sort_by_start(parts_by_ends: dict[Ends, list[Part]]) -> list[SourceRange]:
    """Return ranges in the order of their starts, outer ones first."""
    ranges: list[SourceRange] = []
    around: SourceRange | None = None
    for (first, last), parts in sorted(parts_by_ends.items(), key=_outer_first):
        while around is not None and around.last < last:
            around = around.around
        around = SourceRange(first, last, tuple(parts), around)
        ranges.append(around)
    return ranges


def _outer_first(item: tuple[Ends, list[Part]]) -> tuple[int, int, int, int]:
    (first, last), _ = item
    return (*first, -last[0], -last[1])


def _parts(capability: models.Capability) -> Iterator[Part]:
    """Yield every part, outer parts first."""
    for consumes in capability.consumes:
        yield consumes
        for consumed_resource in consumes.resources:
            yield consumed_resource
            yield from consumed_resource.operations
    for adapter in capability.exposes:
        yield adapter
        yield from _adapter_parts(adapter)


def _adapter_parts(adapter: models.Adapter) -> Iterator[Part]:
    match adapter:
        case models.Rest():
            for resource in adapter.resources:
                yield resource
                yield from resource.operations
                if resource.forward is not None:
                    yield resource.forward
        case models.Mcp():
            yield from adapter.tools
            yield from adapter.resources
            yield from adapter.prompts
        case models.Skills() | models.Control():
            pass


def _ends(node: Mapping) -> Ends:
    """Return the first and the last place of a mapping within its own file."""
    places = [
        _place(span) for span in walk_spans(node) if span.origin == node.span.origin
    ]
    return min(places), max(places)


def _place(span: Span) -> Place:
    return span.line, span.column


def _start(span: Span) -> object:
    return span.origin, _place(span)
