"""What the compiler assumed, part by part of a capability."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from naftiko_gen import spec
from naftiko_gen.expressions import Hole, route
from naftiko_gen.resolve.namespaces import UpstreamNames

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen import ir
    from naftiko_gen.diagnostics import Diagnostic
    from naftiko_gen.explaining.extents import Extents, Part


@dataclass
class Assumptions:
    """The findings about a document, and where its parts stand."""

    document: spec.Spec
    extents: Extents
    findings: Sequence[Diagnostic]
    _places: list[int] = field(init=False)
    _told: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._places = [id(self.extents.part(found)) for found in self.findings]

    def of_upstream(self, upstream: ir.Upstream) -> tuple[Diagnostic, ...]:
        """Return what was assumed about an upstream, its operations aside."""
        return self._about(self._blocks(upstream))

    def of_route(
        self, adapter: ir.RestAdapter, operation: ir.RestOperation
    ) -> tuple[Diagnostic, ...]:
        """Return what was assumed about a route of an adapter and its call."""
        own = [
            part
            for model in self.document.capability.exposes
            if isinstance(model, spec.Rest) and model.namespace == adapter.namespace
            for part in _route_parts(model, operation)
        ]
        return self._about([*own, *self._called(operation.call)])

    def of_tool(self, adapter: ir.McpAdapter, tool: ir.Tool) -> tuple[Diagnostic, ...]:
        """Return what was assumed about a tool of an adapter and its call."""
        own = [
            part
            for model in self.document.capability.exposes
            if isinstance(model, spec.Mcp) and model.namespace == adapter.namespace
            for part in model.tools
            if part.name == tool.name
        ]
        return self._about([*own, *self._called(tool.call)])

    def others(self) -> tuple[Diagnostic, ...]:
        """Return what none of the others has returned before."""
        return tuple(f for i, f in enumerate(self.findings) if i not in self._told)

    def _called(self, call: ir.Call) -> Iterator[Part]:
        """Yield what declares an operation: of two with one name, the first."""
        declared = (
            (resource, model)
            for consumes in self._blocks(call.operation.upstream)
            for resource in consumes.resources
            for model in resource.operations
            if model.name == call.operation.name
        )
        yield from next(declared, ())

    def _blocks(self, upstream: ir.Upstream) -> Iterator[spec.Consumes]:
        """Yield the blocks that are one upstream."""
        consumed = self.document.capability.consumes
        names = UpstreamNames.of(consumed)
        return (b for b in consumed if names.of_block(b) == upstream.namespace)

    def _about(self, parts: Iterator[Part] | Sequence[Part]) -> tuple[Diagnostic, ...]:
        meant = {id(part) for part in parts}
        about = [i for i, place in enumerate(self._places) if place in meant]
        self._told.update(about)
        return tuple(self.findings[i] for i in about)


def _route_parts(adapter: spec.Rest, operation: ir.RestOperation) -> Iterator[Part]:
    shape = [part if isinstance(part, str) else None for part in operation.route]
    for resource in adapter.resources:
        pieces = route(resource.path)
        if [None if isinstance(piece, Hole) else piece for piece in pieces] != shape:
            continue
        yield from (m for m in resource.operations if m.method == operation.method)
        yield resource
