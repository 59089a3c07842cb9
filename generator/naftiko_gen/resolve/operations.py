"""Operations: what is sent upstream."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.codes import Code
from naftiko_gen.expressions import Hole, Scope, is_name, template
from naftiko_gen.quoting import shown
from naftiko_gen.resolve.bodies import body
from naftiko_gen.resolve.credentials import credential_header
from naftiko_gen.resolve.headers import (
    is_credential,
    is_framing,
    is_token,
    is_value,
)
from naftiko_gen.resolve.parameters import (
    Parameters,
    declared_inputs,
    matching,
    place_of,
)
from naftiko_gen.resolve.templates import as_text, text_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen import spec
    from naftiko_gen.diagnostics import Report
    from naftiko_gen.resolve.catalogue import Declared
    from naftiko_gen.resolve.environment import Environment
    from naftiko_gen.resolve.units import Unit

_UNUSABLE = re.compile(r"""[?#{}\\"<>^`|\s\x00-\x1f\x7f]""")


@dataclass(frozen=True)
class Resolved:
    """An operation, and the declared parameters that it doesn't send."""

    operation: ir.Operation
    unsent: frozenset[str]


def operation(
    declared: Declared,
    upstream: ir.Upstream,
    units: Sequence[Unit],
    environment: Environment,
    report: Report,
) -> Resolved:
    """Return the operation of a declaration that these units call."""
    parameters = Parameters(units, environment, report)
    return _Request(declared, upstream, parameters, report).resolved()


@dataclass
class _Request:
    """An operation's request while it is put together."""

    declared: Declared
    upstream: ir.Upstream
    parameters: Parameters
    report: Report

    def resolved(self) -> Resolved:
        inputs = declared_inputs(self.declared)
        sent = tuple(model for model in inputs if self._is_sent(model))
        self._declare(sent)
        model = self.declared.operation
        path = tuple(self._path(sent))
        query = tuple(self._values("query", sent))
        headers = tuple(self._values("header", sent))
        fill = partial(self.parameters.fill, ir.Place.BODY)
        content = body(model, tuple(self._values("body", sent)), fill)
        known = tuple(self.parameters.known.values())
        sources = [*path, *_sources(query), *_sources(headers), *_content(content)]
        used = tuple(p for p in known if p in sources)
        self._report_unused(known, used)
        found = ir.Operation(
            model.name,
            self.upstream,
            model.method,
            path,
            used,
            query,
            headers,
            content,
            model.description,
        )
        unsent = {m.name for m in inputs} | {p.name for p in known}
        return Resolved(found, frozenset(unsent - {p.name for p in used}))

    def _declare(self, inputs: Sequence[spec.ConsumedInput]) -> None:
        """Make parameters of what callers give, before any template refers to them."""
        variables = self._variables()
        for model in inputs:
            is_variable = any(matching(name, inputs) is model for name in variables)
            if model.place == "environment":
                variable = self.parameters.environment.named(model.name)
                self.parameters.fixed[model.name] = ir.Setting(variable)
            elif model.value is None and model.place != "cookie":
                place = ir.Place.PATH if is_variable else place_of(model)
                self.parameters.declare(model, place)
            if model.place == "path" and not is_variable:
                message = f"{shown(model.name)} is no variable of the path"
                span = model.node.value_span("name")
                self.report.add(Code.PATH_PARAMETER_NOT_IN_TEMPLATE, message, span)

    def _is_sent(self, model: spec.ConsumedInput) -> bool:
        if model.place == "cookie":
            message = "a cookie as a parameter can't be compiled yet"
            self.report.add(Code.UNSUPPORTED, message, model.node.value_span("in"))
            return False
        return model.place != "header" or self._is_header_sent(model)

    def _is_header_sent(self, model: spec.ConsumedInput) -> bool:
        problem, span = self._header_problem(model), model.node.value_span("name")
        if problem is None:
            return True
        if self._is_dispensable(model):
            message = f"{shown(model.name)} is left out: {problem}"
            self.report.add(Code.REDUNDANT_HEADER, message, span)
            return False
        message = f"{shown(model.name)} can't be a parameter: {problem}"
        self.report.add(Code.UNUSABLE_HEADER, message, span)
        return False

    def _is_dispensable(self, model: spec.ConsumedInput) -> bool:
        """Say whether a header is sent anyway, whatever the caller would give."""
        if model.value is not None:
            return False
        is_credential = model.name.lower() == credential_header(
            self.upstream.credential
        )
        return is_credential or (is_framing(model.name) and not model.required)

    def _header_problem(self, model: spec.ConsumedInput) -> str | None:
        if not is_token(model.name):
            return "it is no name of a header"
        if is_framing(model.name):
            return "the HTTP client sets this header"
        if model.name.lower() == credential_header(self.upstream.credential):
            return "'authentication' sets this header"
        if model.value is None:
            is_secret = is_credential(model.name)
            return "callers have no access to credentials" if is_secret else None
        is_sendable = is_value(as_text(model.value))
        return None if is_sendable else "its value holds characters that no header has"

    def _variables(self) -> list[str]:
        pieces = template(self.declared.resource.path)
        return [piece.name for piece in pieces if isinstance(piece, Hole)]

    def _path(
        self, inputs: Sequence[spec.ConsumedInput]
    ) -> Iterator[str | ir.Parameter | ir.Variable]:
        resource = self.declared.resource
        span = resource.node.value_span("path")
        for piece in template(resource.path):
            match piece:
                case str():
                    if _UNUSABLE.search(piece):
                        message = f"{shown(resource.path)} is no path of a URL"
                        self.report.add(Code.UNUSABLE_PATH, message, span)
                    yield piece
                case Hole():
                    yield from self._variable(piece, inputs)

    def _variable(
        self, hole: Hole, inputs: Sequence[spec.ConsumedInput]
    ) -> Iterator[str | ir.Parameter | ir.Variable]:
        span = self.declared.resource.node.value_span("path")
        model = matching(hole.name, inputs)
        if hole.scope is Scope.ENVIRONMENT:
            yield self.parameters.environment.variable(hole, span)
        elif model is not None and model.value is not None:
            text = as_text(model.value)
            fill = partial(self.parameters.fill, ir.Place.PATH)
            yield from _segments(text_template(text, span, fill))
        elif model is not None and model.name in self.parameters.known:
            yield self.parameters.known[model.name]
        elif hole.name in self.parameters.fixed or not is_name(hole):
            yield from _segments(self.parameters.fill(ir.Place.PATH, hole, span))
        elif variable := self.parameters.environment.bound(hole):
            yield variable
        else:
            message = f"{shown(hole.name)} isn't declared: a required string"
            self.report.add(Code.UNDECLARED_PATH_VARIABLE, message, span)
            yield self.parameters.implied(hole.name, ir.Place.PATH)

    def _values(
        self, place: str, inputs: Sequence[spec.ConsumedInput]
    ) -> Iterator[tuple[str, ir.Template]]:
        for model in inputs:
            if model.place != place or self._is_path_variable(model):
                continue
            if model.value is None:
                yield model.name, ir.Argument(self.parameters.known[model.name])
            else:
                yield model.name, self._fixed(model)

    def _is_path_variable(self, model: spec.ConsumedInput) -> bool:
        found = self.parameters.known.get(model.name)
        return found is not None and found.place is ir.Place.PATH

    def _fixed(self, model: spec.ConsumedInput) -> ir.Template:
        span = model.node.value_span("value")
        if not isinstance(model.value, str):
            return ir.Constant(model.value)
        fill = partial(self.parameters.fill, place_of(model))
        return text_template(model.value, span, fill)

    def _report_unused(
        self, known: Sequence[ir.Parameter], used: Sequence[ir.Parameter]
    ) -> None:
        for parameter in known:
            if parameter not in used:
                message = f"{shown(parameter.name)} has no place in the request body"
                span = self.declared.operation.node.value_span("name")
                self.report.add(Code.UNUSED_PARAMETER, message, span)


def _segments(filled: ir.Template) -> Iterator[str | ir.Parameter | ir.Variable]:
    """Yield the parts of a path that a variable with a `value` stands for."""
    parts = filled.parts if isinstance(filled, ir.Joined) else (filled,)
    for part in parts:
        match part:
            case str():
                yield part
            case ir.Constant():
                yield as_text(part.value)
            case ir.Setting():
                yield part.variable
            case ir.Argument(source=ir.Parameter() as parameter):
                yield parameter
            case _:
                raise TypeError(f"{part} can't stand in a path")


def _content(content: ir.Body | None) -> Iterator[ir.Parameter | ir.Input]:
    match content:
        case ir.Entity():
            yield content.parameter
        case ir.BodyTemplate():
            yield from _arguments(content.template)
        case None:
            pass


def _sources(
    values: Sequence[tuple[str, ir.Template]],
) -> Iterator[ir.Parameter | ir.Input]:
    for _, value in values:
        yield from _arguments(value)


def _arguments(filled: ir.Template) -> Iterator[ir.Parameter | ir.Input]:
    match filled:
        case ir.Argument():
            yield filled.source
        case ir.Joined():
            yield from (p.source for p in filled.parts if isinstance(p, ir.Argument))
        case ir.ObjectTemplate():
            for _, value in filled.entries:
                yield from _arguments(value)
        case ir.ArrayTemplate():
            for item in filled.items:
                yield from _arguments(item)
        case ir.Constant() | ir.Setting():
            pass
