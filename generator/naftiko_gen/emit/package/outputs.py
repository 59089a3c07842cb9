"""`outputs.py`: one function for each shape that is exposed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, count
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.code.imports import Imports
from naftiko_gen.emit.code.naming import assign
from naftiko_gen.emit.literals import Code, docstring, fill, join, py, verbatim
from naftiko_gen.ir import (
    Anything,
    Each,
    Identity,
    Items,
    Literal,
    Pick,
    Shape,
    answer_type,
    is_shaped,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from naftiko_gen.ir import Capability, PathSegment, Projection

# What `outputs.py` imports, and its functions' parameter.
RESERVED = frozenset({"answer", "each", "elements", "members", "pick"})


@dataclass(frozen=True)
class OutputView:
    """A projection's function."""

    name: Code
    docstring: Code
    expression: Code


@dataclass(frozen=True)
class OutputsView:
    """What `outputs.py.jinja` shows."""

    imports: Code
    outputs: tuple[OutputView, ...]


@dataclass(frozen=True)
class Outputs:
    """The distinct projections that a capability exposes, by their functions' names."""

    projections: tuple[tuple[str, Projection], ...] = ()

    @classmethod
    def of(cls, capability: Capability) -> Outputs:
        """Collect the shapes of all routes and tools, each once.

        A shape is called after the first unit that has it; later shapes of units of
        that name are numbered.
        """
        found: dict[str, Projection] = {}
        for unit in capability.exposed:
            projection = answer_type(unit.implementation)
            is_new = projection not in found.values()
            if is_new and is_shaped(unit.implementation):
                found[_free(unit.name, found)] = projection
        return cls(tuple(found.items()))

    def name(self, projection: Projection) -> Code:
        """Return the function of a projection."""
        return next(
            self._names[wire] for wire, known in self.projections if known == projection
        )

    @cached_property
    def _names(self) -> Mapping[str, Code]:
        return assign((wire for wire, _ in self.projections), reserved=RESERVED)


def _free(name: str, taken: Collection[str]) -> str:
    numbered = (f"{name} {number}" for number in count(2))
    return next(wire for wire in chain([name], numbered) if wire not in taken)


def outputs_view(outputs: Outputs) -> OutputsView:
    """Return the view of a package's output shapes."""
    imports = Imports()
    imports.add("typing", "Any")
    views = tuple(
        OutputView(
            name=outputs.name(projection),
            docstring=docstring(f"Shape the output of {wire}", indent=4),
            expression=_Expressions(imports, verbatim("answer")).whole(projection),
        )
        for wire, projection in outputs.projections
    )
    return OutputsView(imports=imports.code(), outputs=views)


@dataclass(frozen=True)
class _Expressions:
    """Writes projections of what stands at `prefix` of the value `base`.

    `depth` counts the functions around: each calls its parameter otherwise than the one
    that it stands in.
    """

    imports: Imports
    base: Code
    prefix: tuple[PathSegment, ...] = ()
    depth: int = 0

    def whole(self, projection: Projection) -> Code:
        """Return the expression of a whole output: an object is one of an object."""
        if isinstance(projection, Shape) and not projection.path:
            self.imports.add("._shapes", "members")
            shaping = replace(self, base=fill("members({})", self.base))
            return shaping.expression(projection)
        return self.expression(projection)

    def expression(self, projection: Projection) -> Code:
        """Return the expression of a projection."""
        match projection:
            case Identity():
                return self._picked(self.prefix)
            case Literal(value=value):
                return py(value)
            case Pick(path=path):
                return self._picked((*self.prefix, *path))
            case Shape(path=path, members=members):
                return self._shape(path, members)
            case Items(path=path, item=item):
                return self._each(self._picked((*self.prefix, *path)), item)
            case _:
                assert_never(projection)

    def _shape(
        self, path: tuple[PathSegment, ...], members: tuple[tuple[str, Projection], ...]
    ) -> Code:
        inside = replace(self, prefix=(*self.prefix, *path))
        shaped = [
            fill("{}: {}", py(name), inside.expression(member))
            for name, member in members
        ]
        return fill("{{{}}}", join(", ", shaped))

    def _picked(self, path: tuple[PathSegment, ...]) -> Code:
        """Return the expression of what stands at a path, an array at each wildcard."""
        if Each.ELEMENT in path:
            end = path.index(Each.ELEMENT)
            return self._each(
                self._picked(path[:end]), Pick(path[end + 1 :], Anything())
            )
        if not path:
            return self.base
        self.imports.add("._shapes", "pick")
        steps = [py(step) for step in path if not isinstance(step, Each)]
        return fill("pick({}, {})", self.base, join(", ", steps))

    def _each(self, array: Code, item: Projection) -> Code:
        if isinstance(item, Pick) and not item.path:
            self.imports.add("._shapes", "elements")
            return fill("elements({})", array)
        self.imports.add("._shapes", "each")
        element = (verbatim("item"), verbatim("part"))[self.depth % 2]
        inside = _Expressions(self.imports, element, depth=self.depth + 1)
        return fill("each({}, lambda {}: {})", array, element, inside.expression(item))
