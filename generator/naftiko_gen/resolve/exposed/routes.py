"""Routes: the paths of a REST adapter, and the order in which they are tried."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language.expressions import Hole, route

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.language import models
    from naftiko_gen.resolve.units import Unit

    Key = tuple[str, str]
    """Method, and a route with nameless variables."""

_Route = TypeVar("_Route")

_UNUSABLE = re.compile(r"""[?#{}\\"<>^`|\s\x00-\x1f\x7f]""")


def variables(resource: models.RestResource, report: Report) -> tuple[str, ...]:
    """Return the names of a route's variables; report a path that is none."""
    pieces = route(resource.path)
    names = tuple(piece.name for piece in pieces if isinstance(piece, Hole))
    texts = "".join(piece for piece in pieces if isinstance(piece, str))
    if _UNUSABLE.search(texts) or len(set(names)) < len(names) or "" in names:
        message = f"{shown(resource.path)} is no path of a route"
        report.add(Code.UNUSABLE_PATH, message, resource.node.value_span("path"))
    return names


def warn_of_hidden_document(resource: models.RestResource, report: Report) -> None:
    """Report a route that stands where the OpenAPI document would be served."""
    if resource.path == ir.DOCUMENT_PATH:
        path = shown(ir.DOCUMENT_PATH)
        message = f"{path} is this route's, so the OpenAPI document isn't served"
        report.add(Code.HIDDEN_DOCUMENT, message, resource.node.value_span("path"))


def template_of(path: str) -> str:
    """Return a route with nameless variables: two that are equal match the same."""
    return "".join("{}" if isinstance(p, Hole) else p for p in route(path))


@dataclass
class Routes:
    """The routes of one adapter, each of which one operation has."""

    declared: frozenset[Key]
    taken: set[Key] = field(default_factory=set)
    claims: Counter[tuple[Key, str]] = field(default_factory=Counter)
    """How often a route was claimed, and with which segment behind it."""

    @classmethod
    def of(cls, adapter: models.Rest) -> Routes:
        """Return the routes that an adapter's operations ask for."""
        return cls(
            frozenset(
                (model.method, template_of(resource.path))
                for resource in adapter.resources
                for model in resource.operations
            )
        )

    def claim(self, method: str, path: str, name: str) -> str:
        """Return what is put behind a path: nothing, or a later claimant's name."""
        template, segment = template_of(path), _segment(name)
        wanted = method, template
        key, end = wanted, ""
        while key in self.taken or (end and key in self.declared):
            self.claims[wanted, segment] += 1
            number = self.claims[wanted, segment]
            end = f"/{segment}" + (f"-{number}" if number > 1 else "")
            key = method, template.rstrip("/") + end
        self.taken.add(key)
        return end


def _segment(name: str) -> str:
    """Return a name as a segment that needs no percent-encoding."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "again"


def note_order(operations: Sequence[tuple[Unit, ir.Route]], report: Report) -> None:
    """Report routes that an earlier one would hide if their order counted."""
    earlier = _Seen()
    for unit, operation in operations:
        parts = _template(operation).split("/")
        segments = (operation.method, str(len(parts)), *parts)
        if unit.resource and earlier.matches(segments):
            path = shown(unit.resource.path)
            message = f"{path} is tried before the route that would hide it"
            span = unit.resource.node.value_span("path")
            report.add(Code.ROUTE_ORDER, message, span)
        earlier.add(segments)


@dataclass
class _Seen:
    """Routes that were seen: a tree of method, number of segments, and segments."""

    following: dict[str, _Seen] = field(default_factory=dict)

    def add(self, segments: tuple[str, ...]) -> None:
        node = self
        for segment in segments:
            node = node.following.setdefault(segment, _Seen())

    def matches(self, segments: tuple[str, ...]) -> bool:
        """Say whether one of the routes answers whatever these segments do."""
        nodes = [self]
        for segment in segments:
            found = (node.following.get(s) for node in nodes for s in {segment, "{}"})
            nodes = [node for node in found if node is not None]
        return bool(nodes)


def in_order(operations: Sequence[ir.Route]) -> tuple[ir.Route, ...]:
    """Return operations in the order in which their routes are tried."""
    return literal_first(operations, _template)


def literal_first(
    routes: Sequence[_Route], template: Callable[[_Route], str]
) -> tuple[_Route, ...]:
    """Put literal segments before variables among routes of equal depth.

    A router takes the first route that matches. Those that have to be tried earlier
    move in front of the one that they wait for; the others stay where they are, since
    routes of different depths don't compete. `template` has nameless variables.
    """
    segments = [_segments(template(each)) for each in routes]
    depths: dict[int, list[int]] = {}
    for at, each in enumerate(segments):
        depths.setdefault(len(each), []).append(at)
    competing = [
        sorted(slots, key=lambda at: segments[at]) for slots in depths.values()
    ]
    ordered: list[_Route] = []
    while competing := [each for each in competing if each]:
        last = max(competing, key=lambda each: each[-1])
        ordered.append(routes[last.pop()])
    return tuple(reversed(ordered))


def _segments(template: str) -> tuple[int, ...]:
    """Return 0 for a literal segment, 1 for one with a variable, 2 for a variable."""
    return tuple(
        2 if segment == "{}" else int("{}" in segment)
        for segment in template.split("/")
    )


def _template(operation: ir.Route) -> str:
    """Return a route with nameless variables; its text has no braces."""
    return "".join(p if isinstance(p, str) else "{}" for p in operation.route)
