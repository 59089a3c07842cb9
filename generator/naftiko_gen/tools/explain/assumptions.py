"""The compiler's assumptions: a diagnostic is about the innermost part around it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from collections.abc import Sequence as Several
from dataclasses import dataclass, field

from naftiko_gen import ir
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.diagnostics.span import Origin, Span
from naftiko_gen.language import models
from naftiko_gen.resolve.exposed.exposure import Origins
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar, Sequence

Place = tuple[int, int]
"""Line and column."""

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
    parts: SpecParts
    findings: Several[Diagnostic]
    _about: dict[Part, list[int]] = field(init=False, default_factory=dict)
    """Indexes of the diagnostics about each part."""
    _returned: set[int] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        for number, diagnostic in enumerate(self.findings):
            for part in self.parts.around(diagnostic):
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


# --- parts of a spec -------------------------------------------------------------


@dataclass(frozen=True)
class SpecParts:
    """The innermost parts around each key and value, by file and in its order.

    Several parts are at the same place if they are read from the same mapping.
    """

    files: dict[Origin | None, list[tuple[Place, tuple[Part, ...]]]]

    @classmethod
    def of(cls, tree: Mapping, document: models.Spec) -> SpecParts:
        """Return the parts of a document, by their places in the syntax tree as typed.

        Normalisation drops keys, and diagnostics can be about a dropped key.
        """
        by_start: dict[object, list[Part]] = {}
        for part in _parts(document.capability):
            by_start.setdefault(_start(part.node.span), []).append(part)
        files: dict[Origin | None, dict[Place, tuple[Part, ...]]] = {}
        waiting: list[tuple[Node | Entry, tuple[Part, ...]]] = [(tree, ())]
        while waiting:
            node, around = waiting.pop()
            parts = tuple(by_start.get(_start(node.span), around))
            places = files.setdefault(node.span.origin, {})
            places.setdefault((node.span.line, node.span.column), parts)
            waiting += [(child, parts) for child in reversed(_children(node))]
        return cls(
            {origin: sorted(p.items(), key=_place) for origin, p in files.items()}
        )

    def around(self, diagnostic: Diagnostic) -> Several[Part]:
        """Return the innermost parts around the place of a diagnostic."""
        if diagnostic.span is None:
            return ()
        place = diagnostic.span.line, diagnostic.span.column
        places = self.files.get(diagnostic.span.origin, [])
        at = bisect_right(places, place, key=_place)
        return places[at - 1][1] if at else ()


def _place(item: tuple[Place, tuple[Part, ...]]) -> Place:
    return item[0]


def _start(span: Span) -> object:
    return span.origin, span.line, span.column


def _children(node: Node | Entry) -> Several[Node | Entry]:
    match node:
        case Entry(value=value):
            return (value,)
        case Mapping(entries=entries):
            return entries
        case Sequence(items=items):
            return items
        case Scalar():
            return ()


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
