"""`outputs.py`: one function for each shape that is exposed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.imports import Imports
from naftiko_gen.ir import Anything, Each, Identity, Items, Literal, Pick, Shape
from naftiko_gen.literals import Code, docstring, fill, join, py, verbatim
from naftiko_gen.naming import assign

if TYPE_CHECKING:
    from naftiko_gen.ir import Capability, Projection, Step


@dataclass(frozen=True)
class OutputView:
    """A projection's function."""

    name: Code
    docstring: Code
    expression: Code


@dataclass(frozen=True)
class OutputsView:
    """What `outputs.py.jinja` shows."""

    source: Code
    imports: Code
    outputs: tuple[OutputView, ...]


@dataclass(frozen=True)
class Outputs:
    """The distinct projections of a capability and their functions' names."""

    projections: tuple[tuple[str, Projection], ...] = field(default=())

    @classmethod
    def of(cls, capability: Capability) -> Outputs:
        """Collect the shapes of all routes and tools, each once."""
        found: list[tuple[str, Projection]] = []
        for unit in capability.units:
            known = any(projection == unit.output for _, projection in found)
            if not isinstance(unit.output, Identity) and not known:
                found.append((unit.name, unit.output))
        return cls(tuple(_distinguished(found)))

    def name(self, projection: Projection) -> Code:
        """Return the function of a projection."""
        names = assign(wire for wire, _ in self.projections)
        return next(names[w] for w, known in self.projections if known == projection)


def _distinguished(
    found: list[tuple[str, Projection]],
) -> list[tuple[str, Projection]]:
    """Number the second and later shapes that units of one name have."""
    seen: dict[str, int] = {}
    distinct = []
    for name, projection in found:
        seen[name] = seen.get(name, 0) + 1
        wire = name if seen[name] == 1 else f"{name} {seen[name]}"
        distinct.append((wire, projection))
    return distinct


def outputs_view(outputs: Outputs, source: Code) -> OutputsView:
    """Return the view of a package's output shapes."""
    imports = Imports()
    imports.add("typing", "Any")
    views = tuple(
        OutputView(
            name=outputs.name(projection),
            docstring=docstring(f"Shape the output of {wire}", indent=4),
            expression=_root(projection, imports),
        )
        for wire, projection in outputs.projections
    )
    return OutputsView(source=source, imports=imports.code(), outputs=views)


def _root(projection: Projection, imports: Imports) -> Code:
    """Return the expression of a whole output: an object is shaped from an object."""
    if isinstance(projection, Shape) and not projection.path:
        imports.add("._shapes", "members")
        return _expression(projection, verbatim("members(answer)"), (), imports, 0)
    return _expression(projection, verbatim("answer"), (), imports, 0)


def _expression(
    projection: Projection,
    base: Code,
    prefix: tuple[Step, ...],
    imports: Imports,
    depth: int,
) -> Code:
    """Return the expression of a projection of what stands at `prefix` of `base`."""
    match projection:
        case Identity():
            return _picked(base, prefix, imports, depth)
        case Literal(value=value):
            return py(value)
        case Pick(path=path):
            return _picked(base, (*prefix, *path), imports, depth)
        case Shape(path=path, members=members):
            inside = (*prefix, *path)
            shaped = [
                fill("{}: {}", py(k), _expression(v, base, inside, imports, depth))
                for k, v in members
            ]
            return fill("{{{}}}", join(", ", shaped))
        case Items(path=path, item=item):
            array = _picked(base, (*prefix, *path), imports, depth)
            return _each(array, item, (), imports, depth)
        case _:
            assert_never(projection)


def _each(
    array: Code,
    item: Projection,
    prefix: tuple[Step, ...],
    imports: Imports,
    depth: int,
) -> Code:
    imports.add("._shapes", "each")
    element = (verbatim("item"), verbatim("part"))[depth % 2]
    shaped = _expression(item, element, prefix, imports, depth + 1)
    return fill("each({}, lambda {}: {})", array, element, shaped)


def _picked(base: Code, path: tuple[Step, ...], imports: Imports, depth: int) -> Code:
    """Return the expression of what stands at a path, an array at each wildcard."""
    if Each.ELEMENT in path:
        end = path.index(Each.ELEMENT)
        array = _picked(base, path[:end], imports, depth)
        return _each(array, Pick(path[end + 1 :], Anything()), (), imports, depth)
    if not path:
        return base
    imports.add("._shapes", "pick")
    steps = [py(step) for step in path if not isinstance(step, Each)]
    return fill("pick({}, {})", base, join(", ", steps))
