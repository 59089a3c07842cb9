"""Parameters of consumed operations: declared, inferred from templates, or undeclared.

A write operation without a declared body may send one. Keys in the `with` of a unit
that match no parameter are sent as extra parameters: where other operations of the API
declare their names, else in the body of a write or in the query.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Placeholder, Scope, is_name
from naftiko_gen.resolve.catalogue import DeclaredOperation
from naftiko_gen.resolve.consumed.declarations import (
    Declarations,
    default_type,
    every_input,
)
from naftiko_gen.resolve.consumed.places import is_free, reserved_slots, slot_names
from naftiko_gen.resolve.environment import Environment, is_constant_name
from naftiko_gen.resolve.types import type_of
from naftiko_gen.resolve.units import Unit
from naftiko_gen.resolve.usage import (
    BODY,
    NameMatcher,
    Usage,
    infer_json_type,
    is_declared,
    is_passed_on,
    usage_of,
)
from naftiko_gen.syntax import tree

Fields = tuple[tuple[str, ir.Template], ...]


Result = TypeVar("Result")

_BODY_DESCRIPTION = "The body of the request."


@dataclass(frozen=True)
class Parameters:
    """The parameters that the templates of one operation can name.

    The first mention of an undeclared name decides on its parameter.
    """

    declared: DeclaredOperation
    declarations: Declarations
    units: Sequence[Unit]
    """The units that call the operation."""
    environment: Environment
    report: Report
    by_name: dict[str, ir.Parameter]
    """The parameters by name: the declared ones, then the inferred ones."""

    def note(self, mentions: Iterable[ir.Parameter | ir.Input]) -> bool:
        """Keep the parameters that templates mention; return whether they are one each.

        A template may give a known parameter a more specific type. Of several mentions
        the first counts.
        """
        parameters = [
            mention for mention in mentions if not isinstance(mention, ir.Input)
        ]
        self.by_name.update({p.name: p for p in reversed(parameters)})
        return all(self.by_name[p.name] is p for p in parameters)

    def infer(
        self, name: str, place: ir.Place, usage: Usage | None = None
    ) -> ir.Parameter:
        """Return the parameter of a name that only a path or a template mentions."""
        if name not in self.by_name:
            self.by_name[name] = infer_parameter(name, place, self.units, usage)
        return self.by_name[name]

    def infer_body(self, name: str, kind: ir.Type) -> ir.Parameter:
        """Return the inferred parameter for a body without a declared structure.

        Units that compose the body of members are ignored: they don't describe it.
        """
        parameter = infer_parameter(name, ir.Place.BODY, self.units)
        names = NameMatcher({*self.declarations.names.names, *self.by_name, name})
        passing = [unit for unit in self.units if not _composes(unit, name, names)]
        if passing and not is_declared(self.units, name):
            parameter = replace(parameter, description=_BODY_DESCRIPTION)
        if kind == ir.Anything():
            kind = infer_json_type(passing, name)
        return self.narrow_type(self.by_name.get(name) or parameter, kind)

    def infer_extra(
        self, name: str, place: ir.Place, by: Sequence[Unit]
    ) -> ir.Parameter:
        """Return the extra parameter that only these units pass."""
        return self.by_name.get(name) or infer_parameter(name, place, by)

    def is_given(self, name: str) -> bool:
        """Return whether a unit names it in `with`, its inputs or its route."""
        return any(unit.gives(name) for unit in self.units)

    def narrow_type(self, parameter: ir.Parameter, kind: ir.Type) -> ir.Parameter:
        """Return the parameter with a more specific type; bytes override any type."""
        if kind == ir.Bytes():
            is_array = isinstance(parameter.type, ir.Array)
            kind = ir.Array(kind) if is_array else kind
        elif parameter.type != ir.Anything():
            return parameter
        return _of_type(parameter, kind)

    def passed_on(self, parameter: ir.Parameter) -> ir.Parameter:
        """Return the parameter for a whole JSON body.

        If a route feeds it from an untyped input, it accepts any JSON.
        """
        is_typed = parameter.name in self.declarations.typed
        if is_typed or not is_passed_on(self.units, parameter.name):
            return parameter
        return _of_type(parameter, ir.Anything())

    def fill(
        self,
        place: ir.Place,
        placeholder: Placeholder,
        span: Span,
        usage: Usage | None = None,
    ) -> ir.Template:
        """Return the value of a placeholder in a template that is sent at that place.

        A placeholder names a parameter, else a variable in `binds`. An undeclared name
        in UPPER_SNAKE is a variable, any other a parameter. `usage` is the one that
        the template itself implies.
        """
        if (
            placeholder.scope is not Scope.ENVIRONMENT
            and placeholder.name in self.by_name
        ):
            return ir.Argument(self.by_name[placeholder.name])
        if (
            placeholder.scope is not Scope.ENVIRONMENT
            and placeholder.name in self.declarations.fixed
        ):
            return self.declarations.fixed[placeholder.name]
        variable = self.environment.bound_variable(placeholder, span)
        if variable:
            return ir.Setting(variable)
        if self._names_variable(placeholder):
            return ir.Setting(self.environment.variable(placeholder, span))
        return ir.Argument(self._implicit(place, placeholder, span, usage))

    def _names_variable(self, placeholder: Placeholder) -> bool:
        is_constant = placeholder.scope is Scope.ANY and is_constant_name(
            placeholder.name
        )
        return placeholder.scope is Scope.ENVIRONMENT or is_constant

    def _implicit(
        self, place: ir.Place, placeholder: Placeholder, span: Span, usage: Usage | None
    ) -> ir.Parameter:
        if not is_name(placeholder):
            text = quote("{{" + placeholder.name + "}}")
            message = f"{text} holds no valid name"
            self._report(Code.UNUSABLE_TEMPLATE, message, span)
        if not all(unit.gives(placeholder.name) for unit in self.units):
            message = (
                f"{quote(placeholder.name)} isn't declared, so it becomes a parameter"
            )
            self._report(Code.IMPLICIT_PARAMETER, message, span)
        return self.infer(placeholder.name, place, usage)

    def _report(self, code: Code, message: str, span: Span) -> None:
        """Report a name at its first mention in the operation."""
        self.report.add_first(code, message, span, self.declared.key)


def _of_type(parameter: ir.Parameter, kind: ir.Type) -> ir.Parameter:
    return parameter if parameter.type == kind else replace(parameter, type=kind)


def infer_parameter(
    name: str, place: ir.Place, units: Sequence[Unit], usage: Usage | None = None
) -> ir.Parameter:
    """Return the parameter of an undeclared name, from `usage`, else from its units."""
    unit_usage = usage_of(units, name)
    usage = usage or unit_usage
    kind = usage.type or unit_usage.type
    return ir.Parameter(
        name,
        place,
        type_of(kind) if kind else default_type(place),
        place is ir.Place.PATH or usage.required,
        usage.description or unit_usage.description,
    )


def _composes(unit: Unit, body: str, names: NameMatcher) -> bool:
    """Return whether a unit composes a body of members, rather than passing one on."""
    is_structure = isinstance(unit.argument(body), tree.Mapping)
    return is_structure or any(names.unmatched_entries(unit))


_WRITES = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True)
class Completion:
    """An operation with its undeclared body and parameters.

    Attributes:
        operation: It sends the added parts only if a call passes them.
        undescribed: The parameter that is its body, if nothing describes the body.
        extra: Parameters that only some units pass, by `with`.
    """

    operation: ir.Operation
    undescribed: ir.Parameter | None = None
    extra: tuple[ir.Parameter, ...] = ()


def with_undeclared(
    operation: ir.Operation,
    declaration: DeclaredOperation,
    names: Collection[str],
    parameters: Parameters,
) -> Completion:
    """Return the operation with the undeclared parameters that its units pass."""
    known_names = {*names, *(parameter.name for parameter in operation.parameters)}
    is_open = _is_open(operation, declaration, known_names)
    known_names |= {BODY} if is_open else set()
    extra = _extra(operation, known_names, parameters.units)
    places = _declared_places(declaration, operation, extra)
    outside = tuple(
        parameters.infer_extra(name, place, extra.pop(name))
        for name, place in places.items()
    )
    operation = _in_places(operation, outside)
    if not is_open:
        completion = Completion(operation, _callers_body(operation, declaration, names))
    elif _is_passed_on(extra, parameters.units):
        completion = _with_body(operation, declaration, parameters)
    else:
        completion = _with_members(operation, extra, parameters)
        extra = {}
    if extra:
        completion = _with_extra(completion, extra, parameters)
    return replace(completion, extra=(*outside, *completion.extra))


# --- places that other operations declare ---


def _declared_places(
    declaration: DeclaredOperation, operation: ir.Operation, names: Collection[str]
) -> dict[str, ir.Place]:
    """Return the places of names that other operations declare in a single place.

    A name that they declare in the body stands where it would anyway: a GET has none.
    """
    places: dict[str, set[ir.Place | None]] = {}
    for model in every_input(declaration.consumes) if names else ():
        if model.name in names:
            places.setdefault(model.name, set()).add(_place_of(model, operation))
    single_places = (
        (name, next(iter(options)))
        for name, options in places.items()
        if len(options) == 1
    )
    return {name: place for name, place in single_places if place is not None}


def _place_of(model: models.ConsumedInput, operation: ir.Operation) -> ir.Place | None:
    """Return the place of another operation's parameter, if a request can have it."""
    credential = operation.upstream.credential
    match model.place:
        case "query":
            return ir.Place.QUERY
        case "header" if is_free(model.name, credential):
            return ir.Place.HEADER
        case _:
            return None


def _in_places(
    operation: ir.Operation, extra: tuple[ir.Parameter, ...]
) -> ir.Operation:
    """Return the operation with further parameters outside of its body."""

    def fields(place: ir.Place) -> Fields:
        return _fields(tuple(p for p in extra if p.place is place))

    return replace(
        operation,
        parameters=(*operation.parameters, *extra),
        query=(*operation.query, *fields(ir.Place.QUERY)),
        headers=(*operation.headers, *fields(ir.Place.HEADER)),
    )


# --- undescribed bodies ---


def _is_open(
    operation: ir.Operation,
    declaration: DeclaredOperation,
    known_names: Collection[str],
) -> bool:
    """Return whether a write operation has no described body."""
    is_described = declaration.operation.body is not None or BODY in known_names
    return operation.method in _WRITES and not operation.body and not is_described


def _is_passed_on(extra: Mapping[str, Sequence[Unit]], units: Sequence[Unit]) -> bool:
    """Return whether a unit gives a whole body, rather than members of it."""
    making = {unit for giving in extra.values() for unit in giving}
    return any(
        unit.gives(BODY) or (unit.has_room_for_body and unit not in making)
        for unit in units
    )


def _with_members(
    operation: ir.Operation, extra: dict[str, list[Unit]], parameters: Parameters
) -> Completion:
    """Build the body from the members that the units pass; no members, no body."""
    completion = Completion(operation)
    extras = _extra_parameters(extra, ir.Place.BODY, parameters)
    body = ir.BodyTemplate(ir.ObjectTemplate(_fields(extras)))
    return _in_body(completion, body, extras) if extras else completion


def _with_body(
    operation: ir.Operation, declaration: DeclaredOperation, parameters: Parameters
) -> Completion:
    message = f"{quote(operation.name)} describes no body, so it takes an optional one"
    span = declaration.operation.node.value_span("name")
    parameters.report.add(Code.UNDESCRIBED_BODY, message, span)
    body = parameters.passed_on(parameters.infer_body(BODY, ir.Anything()))
    with_body = replace(
        operation, body=ir.Entity(body), parameters=(*operation.parameters, body)
    )
    return Completion(with_body, body)


def _callers_body(
    operation: ir.Operation, declaration: DeclaredOperation, names: Collection[str]
) -> ir.Parameter | None:
    """Return the parameter that is a declared body without a description."""
    content = operation.body
    match declaration.operation.body:
        case None | str():
            return None
        case models.BytesBody() if not isinstance(content, ir.BytesBody):
            # Another part of the request sends the parameter as well, as text.
            return None
        case model:
            body = content.whole if content and model.data is None else None
            return None if body is None or body.name in names else body


# --- extra parameters ---


def _extra(
    operation: ir.Operation, known_names: Collection[str], units: Sequence[Unit]
) -> dict[str, list[Unit]]:
    """Return the keys that match no parameter, and the units that have them."""
    credential = operation.upstream.credential
    names = NameMatcher(
        {*known_names, *(name for _, name in reserved_slots(credential))}
    )
    extra: dict[str, list[Unit]] = {}
    for unit in units:
        for entry in names.unmatched_entries(unit):
            if entry.key not in slot_names(credential):
                extra.setdefault(entry.key, []).append(unit)
    return extra


def _with_extra(
    completion: Completion, extra: dict[str, list[Unit]], parameters: Parameters
) -> Completion:
    operation = completion.operation
    if operation.method not in _WRITES:
        extras = _extra_parameters(extra, ir.Place.QUERY, parameters)
        return replace(
            completion, operation=_in_places(operation, extras), extra=extras
        )
    body = operation.body
    if not isinstance(body, ir.StructuredBody) or body.open_members is None:
        # The call builds the body from the extra keys, or reports them.
        return completion
    body_names = {name for name, _ in body.open_members}
    free = {name: units for name, units in extra.items() if name not in body_names}
    extras = _extra_parameters(free, ir.Place.BODY, parameters)
    return _in_body(completion, body.with_members(_fields(extras)), extras)


def _extra_parameters(
    extra: dict[str, list[Unit]], place: ir.Place, parameters: Parameters
) -> tuple[ir.Parameter, ...]:
    return tuple(parameters.infer_extra(name, place, by) for name, by in extra.items())


def _in_body(
    completion: Completion, body: ir.Body, extra: tuple[ir.Parameter, ...]
) -> Completion:
    operation = completion.operation
    parameters = (*operation.parameters, *extra)
    new_operation = replace(operation, parameters=parameters, body=body)
    return replace(completion, operation=new_operation, extra=extra)


def _fields(parameters: tuple[ir.Parameter, ...]) -> Fields:
    return tuple((parameter.name, ir.Argument(parameter)) for parameter in parameters)
