"""Parameters of consumed operations: declared, inferred from templates, or undeclared.

A write operation without a declared body may send one. Keys in the `with` of a unit
that match no parameter are sent as extra parameters: where other operations of the API
declare their names, else in the body of a write or in the query.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Placeholder, Scope, is_name
from naftiko_gen.resolve.catalogue import DeclaredOperation
from naftiko_gen.resolve.consumed.declarations import default_type, every_input
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

_BODY_DESCRIPTION = "The body of the request."


@dataclass(frozen=True)
class Parameters:
    """The parameters that the templates of one operation can name.

    The first mention of an undeclared name decides on its parameter.

    Attributes:
        names: Matches keys of `with` to declared parameters, also to those not sent.
        typed: The names of parameters that declare a type.
        fixed: The values of names that are no parameters: variables and keys.
        units: The units that call the operation.
        by_name: The declared parameters that are sent, then the inferred ones.
    """

    declared: DeclaredOperation
    names: NameMatcher
    typed: frozenset[str]
    fixed: Mapping[str, ir.Template]
    units: Sequence[Unit]
    environment: Environment
    report: Report
    by_name: dict[str, ir.Parameter]

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
        names = NameMatcher({*self.names.names, *self.by_name, name})
        passing = [
            unit
            for unit in self.units
            if not isinstance(unit.argument(name), tree.Mapping)
            and not any(names.unmatched_entries(unit))
        ]
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
        is_typed = parameter.name in self.typed
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
        name, scope = placeholder.name, placeholder.scope
        if scope is not Scope.ENVIRONMENT:
            if name in self.by_name:
                return ir.Argument(self.by_name[name])
            if name in self.fixed:
                return self.fixed[name]
        variable = self.environment.bound_variable(placeholder, span)
        if variable:
            return ir.Setting(variable)
        is_constant = scope is Scope.ANY and is_constant_name(name)
        if scope is Scope.ENVIRONMENT or is_constant:
            return ir.Setting(self.environment.variable(placeholder, span))
        # A name is reported at its first mention in the operation.
        key = self.declared.key
        if not is_name(placeholder):
            message = f"{quote('{{' + name + '}}')} holds no valid name"
            self.report.add_first(Code.UNUSABLE_TEMPLATE, message, span, key)
        if not all(unit.gives(name) for unit in self.units):
            message = f"{quote(name)} isn't declared, so it becomes a parameter"
            self.report.add_first(Code.IMPLICIT_PARAMETER, message, span, key)
        return ir.Argument(self.infer(name, place, usage))


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

    def with_body(self, body: ir.Body, extra: tuple[ir.Parameter, ...]) -> Completion:
        """Return this with a body in which extra parameters are sent."""
        parameters = (*self.operation.parameters, *extra)
        operation = replace(self.operation, parameters=parameters, body=body)
        return replace(self, operation=operation, extra=extra)


@dataclass(frozen=True)
class Completer:
    """Adds the undeclared body and parameters that units pass to an operation."""

    declared: DeclaredOperation
    names: Collection[str]
    """The names that the operation declares."""
    parameters: Parameters

    def complete(self, operation: ir.Operation) -> Completion:
        """Return the operation with the undeclared parameters that its units pass."""
        known_names = {*self.names, *(p.name for p in operation.parameters)}
        is_described = self.declared.operation.body is not None or BODY in known_names
        is_write = operation.method in _WRITES
        is_open = is_write and not operation.body and not is_described
        extra = self._extra(operation, known_names | ({BODY} if is_open else set()))
        places = self._declared_places(operation, extra)
        outside = tuple(
            self.parameters.infer_extra(name, place, extra.pop(name))
            for name, place in places.items()
        )
        operation = _in_places(operation, outside)
        if not is_open:
            completion = Completion(operation, self._callers_body(operation))
        elif self._is_passed_on(extra):
            completion = self._with_body(operation)
        else:
            completion, extra = self._with_members(operation, extra), {}
        if extra:
            completion = self._with_extra(completion, extra)
        return replace(completion, extra=(*outside, *completion.extra))

    def _extra(
        self, operation: ir.Operation, known_names: Collection[str]
    ) -> dict[str, list[Unit]]:
        """Return the keys that match no parameter, and the units that have them."""
        credential = operation.upstream.credential
        reserved_names = (name for _, name in reserved_slots(credential))
        names = NameMatcher({*known_names, *reserved_names})
        extra: dict[str, list[Unit]] = {}
        for unit in self.parameters.units:
            for entry in names.unmatched_entries(unit):
                if entry.key not in slot_names(credential):
                    extra.setdefault(entry.key, []).append(unit)
        return extra

    def _declared_places(
        self, operation: ir.Operation, names: Collection[str]
    ) -> dict[str, ir.Place]:
        """Return the places of names that other operations declare in a single place.

        A name that they declare in the body stands where it would anyway: a GET has
        none.
        """
        places: dict[str, set[ir.Place | None]] = {}
        for model in every_input(self.declared.consumes) if names else ():
            if model.name in names:
                places.setdefault(model.name, set()).add(_place_of(model, operation))
        single = {
            n: options.pop() for n, options in places.items() if len(options) == 1
        }
        return {name: place for name, place in single.items() if place is not None}

    # --- undescribed bodies ---

    def _is_passed_on(self, extra: Mapping[str, Sequence[Unit]]) -> bool:
        """Return whether a unit gives a whole body, rather than members of it."""
        making = {unit for giving in extra.values() for unit in giving}
        return any(
            unit.gives(BODY) or (unit.has_room_for_body and unit not in making)
            for unit in self.parameters.units
        )

    def _with_members(
        self, operation: ir.Operation, extra: dict[str, list[Unit]]
    ) -> Completion:
        """Build the body from the members that the units pass; no members, no body."""
        completion = Completion(operation)
        extras = self._extra_parameters(extra, ir.Place.BODY)
        body = ir.BodyTemplate(ir.ObjectTemplate(_fields(extras)))
        return completion.with_body(body, extras) if extras else completion

    def _with_body(self, operation: ir.Operation) -> Completion:
        name, parameters = quote(operation.name), self.parameters
        message = f"{name} describes no body, so it takes an optional one"
        span = self.declared.operation.at("name")
        parameters.report.add(Code.UNDESCRIBED_BODY, message, span)
        body = parameters.passed_on(parameters.infer_body(BODY, ir.Anything()))
        completion = Completion(operation, body).with_body(ir.Entity(body), (body,))
        return replace(completion, extra=())

    def _callers_body(self, operation: ir.Operation) -> ir.Parameter | None:
        """Return the parameter that is a declared body without a description."""
        content = operation.body
        match self.declared.operation.body:
            case None | str():
                return None
            case models.BytesBody() if not isinstance(content, ir.BytesBody):
                # Another part of the request sends the parameter as well, as text.
                return None
            case model:
                body = content.whole if content and model.data is None else None
                return None if body is None or body.name in self.names else body

    # --- extra parameters ---

    def _with_extra(
        self, completion: Completion, extra: dict[str, list[Unit]]
    ) -> Completion:
        operation = completion.operation
        if operation.method not in _WRITES:
            extras = self._extra_parameters(extra, ir.Place.QUERY)
            operation = _in_places(operation, extras)
            return replace(completion, operation=operation, extra=extras)
        body = operation.body
        if not isinstance(body, ir.StructuredBody) or body.open_members is None:
            # The call builds the body from the extra keys, or reports them.
            return completion
        body_names = {name for name, _ in body.open_members}
        free = {name: units for name, units in extra.items() if name not in body_names}
        extras = self._extra_parameters(free, ir.Place.BODY)
        return completion.with_body(body.with_members(_fields(extras)), extras)

    def _extra_parameters(
        self, extra: dict[str, list[Unit]], place: ir.Place
    ) -> tuple[ir.Parameter, ...]:
        infer = self.parameters.infer_extra
        return tuple(infer(name, place, by) for name, by in extra.items())


def _place_of(model: models.ConsumedInput, operation: ir.Operation) -> ir.Place | None:
    """Return the place of another operation's parameter, if a request can have it."""
    match model.place:
        case "query":
            return ir.Place.QUERY
        case "header" if is_free(model.name, operation.upstream.credential):
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


def _fields(parameters: tuple[ir.Parameter, ...]) -> Fields:
    return tuple((parameter.name, ir.Argument(parameter)) for parameter in parameters)
