"""The paths of consumed operations."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.language.expressions import Placeholder, Scope, is_name, template
from naftiko_gen.language.urls import find_departure
from naftiko_gen.resolve.consumed.declarations import matching
from naftiko_gen.resolve.templates import text_template
from naftiko_gen.resolve.variable_names import is_constant_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.language import models
    from naftiko_gen.resolve.consumed.parameters import Parameters

    Part = str | ir.Parameter | ir.Variable

_UNUSABLE = re.compile(r"""[?#{}\\"<>^`|\s\x00-\x1f\x7f]""")

_MOST_VARIABLES = 1000


def variables(path: str) -> list[str]:
    """Return the names of a path's variables."""
    return [piece.name for piece in template(path) if isinstance(piece, Placeholder)]


def parts(
    path: str,
    span: Span,
    inputs: Sequence[models.ConsumedInput],
    parameters: Parameters,
    report: Report,
) -> Iterator[Part]:
    """Yield the parts of a path, at least one; report text that no URL can hold."""
    pieces = tuple(_parts(path, span, inputs, parameters, report))
    example = "".join(part if isinstance(part, str) else "{}" for part in pieces)
    problem = find_departure(example)
    if problem and not find_departure(path):
        message = f"the path {quote(path)} is {quote(example)}, which {problem}"
        report.add(Code.UNUSABLE_PATH, message, span)
    yield from pieces


def _parts(
    path: str,
    span: Span,
    inputs: Sequence[models.ConsumedInput],
    parameters: Parameters,
    report: Report,
) -> Iterator[Part]:
    for piece in template(path) or ("",):
        if isinstance(piece, Placeholder):
            read = partial(_variable, piece, span, inputs)
            pieces, parameters = parameters.lower(read, sources)
            yield from pieces
        else:
            if _UNUSABLE.search(piece):
                message = f"{quote(path)} holds characters that no URL path can have"
                report.add(Code.UNUSABLE_PATH, message, span)
            yield piece


def sources(path: Iterable[Part]) -> Iterator[ir.Parameter]:
    """Yield the parameters in a path."""
    return (part for part in path if isinstance(part, ir.Parameter))


def check_length(path: Sequence[Part], span: Span, report: Report) -> None:
    """Report a path with more variables than a Python expression can have."""
    count = sum(not isinstance(part, str) for part in path)
    if count > _MOST_VARIABLES:
        message = f"the path has {count} variables"
        hint = f"a path has at most {_MOST_VARIABLES:,}"
        report.add(Code.UNUSABLE_PATH, message, span, hint)


def _variable(
    placeholder: Placeholder,
    span: Span,
    inputs: Sequence[models.ConsumedInput],
    parameters: Parameters,
) -> tuple[Part, ...]:
    model = matching(placeholder.name, inputs)
    fill = partial(parameters.fill, ir.Place.PATH)
    is_fixed = placeholder.name in parameters.declarations.fixed
    if placeholder.scope is Scope.ENVIRONMENT or is_fixed:
        return tuple(_segments(fill(placeholder, span)))
    if model is not None and model.value is not None:
        return tuple(_segments(text_template(ir.as_text(model.value), span, fill)))
    if model is not None:
        _note_elsewhere(model, parameters.report)
        return (parameters.by_name[model.name],)
    return (_infer_source(placeholder, span, parameters),)


def _infer_source(
    placeholder: Placeholder, span: Span, parameters: Parameters
) -> ir.Parameter | ir.Variable:
    """Return the variable of the environment, or the undeclared parameter."""
    name, environment = placeholder.name, parameters.environment
    variable = environment.bound_variable(placeholder, span)
    if variable is not None:
        return variable
    if is_constant_name(name) and not parameters.is_given(name):
        return environment.variable(placeholder, span)
    return _infer_parameter(placeholder, span, parameters)


def _note_elsewhere(model: models.ConsumedInput, report: Report) -> None:
    if model.place != "path":
        message = f"{quote(model.name)} is in the path, so it is sent only there"
        span = model.node.value_span("name")
        report.add(Code.UNDECLARED_PATH_VARIABLE, message, span)


def _infer_parameter(
    placeholder: Placeholder, span: Span, parameters: Parameters
) -> ir.Parameter:
    if not is_name(placeholder):
        text = quote("{{" + placeholder.name + "}}")
        message = f"{text} holds no valid name"
        parameters.report.add(Code.UNUSABLE_TEMPLATE, message, span)
    message = f"{quote(placeholder.name)} isn't declared, so it is a required string"
    parameters.report.add(Code.UNDECLARED_PATH_VARIABLE, message, span)
    return parameters.infer(placeholder.name, ir.Place.PATH)


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
