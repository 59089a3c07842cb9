"""Inference of the end of a consumed path.

A parameter with `in: path` needs a variable in the path. If the path has none, the end
of the path is inferred. The end is taken from a route that calls the operation and
continues the path; without one, the parameters are appended in their order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.language.expressions import Placeholder, route, template
from naftiko_gen.language.names import words
from naftiko_gen.resolve.consumed.declarations import matching
from naftiko_gen.resolve.units import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen.language import models
    from naftiko_gen.language.expressions import Pieces
    from naftiko_gen.resolve.catalogue import DeclaredOperation
    from naftiko_gen.resolve.units import Unit

_VERSION = re.compile(r"^/v\d+(\.\d+)*(?=/|$)")
_SINGULAR = {
    "GET": frozenset(
        ("describe", "fetch", "find", "get", "lookup", "read", "retrieve", "show")
    ),
    "PUT": frozenset(("change", "edit", "modify", "put", "replace", "set", "update")),
    "PATCH": frozenset(("change", "edit", "modify", "patch", "set", "update")),
}
"""Verbs that act on a single item, whose identifier is the last segment."""


@dataclass(frozen=True)
class PathSuffix:
    """The inferred end of a path, and the code of its diagnostic."""

    text: str
    code: Code


def unplaced_parameters(
    path: str, inputs: Sequence[models.ConsumedInput]
) -> tuple[models.ConsumedInput, ...]:
    """Return the path parameters without a variable in the path."""
    names = [piece.name for piece in template(path) if isinstance(piece, Placeholder)]
    matches = [matching(name, inputs) for name in names]
    letters = {canonical(name) for name in names}
    return tuple(
        model
        for model in inputs
        if model.place == "path"
        and not any(other is model for other in matches)
        and canonical(model.name) not in letters
    )


def infer_suffix(
    declaration: DeclaredOperation,
    missing: Sequence[models.ConsumedInput],
    units: Sequence[Unit],
) -> PathSuffix:
    """Return the end of an operation's path: the parameters missing from it."""
    names = [model.name for model in missing]
    for unit in units:
        text = _suffix_from_route(declaration.resource.path, names, unit)
        if text is not None:
            return PathSuffix(text, Code.PATH_FROM_ROUTE)
    text = "".join(f"/{{{{{name}}}}}" for name in names)
    is_single = len(names) == 1 and _is_singular(declaration.operation)
    return PathSuffix(text, Code.PATH_FROM_VERB if is_single else Code.GUESSED_PATH)


def _is_singular(operation: models.ConsumedOperation) -> bool:
    verbs = _SINGULAR.get(operation.method, frozenset())
    name_words = {word.lower() for word in words(operation.name)}
    return operation.method == "DELETE" or bool(name_words & verbs)


# --- from a route ---


def _suffix_from_route(path: str, names: Sequence[str], unit: Unit) -> str | None:
    """Return the rest of a unit's route after a path, if it has exactly these names."""
    if unit.resource is None:
        return None
    for start, route_path in _candidates(path, unit.resource.path):
        rest = _rest_of(template(start), route(route_path))
        if rest is not None:
            pieces = [_rename_variable(piece, names, unit) for piece in rest]
            placeholders = [
                piece.name for piece in pieces if isinstance(piece, Placeholder)
            ]
            if sorted(placeholders) == sorted(names):
                return "".join(map(_as_text, pieces))
    return None


def _candidates(path: str, route_path: str) -> Iterator[tuple[str, str]]:
    """Yield path and route as written, then without version prefixes."""
    bare = _VERSION.sub("", route_path)
    yield path, route_path
    yield path, bare
    yield _VERSION.sub("", path), bare


def _rest_of(start: Pieces, pieces: Pieces) -> Pieces | None:
    """Return the rest of a route after a start, whose variables may have any names."""
    before, after = _without_names(start).rstrip("/"), _without_names(pieces)
    if not before.strip("/") or not after.startswith(f"{before}/"):
        return None
    placeholders = iter([piece for piece in pieces if isinstance(piece, Placeholder)])
    for _ in range(before.count("\0")):
        next(placeholders)
    parts = re.split("(\0)", after.removeprefix(before))
    return tuple(next(placeholders) if part == "\0" else part for part in parts if part)


def _without_names(pieces: Pieces) -> str:
    return "".join(
        "\0" if isinstance(piece, Placeholder) else piece for piece in pieces
    )


def _rename_variable(
    piece: str | Placeholder, names: Sequence[str], unit: Unit
) -> str | Placeholder:
    """Rename a route's variable to the parameter that it feeds."""
    if isinstance(piece, str):
        return piece
    parameter_names = {
        placeholder.name.removeprefix("path."): entry.key
        for entry in unit.arguments
        if (placeholder := unit.whole(entry.value))
    }
    letters = canonical(parameter_names.get(piece.name, piece.name))
    name = next((name for name in names if canonical(name) == letters), piece.name)
    return Placeholder(name, piece.scope)


def _as_text(piece: str | Placeholder) -> str:
    return piece if isinstance(piece, str) else f"{{{{{piece.name}}}}}"
