"""What the compiler assumed, part by part of a capability."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from naftiko_gen import spec
from naftiko_gen.expressions import Hole, route

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
        consumed = self.document.capability.consumes
        return self._about(c for c in consumed if c.namespace == upstream.namespace)

    def of_route(
        self, index: int, operation: ir.RestOperation
    ) -> tuple[Diagnostic, ...]:
        """Return what was assumed about a route of a REST adapter and its call."""
        exposed = self.document.capability.exposes
        adapter = [each for each in exposed if isinstance(each, spec.Rest)][index]
        own = _route_parts(adapter, operation)
        return self._about([*own, *self._called(operation.call)])

    def of_tool(self, index: int, tool: ir.Tool) -> tuple[Diagnostic, ...]:
        """Return what was assumed about a tool of an MCP adapter and its call."""
        exposed = self.document.capability.exposes
        adapter = [each for each in exposed if isinstance(each, spec.Mcp)][index]
        own = [model for model in adapter.tools if model.name == tool.name]
        return self._about([*own, *self._called(tool.call)])

    def others(self) -> tuple[Diagnostic, ...]:
        """Return what none of the others has returned before."""
        return tuple(f for i, f in enumerate(self.findings) if i not in self._told)

    def _called(self, call: ir.Call) -> Iterator[Part]:
        """Yield what declares an operation: of two with one name, the first."""
        upstream, name = call.operation.upstream.namespace, call.operation.name
        declared = (
            (resource, model)
            for consumes in self.document.capability.consumes
            if consumes.namespace == upstream
            for resource in consumes.resources
            for model in resource.operations
            if model.name == name
        )
        yield from next(declared, ())

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
