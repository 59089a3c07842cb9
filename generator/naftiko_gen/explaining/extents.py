"""Which part of a document a finding is about, by where the part stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import spec
from naftiko_gen.tree import Mapping, Node, Scalar, Sequence, Span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence as Several

    from naftiko_gen.diagnostics import Diagnostic

Part = (
    spec.Consumes
    | spec.ConsumedResource
    | spec.ConsumedOperation
    | spec.Rest
    | spec.Mcp
    | spec.Skills
    | spec.RestResource
    | spec.RestOperation
    | spec.Tool
)


@dataclass(frozen=True)
class Extents:
    """The parts of a document and where each begins and ends, inner ones first."""

    found: tuple[tuple[Part, Span, Span], ...]

    @classmethod
    def of(cls, tree: Mapping, document: spec.Spec) -> Extents:
        """Find in the tree, as it was typed, the parts of the document read from it.

        What was typed counts: a key that a document's normalisation drops is gone from
        the models, and findings are about it all the same.
        """
        typed: dict[object, Mapping] = {}
        for node in _mappings(tree):
            typed.setdefault(_start(node.span), node)
        parts = reversed(list(_parts(document.capability)))
        return cls(
            tuple(
                (part, *_ends(typed.get(_start(part.node.span), part.node)))
                for part in parts
            )
        )

    def part(self, found: Diagnostic) -> Part | None:
        """Return the innermost part that a finding is about, or None."""
        if found.span is None:
            return None
        return next((p for p, *ends in self.found if _holds(ends, found.span)), None)


def _parts(capability: spec.Capability) -> Iterator[Part]:
    """Yield every part before those in it."""
    for consumes in capability.consumes:
        yield consumes
        for consumed in consumes.resources:
            yield consumed
            yield from consumed.operations
    for adapter in capability.exposes:
        yield adapter
        match adapter:
            case spec.Rest():
                for resource in adapter.resources:
                    yield resource
                    yield from resource.operations
            case spec.Mcp():
                yield from adapter.tools
            case spec.Skills():
                pass


def _mappings(node: Node) -> Iterator[Mapping]:
    match node:
        case Mapping():
            yield node
            for entry in node.entries:
                yield from _mappings(entry.value)
        case Sequence():
            for item in node.items:
                yield from _mappings(item)
        case Scalar():
            pass


def _spans(node: Node) -> Iterator[Span]:
    yield node.span
    match node:
        case Mapping():
            for entry in node.entries:
                yield entry.span
                yield from _spans(entry.value)
        case Sequence():
            for item in node.items:
                yield from _spans(item)
        case Scalar():
            pass


def _ends(node: Mapping) -> tuple[Span, Span]:
    """Return the first and the last place of a mapping, in the file that it is in."""
    spans = [span for span in _spans(node) if span.origin == node.span.origin]
    return min(spans, key=_place), max(spans, key=_place)


def _holds(ends: Several[Span], span: Span) -> bool:
    first, last = ends
    is_same_file = span.origin == first.origin
    return is_same_file and _place(first) <= _place(span) <= _place(last)


def _place(span: Span) -> tuple[int, int]:
    return span.line, span.column


def _start(span: Span) -> object:
    return span.origin, _place(span)
