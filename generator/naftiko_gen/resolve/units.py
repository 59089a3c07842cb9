"""Units: routes and tools, what they call, and what their `with` refers to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Hole, Scope, route, template
from naftiko_gen.syntax.tree import Entry, Node, Scalar, walk_scalars

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.resolve.catalogue import Catalogue, Declared


PLACES = ("path", "query", "header", "headers", "body")
"""Words in front of an input's name that say where it is."""
_WRITES = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, eq=False)
class Unit:
    """A route or tool that calls an operation; equal to itself alone."""

    model: models.RestOperation | models.Tool
    namespace: str
    """The adapter's."""
    inputs: tuple[models.RestInput | models.ToolInput, ...]
    """Those declared, also by the resource; later ones win over earlier ones."""
    declared: Declared
    resource: models.RestResource | None = None

    @property
    def arguments(self) -> tuple[Entry, ...]:
        """Return the entries of `with`."""
        return self.model.arguments.entries if self.model.arguments else ()

    @property
    def is_bare(self) -> bool:
        """Say whether the unit leaves it to the operation what it is given.

        An empty list of inputs says that it takes none.
        """
        is_silent = "inputParameters" not in self.model.node
        return is_silent and not self.arguments and not self.inputs

    @property
    def method(self) -> str | None:
        """Return the method of a route, None for a tool."""
        return (
            self.model.method if isinstance(self.model, models.RestOperation) else None
        )

    @property
    def has_fields(self) -> bool:
        """Say whether inputs are declared that stand in the body of a request."""
        return any(is_in_body(model) for model in self.inputs)

    @property
    def has_room_for_body(self) -> bool:
        """Say whether the caller can give a body: as an argument, or in the request.

        A route's body that inputs are taken from is taken.
        """
        is_taken = self.has_fields or self.refers_to_body
        return self.method is None or (self.method in _WRITES and not is_taken)

    @property
    def refers_to_body(self) -> bool:
        """Say whether `with` refers to the body of a route's request, or into it."""
        named = (
            hole.name for each in self.arguments for hole in self.holes(each.value)
        )
        names = {name for name in named if self.input(name) is None}
        is_placed = any(name.partition(".")[0] == "body" for name in names)
        return is_placed and self.input("body") is None

    def input(self, name: str) -> models.RestInput | models.ToolInput | None:
        """Return the declared input of that name, or None."""
        return self._inputs.get(name)

    def declared_name(self, name: str) -> str:
        """Return the declared input that a reference with a place names, or the name.

        `path.x` is the input `x` if that is declared in the path, or an argument.
        """
        place, dot, bare = name.partition(".")
        is_placed = dot and self.input(name) is None and self.input(place) is None
        match self.input(bare) if is_placed else None:
            case models.RestInput(place=where) if where == place.removesuffix("s"):
                return bare
            case models.ToolInput() if place in PLACES:
                return bare
            case _:
                return name

    def given(self, name: str) -> Node | None:
        """Return what `with` gives under that key, or None."""
        return self._given.get(name)

    @cached_property
    def _inputs(self) -> dict[str, models.RestInput | models.ToolInput]:
        return {each.name: each for each in reversed(self.inputs)}

    @cached_property
    def _given(self) -> dict[str, Node]:
        return {entry.key: entry.value for entry in self.arguments}

    def gives(self, name: str) -> bool:
        """Say whether the unit has a word of its own for a parameter of that name."""
        pieces = route(self.resource.path) if self.resource else ()
        variables = [piece.name for piece in pieces if isinstance(piece, Hole)]
        keys = [entry.key for entry in self.arguments]
        return self.input(name) is not None or name in (*keys, *variables)

    def reference(self, text: str) -> str | None:
        """Return the input's name if the text is `{namespace}.{name}`, else None.

        The language's schema puts `$this.` in front.
        """
        path = text.removeprefix("$this.")
        name = path.removeprefix(f"{self.namespace}.")
        return name if name and name != path else None

    def hole(self, hole: Hole) -> Hole:
        """Return a hole without the adapter's namespace in front of its name."""
        name = self.reference(hole.name) if hole.scope is Scope.ANY else None
        return Hole(name, Scope.INPUT) if name else hole

    def holes(self, node: Node) -> Iterator[Hole]:
        """Yield the names in an argument, a reference being one."""
        for scalar in walk_scalars(node):
            if isinstance(scalar.value, str):
                yield from self._text_holes(scalar.value)

    def whole(self, node: Node) -> Hole | None:
        """Return the name that is all of an argument, or None if it's more or less."""
        match node:
            case Scalar(value=str() as text):
                is_single = self.reference(text) or len(template(text)) == 1
                return next(self._text_holes(text), None) if is_single else None
            case _:
                return None

    def _text_holes(self, text: str) -> Iterator[Hole]:
        name = self.reference(text)
        if name is not None:
            yield Hole(name, Scope.INPUT)
            return
        for piece in template(text):
            if isinstance(piece, Hole):
                yield self.hole(piece)


def is_in_body(model: models.RestInput | models.ToolInput) -> bool:
    """Say whether a declared input stands in the body of a request."""
    return isinstance(model, models.RestInput) and model.place == "body"


def canonical(name: str) -> str:
    """Return what is left of a name without case and punctuation."""
    return re.sub(r"[\W_]", "", name).lower()


_GUESSED = 50
"""Calls that name nothing and are compared with all names there are: it takes long."""


@dataclass
class Callees:
    """What units call; `unknown` is the code of a call that names no operation."""

    catalogue: Catalogue
    unknown: Code
    report: Report
    lost: int = 0
    """How many calls named no operation so far."""

    def find(self, model: models.RestOperation | models.Tool) -> Declared | None:
        """Return the operation that a unit calls, or report that there is none."""
        if model.call is None:
            message = f"{shown(model.name or model.node.plain())} calls no operation"
            self.report.add(Code.NO_CALL, message, model.node.value_span("name"))
            return None
        span = model.node.value_span("call")
        found = self.catalogue.find(model.call, span, self.report)
        if found is None:
            self._report_unknown(model.call, span)
        return found

    def _report_unknown(self, call: str, span: Span) -> None:
        message = f"call names {shown(call)}, which no consumes block declares"
        self.lost += 1
        close = self.catalogue.nearest(call) if self.lost <= _GUESSED else None
        hint = f"did you mean {shown(close)}?" if close else None
        self.report.add(self.unknown, message, span, hint)


@dataclass(frozen=True)
class Adapters:
    """The units of every adapter, by their models."""

    units: dict[models.RestOperation | models.Tool, Unit]

    @classmethod
    def of(cls, document: models.Spec, called: Callees) -> Adapters:
        """Find what every route and tool calls; report those that call nothing."""
        found = (
            unit
            for adapter in document.capability.exposes
            for unit in _units(adapter, called)
        )
        return cls({unit.model: unit for unit in found})

    def unit(self, model: models.RestOperation | models.Tool) -> Unit | None:
        """Return the unit of a route or tool, or None if it calls nothing."""
        return self.units.get(model)

    def calling(self, declared: Declared) -> list[Unit]:
        """Return the units that call an operation, in the document's order."""
        return self._callers.get(declared, [])

    @cached_property
    def _callers(self) -> dict[Declared, list[Unit]]:
        callers: dict[Declared, list[Unit]] = {}
        for unit in self.units.values():
            callers.setdefault(unit.declared, []).append(unit)
        return callers


def _units(
    adapter: models.Rest | models.Mcp | models.Skills, called: Callees
) -> Iterator[Unit]:
    match adapter:
        case models.Rest():
            for resource in adapter.resources:
                for model in resource.operations:
                    inputs = {i.name: i for i in (*resource.inputs, *model.inputs)}
                    declared = called.find(model)
                    if declared:
                        values = tuple(inputs.values())
                        yield Unit(model, adapter.namespace, values, declared, resource)
        case models.Mcp():
            for tool in adapter.tools:
                declared = called.find(tool)
                if declared:
                    yield Unit(tool, adapter.namespace, tuple(tool.inputs), declared)
        case models.Skills():
            pass
