"""The ends of consumed paths that a document leaves out.

A parameter with `in: path` whose path has no variable of that name must stand
somewhere. Where is guessed: from a route that calls the operation and goes on behind
the same path, else at the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.language.expressions import Hole, route, template
from naftiko_gen.language.names import words
from naftiko_gen.resolve.consumed.parameters import matching
from naftiko_gen.resolve.units import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen.language import models
    from naftiko_gen.language.expressions import Pieces
    from naftiko_gen.resolve.catalogue import Declared
    from naftiko_gen.resolve.units import Unit

_VERSION = re.compile(r"^/v\d+(\.\d+)*(?=/|$)")
_SINGULAR = {
    "GET": frozenset(
        ("describe", "fetch", "find", "get", "lookup", "read", "retrieve", "show")
    ),
    "PUT": frozenset(("change", "edit", "modify", "put", "replace", "set", "update")),
    "PATCH": frozenset(("change", "edit", "modify", "patch", "set", "update")),
}
"""Verbs of what is done to one thing, whose name ends its address."""


@dataclass(frozen=True)
class Tail:
    """What is put behind a path, and the code of the guess."""

    text: str
    code: Code


def orphans(
    path: str, inputs: Sequence[models.ConsumedInput]
) -> tuple[models.ConsumedInput, ...]:
    """Return the path parameters that a path has no variable for."""
    names = [piece.name for piece in template(path) if isinstance(piece, Hole)]
    matched = [matching(name, inputs) for name in names]
    spellings = {canonical(name) for name in names}
    return tuple(
        model
        for model in inputs
        if model.place == "path"
        and not any(each is model for each in matched)
        and canonical(model.name) not in spellings
    )


def tail(
    declared: Declared, missing: Sequence[models.ConsumedInput], units: Sequence[Unit]
) -> Tail:
    """Return where the missing parameters of an operation stand behind its path."""
    names = [model.name for model in missing]
    for unit in units:
        found = _of_route(declared.resource.path, names, unit)
        if found is not None:
            return Tail(found, Code.PATH_FROM_ROUTE)
    text = "".join(f"/{{{{{name}}}}}" for name in names)
    is_single = len(names) == 1 and _is_singular(declared.operation)
    return Tail(text, Code.PATH_FROM_VERB if is_single else Code.GUESSED_PATH)


def _is_singular(operation: models.ConsumedOperation) -> bool:
    verbs = _SINGULAR.get(operation.method, frozenset())
    spoken = {word.lower() for word in words(operation.name)}
    return operation.method == "DELETE" or bool(spoken & verbs)


# --- what a route says ---


def _of_route(path: str, names: Sequence[str], unit: Unit) -> str | None:
    """Return how a unit's route goes on behind a path, if the names are all of that."""
    if unit.resource is None:
        return None
    for start, whole in _readings(path, unit.resource.path):
        rest = _continued(template(start), route(whole))
        if rest is not None:
            meant = [_named(piece, names, unit) for piece in rest]
            holes = [piece.name for piece in meant if isinstance(piece, Hole)]
            if sorted(holes) == sorted(names):
                return "".join(map(_written, meant))
    return None


def _readings(path: str, whole: str) -> Iterator[tuple[str, str]]:
    """Yield path and route as they are, then without the versions at their starts."""
    bare = _VERSION.sub("", whole)
    yield path, whole
    yield path, bare
    yield _VERSION.sub("", path), bare


def _continued(start: Pieces, whole: Pieces) -> Pieces | None:
    """Return what is behind the start; the names of its variables don't matter."""
    before, after = _nameless(start).rstrip("/"), _nameless(whole)
    if not before.strip("/") or not after.startswith(f"{before}/"):
        return None
    holes = iter([piece for piece in whole if isinstance(piece, Hole)])
    for _ in range(before.count("\0")):
        next(holes)
    parts = re.split("(\0)", after.removeprefix(before))
    return tuple(next(holes) if part == "\0" else part for part in parts if part)


def _nameless(pieces: Pieces) -> str:
    return "".join("\0" if isinstance(piece, Hole) else piece for piece in pieces)


def _named(piece: str | Hole, names: Sequence[str], unit: Unit) -> str | Hole:
    """Return a route's variable under the name of the parameter that it feeds."""
    if isinstance(piece, str):
        return piece
    given = {
        hole.name.removeprefix("path."): entry.key
        for entry in unit.arguments
        if (hole := unit.whole(entry.value))
    }
    meant = canonical(given.get(piece.name, piece.name))
    name = next((each for each in names if canonical(each) == meant), piece.name)
    return Hole(name, piece.scope)


def _written(piece: str | Hole) -> str:
    return piece if isinstance(piece, str) else f"{{{{{piece.name}}}}}"
