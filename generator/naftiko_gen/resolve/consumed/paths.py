"""The paths of consumed operations, and the inference of their ends.

A parameter with `in: path` needs a variable in the path. If the path has none, the end
of the path is inferred. The end is taken from a route that calls the operation and
continues the path; without one, the parameters are appended in their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Span, quote
from naftiko_gen.language import models
from naftiko_gen.language.expressions import (
    Pieces,
    Placeholder,
    Scope,
    is_name,
    route,
    template,
)
from naftiko_gen.language.names import words
from naftiko_gen.language.urls import find_departure
from naftiko_gen.resolve.catalogue import DeclaredOperation
from naftiko_gen.resolve.consumed.declarations import matching
from naftiko_gen.resolve.consumed.parameters import Parameters
from naftiko_gen.resolve.environment import is_constant_name
from naftiko_gen.resolve.templates import text_template
from naftiko_gen.resolve.units import Unit, canonical

Part = str | ir.Parameter | ir.Variable


_VERSION = re.compile(r"^/v\d+(\.\d+)*(?=/|$)")
_SINGULAR = {
    "GET": frozenset(
        ("describe", "fetch", "find", "get", "lookup", "read", "retrieve", "show")
    ),
    "PUT": frozenset(("change", "edit", "modify", "put", "replace", "set", "update")),
    "PATCH": frozenset(("change", "edit", "modify", "patch", "set", "update")),
}
"""Verbs that act on a single item, whose identifier is the last segment."""


def unplaced_parameters(
    path: str, inputs: Sequence[models.ConsumedInput]
) -> tuple[models.ConsumedInput, ...]:
    """Return the path parameters without a variable in the path."""
    names = variables(path)
    matches = [matching(name, inputs) for name in names]
    letters = {canonical(name) for name in names}
    return tuple(
        model
        for model in inputs
        if model.place == "path"
        and not any(other is model for other in matches)
        and canonical(model.name) not in letters
    )


def undeclared_variables(
    path: str, inputs: Sequence[models.ConsumedInput]
) -> list[str]:
    """Return the variables of a path that no parameter declares."""
    return [name for name in variables(path) if matching(name, inputs) is None]


def infer_suffix(
    declaration: DeclaredOperation,
    missing: Sequence[models.ConsumedInput],
    units: Sequence[Unit],
) -> tuple[str, Code]:
    """Return the end of an operation's path, and the code of its diagnostic.

    It has the parameters that are missing from the path.
    """
    names = [model.name for model in missing]
    for unit in units:
        text = _suffix_from_route(declaration.resource.path, names, unit)
        if text is not None:
            return text, Code.PATH_FROM_ROUTE
    text = "".join(f"/{{{{{name}}}}}" for name in names)
    is_single = len(names) == 1 and _is_singular(declaration.operation)
    return text, Code.PATH_FROM_VERB if is_single else Code.GUESSED_PATH


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


UNUSABLE = re.compile(r"""[?#{}\\"<>^`|\s\x00-\x1f\x7f]""")
"""Characters that no path can have."""
_MOST_VARIABLES = 1000


def variables(path: str) -> list[str]:
    """Return the names of a path's variables."""
    return [piece.name for piece in template(path) if isinstance(piece, Placeholder)]


def sources(path: Iterable[Part]) -> Iterator[ir.Parameter]:
    """Yield the parameters in a path."""
    return (part for part in path if isinstance(part, ir.Parameter))


@dataclass(frozen=True)
class PathReader:
    """Reader of the path of an operation, which has some inputs and parameters."""

    text: str
    span: Span
    inputs: Sequence[models.ConsumedInput]
    parameters: Parameters

    def parts(self) -> tuple[Part, ...]:
        """Return the parts, at least one; report a path that no request can have."""
        parts = tuple(self._parts())
        example = "".join(part if isinstance(part, str) else "{}" for part in parts)
        problem = find_departure(example)
        if problem and not find_departure(self.text):
            fault = f"is {quote(example)}, which {problem}"
            self._refuse(f"the path {quote(self.text)} {fault}")
        count = sum(not isinstance(part, str) for part in parts)
        if count > _MOST_VARIABLES:
            hint = f"a path has at most {_MOST_VARIABLES:,}"
            self._refuse(f"the path has {count} variables", hint)
        return parts

    def _refuse(self, message: str, hint: str | None = None) -> None:
        self.parameters.report.add(Code.UNUSABLE_PATH, message, self.span, hint)

    def _parts(self) -> Iterator[Part]:
        for piece in template(self.text) or ("",):
            if isinstance(piece, Placeholder):
                yield from self._variable(piece)
            else:
                if UNUSABLE.search(piece):
                    fault = "holds characters that no URL path can have"
                    self._refuse(f"{quote(self.text)} {fault}")
                yield piece

    def _variable(self, placeholder: Placeholder) -> tuple[Part, ...]:
        parameters, span = self.parameters, self.span
        model = matching(placeholder.name, self.inputs)
        fill = partial(parameters.fill, ir.Place.PATH)
        is_fixed = placeholder.name in parameters.fixed
        if placeholder.scope is Scope.ENVIRONMENT or is_fixed:
            return tuple(_segments(fill(placeholder, span)))
        if model is None:
            return (self._infer_source(placeholder),)
        if model.value is not None:
            return tuple(_segments(text_template(ir.as_text(model.value), span, fill)))
        if model.place != "path":
            message = f"{quote(model.name)} is in the path, so it is sent only there"
            code = Code.UNDECLARED_PATH_VARIABLE
            parameters.report.add(code, message, model.at("name"))
        return (parameters.by_name[model.name],)

    def _infer_source(self, placeholder: Placeholder) -> ir.Parameter | ir.Variable:
        """Return the variable of the environment, or the undeclared parameter."""
        name, environment = placeholder.name, self.parameters.environment
        variable = environment.bound_variable(placeholder, self.span)
        if variable is not None:
            return variable
        if is_constant_name(name) and not self.parameters.is_given(name):
            return environment.variable(placeholder, self.span)
        report = self.parameters.report
        if not is_name(placeholder):
            message = f"{quote('{{' + name + '}}')} holds no valid name"
            report.add(Code.UNUSABLE_TEMPLATE, message, self.span)
        message = f"{quote(name)} isn't declared, so it is a required string"
        report.add(Code.UNDECLARED_PATH_VARIABLE, message, self.span)
        return self.parameters.infer(name, ir.Place.PATH)


def _segments(template: ir.Template) -> Iterator[str | ir.Parameter | ir.Variable]:
    """Yield the parts of a path from a variable's fixed value."""
    parts = template.parts if isinstance(template, ir.Joined) else (template,)
    for part in parts:
        match part:
            case str():
                yield part
            case ir.Constant():
                yield ir.as_text(part.value)
            case ir.Setting():
                yield part.variable
            case ir.Argument(source=ir.Parameter() as parameter):
                yield parameter
            case _:
                raise TypeError(f"{part} can't stand in a path")
