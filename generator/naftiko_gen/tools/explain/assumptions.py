"""The compiler's assumptions: a diagnostic is about the innermost part around it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from naftiko_gen import ir
from naftiko_gen.diagnostics.rendering import sort
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.diagnostics.span import Origin, Span
from naftiko_gen.frontend import Meaning
from naftiko_gen.language import models
from naftiko_gen.syntax import tree

Part = (
    models.Consumes
    | models.ConsumedResource
    | models.ConsumedOperation
    | models.RestResource
    | models.RestOperation
    | models.Forward
    | models.Tool
    | models.Resource
)
"""A declaration that is shown, or that stands inside of such a one."""

Place = tuple[int, int]
"""Line and column."""


class Assumptions:
    """The diagnostics of a spec, grouped by the part that they are about."""

    def __init__(self, meaning: Meaning, findings: Sequence[Diagnostic]) -> None:
        self._origins = meaning.origins
        self._findings = sort(findings)
        self._about: dict[Part, list[int]] = {}
        """Indexes of the diagnostics about each part."""
        self._returned: set[int] = set()
        files = _parts_by_place(meaning)
        for number, diagnostic in enumerate(self._findings):
            for part in _around(diagnostic.span, files):
                self._about.setdefault(part, []).append(number)

    def of_upstream(self, upstream: ir.Upstream) -> tuple[Diagnostic, ...]:
        """Return the assumptions about an upstream, but not about its operations."""
        return self._take(self._origins.blocks(upstream))

    def of_unit(self, exposed: ir.Exposed) -> tuple[Diagnostic, ...]:
        """Return the assumptions about a route or tool and its call."""
        unit = self._origins.unit(exposed)
        parts: list[Part] = [unit.model]
        if unit.resource is not None:
            parts.append(unit.resource)
        for caller in unit.callers:
            parts += (caller.declared.resource, caller.declared.operation)
        return self._take(parts)

    def others(self) -> tuple[Diagnostic, ...]:
        """Return the assumptions that no other method has returned so far."""
        findings = enumerate(self._findings)
        return tuple(item for i, item in findings if i not in self._returned)

    def _take(self, parts: Iterable[Part]) -> tuple[Diagnostic, ...]:
        about = sorted({i for part in parts for i in self._about.get(part, ())})
        self._returned.update(about)
        return tuple(self._findings[i] for i in about)


# --- parts of a spec -------------------------------------------------------------

Parts = dict[Origin | None, list[tuple[Place, tuple[Part, ...]]]]
"""The innermost parts around each key and value, by file and in its order.

Several parts are at the same place if they are read from the same mapping.
"""


def _parts_by_place(meaning: Meaning) -> Parts:
    """Return the parts by their places in the syntax tree as typed.

    Normalisation drops keys, and diagnostics can be about a dropped key.
    """
    by_start: dict[object, list[Part]] = {}
    for part in _parts(meaning.document.capability):
        by_start.setdefault(_start(part.node.span), []).append(part)
    files: dict[Origin | None, dict[Place, tuple[Part, ...]]] = {}
    waiting: list[tuple[tree.Node | tree.Entry, tuple[Part, ...]]] = [
        (meaning.tree, ())
    ]
    while waiting:
        node, around = waiting.pop()
        parts = tuple(by_start.get(_start(node.span), around))
        places = files.setdefault(node.span.origin, {})
        places.setdefault((node.span.line, node.span.column), parts)
        waiting += [(child, parts) for child in reversed(_children(node))]
    return {origin: sorted(p.items(), key=_place) for origin, p in files.items()}


def _around(span: Span | None, files: Parts) -> Sequence[Part]:
    if span is None:
        return ()
    places = files.get(span.origin, [])
    at = bisect_right(places, (span.line, span.column), key=_place)
    return places[at - 1][1] if at else ()


def _place(item: tuple[Place, tuple[Part, ...]]) -> Place:
    return item[0]


def _start(span: Span) -> object:
    return span.origin, span.line, span.column


def _children(node: tree.Node | tree.Entry) -> Sequence[tree.Node | tree.Entry]:
    match node:
        case tree.Entry(value=value):
            return (value,)
        case tree.Mapping(entries=entries):
            return entries
        case tree.Sequence(items=items):
            return items
        case tree.Scalar():
            return ()


def _parts(capability: models.Capability) -> Iterator[Part]:
    """Yield the parts, outer ones first."""
    for consumes in capability.consumes:
        yield consumes
        for consumed in consumes.resources:
            yield consumed
            yield from consumed.operations
    for adapter in capability.exposes:
        match adapter:
            case models.Rest():
                for resource in adapter.resources:
                    yield resource
                    yield from resource.operations
                    yield from filter(None, (resource.forward,))
            case models.Mcp():
                yield from adapter.tools
                yield from adapter.resources
            case models.Skills() | models.Control():
                pass
