"""Which part of a document a finding is about, by where the part stands."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.language import models
from naftiko_gen.syntax.tree import walk_mappings, walk_spans

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence as Several

    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.diagnostics.span import Origin, Span
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
    | models.RestResource
    | models.RestOperation
    | models.Tool
)


@dataclass(frozen=True)
class Extent:
    """Where parts begin and end, and what they are in.

    There are several parts if the document says once what several have.
    """

    first: Place
    last: Place
    parts: tuple[Part, ...]
    around: Extent | None


@dataclass(frozen=True)
class Extents:
    """The parts of a document and where each of them stands, by file."""

    files: dict[Origin | None, list[Extent]]
    """In the order in which they begin."""

    @classmethod
    def of(cls, tree: Mapping, document: models.Spec) -> Extents:
        """Find in the tree, as it was typed, the parts of the document read from it.

        What was typed counts: a key that a document's normalisation drops is gone from
        the models, and findings are about it all the same.
        """
        typed: dict[object, Mapping] = {}
        for node in walk_mappings(tree):
            typed.setdefault(_start(node.span), node)
        found: dict[Origin | None, dict[Ends, list[Part]]] = {}
        for part in _parts(document.capability):
            node = typed.get(_start(part.node.span), part.node)
            ends = found.setdefault(node.span.origin, {})
            ends.setdefault(_ends(node), []).append(part)
        return cls({origin: _nested(ends) for origin, ends in found.items()})

    def parts(self, found: Diagnostic) -> Several[Part]:
        """Return the innermost parts that a finding is about."""
        if found.span is None:
            return ()
        place = _place(found.span)
        extents = self.files.get(found.span.origin, [])
        at = bisect_right(extents, place, key=lambda extent: extent.first)
        extent = extents[at - 1] if at else None
        while extent is not None and extent.last < place:
            extent = extent.around
        return extent.parts if extent else ()


def _nested(found: dict[Ends, list[Part]]) -> list[Extent]:
    """Return extents in the order of their beginnings, outer ones first."""
    extents: list[Extent] = []
    around: Extent | None = None
    for (first, last), parts in sorted(found.items(), key=_outer_first):
        while around is not None and around.last < last:
            around = around.around
        around = Extent(first, last, tuple(parts), around)
        extents.append(around)
    return extents


def _outer_first(held: tuple[Ends, list[Part]]) -> tuple[int, int, int, int]:
    (first, last), _ = held
    return (*first, -last[0], -last[1])


def _parts(capability: models.Capability) -> Iterator[Part]:
    """Yield every part before those in it."""
    for consumes in capability.consumes:
        yield consumes
        for consumed in consumes.resources:
            yield consumed
            yield from consumed.operations
    for adapter in capability.exposes:
        yield adapter
        match adapter:
            case models.Rest():
                for resource in adapter.resources:
                    yield resource
                    yield from resource.operations
            case models.Mcp():
                yield from adapter.tools
            case models.Skills():
                pass


def _ends(node: Mapping) -> Ends:
    """Return the first and the last place of a mapping, in the file that it is in."""
    places = [
        _place(span) for span in walk_spans(node) if span.origin == node.span.origin
    ]
    return min(places), max(places)


def _place(span: Span) -> Place:
    return span.line, span.column


def _start(span: Span) -> object:
    return span.origin, _place(span)
