"""Parameters of consumed operations: declared, or inferred from templates."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language.expressions import Placeholder, Scope, is_name
from naftiko_gen.resolve.consumed.usage import (
    Usage,
    infer_json_type,
    is_declared,
    is_passed_on,
    usage_of,
)
from naftiko_gen.resolve.environment import check_name, is_constant_name
from naftiko_gen.resolve.name_matching import NameMatcher
from naftiko_gen.resolve.types import type_of
from naftiko_gen.resolve.units import canonical
from naftiko_gen.syntax.tree import Mapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.language import models
    from naftiko_gen.resolve.catalogue import Declared
    from naftiko_gen.resolve.environment import Environment
    from naftiko_gen.resolve.units import Unit

_PLACES = {
    "path": ir.Place.PATH,
    "query": ir.Place.QUERY,
    "header": ir.Place.HEADER,
    "body": ir.Place.BODY,
}

_BODY_DESCRIPTION = "The body of the request."


def declared_inputs(declared: Declared) -> tuple[models.ConsumedInput, ...]:
    """Return the parameters of an operation, its resource and its upstream.

    Of parameters with the same name and place, the one closest to the operation wins;
    it keeps the position of the first. Header names ignore case.
    """
    levels = (
        declared.consumes.inputs,
        declared.resource.inputs,
        declared.operation.inputs,
    )
    inputs = {_identity(model): model for level in levels for model in level}
    return tuple(inputs.values())


def _identity(model: models.ConsumedInput) -> tuple[str, str]:
    is_header = model.place == "header"
    return (model.name.lower() if is_header else model.name), model.place


@dataclass
class Parameters:
    """The parameters of one operation, by name, in order of appearance."""

    units: Sequence[Unit]
    """The units that call the operation."""
    environment: Environment
    report: Report
    declared: NameMatcher
    """Matches keys of `with` to the declared parameters."""
    known: dict[str, ir.Parameter] = field(default_factory=dict)
    fixed: dict[str, ir.Template] = field(default_factory=dict)
    """The values of parameters that the spec fixes with `value`, by name."""
    typed: set[str] = field(default_factory=set)
    """The names of parameters that declare a type."""

    def declare(self, model: models.ConsumedInput, place: ir.Place) -> ir.Parameter:
        """Return the parameter of a declaration; equal names are one parameter."""
        usage = usage_of(self.units, model.name, self.declared)
        required = model.required or (_is_undescribed(model) and usage.required)
        kind = model.type or usage.type
        if model.type:
            self.typed.add(model.name)
        parameter = ir.Parameter(
            model.name,
            place,
            type_of(kind) if kind else _untyped(place),
            place is ir.Place.PATH or bool(required),
            model.description or usage.description,
        )
        return self.known.setdefault(model.name, parameter)

    def declare_variable(self, model: models.ConsumedInput) -> None:
        """Declare an environment variable that templates may name."""
        check_name(model.name, model.node.value_span("name"), self.report)
        variable = self.environment.named(model.name)
        self.fixed[model.name] = ir.Setting(variable)

    def infer(
        self, name: str, place: ir.Place, known: Usage | None = None
    ) -> ir.Parameter:
        """Return the parameter of a name that only a path or a template mentions."""
        return self.known.setdefault(
            name, infer_parameter(name, place, self.units, known)
        )

    def infer_body(self, name: str, kind: ir.Type) -> ir.Parameter:
        """Return the parameter for a body without a declared structure.

        Units that compose the body of members are ignored: they don't describe it.
        """
        parameter = infer_parameter(name, ir.Place.BODY, self.units)
        known = NameMatcher({*self.declared.names, *self.known, name})
        passing = [unit for unit in self.units if not _composes(unit, name, known)]
        if passing and not is_declared(self.units, name):
            parameter = replace(parameter, description=_BODY_DESCRIPTION)
        if kind == ir.Anything():
            kind = infer_json_type(passing, name)
        return self.retyped(self.known.setdefault(name, parameter), kind)

    def add_extra(self, name: str, place: ir.Place, by: Sequence[Unit]) -> ir.Parameter:
        """Return the extra parameter that only these units pass."""
        parameter = infer_parameter(name, place, by)
        if len(by) < len(self.units):
            parameter = replace(parameter, required=False)
        return self.known.setdefault(name, parameter)

    def is_given(self, name: str) -> bool:
        """Return whether a unit names it in `with`, its inputs or its route."""
        return any(unit.gives(name) for unit in self.units)

    def retyped(self, parameter: ir.Parameter, kind: ir.Type) -> ir.Parameter:
        """Return the parameter with a more specific type; bytes override any type."""
        if kind == ir.Bytes():
            is_array = isinstance(parameter.type, ir.Array)
            kind = ir.Array(kind) if is_array else kind
        elif parameter.type != ir.Anything():
            return parameter
        return self._replaced(parameter, kind)

    def passed_on(self, parameter: ir.Parameter) -> ir.Parameter:
        """Return the parameter for a whole JSON body.

        If a route feeds it from an untyped input, it accepts any JSON.
        """
        is_typed = parameter.name in self.typed
        if is_typed or not is_passed_on(self.units, parameter.name):
            return parameter
        return self._replaced(parameter, ir.Anything())

    def _replaced(self, parameter: ir.Parameter, kind: ir.Type) -> ir.Parameter:
        retyped = replace(parameter, type=kind)
        self.known[parameter.name] = retyped
        return retyped

    def fill(
        self,
        place: ir.Place,
        placeholder: Placeholder,
        span: Span,
        known: Usage | None = None,
    ) -> ir.Template:
        """Return the value of a placeholder in a template that is sent at that place.

        A placeholder names a parameter, else a variable in `binds`. An undeclared name
        in UPPER_SNAKE is a variable, any other a parameter. `known` is the usage that
        the template itself implies.
        """
        if (
            placeholder.scope is not Scope.ENVIRONMENT
            and placeholder.name in self.known
        ):
            return ir.Argument(self.known[placeholder.name])
        if (
            placeholder.scope is not Scope.ENVIRONMENT
            and placeholder.name in self.fixed
        ):
            return self.fixed[placeholder.name]
        variable = self.environment.bound(placeholder)
        if variable:
            return ir.Setting(variable)
        if self._names_variable(placeholder):
            return ir.Setting(self.environment.variable(placeholder, span))
        return ir.Argument(self._implicit(place, placeholder, span, known))

    def _names_variable(self, placeholder: Placeholder) -> bool:
        is_constant = placeholder.scope is Scope.ANY and is_constant_name(
            placeholder.name
        )
        return placeholder.scope is Scope.ENVIRONMENT or is_constant

    def _implicit(
        self, place: ir.Place, placeholder: Placeholder, span: Span, known: Usage | None
    ) -> ir.Parameter:
        if not is_name(placeholder):
            text = shown("{{" + placeholder.name + "}}")
            message = f"{text} holds no valid name"
            self.report.add(Code.UNUSABLE_TEMPLATE, message, span)
        if not all(unit.gives(placeholder.name) for unit in self.units):
            message = (
                f"{shown(placeholder.name)} isn't declared, so it becomes a parameter"
            )
            self.report.add(Code.IMPLICIT_PARAMETER, message, span)
        return self.infer(placeholder.name, place, known)


def infer_parameter(
    name: str, place: ir.Place, units: Sequence[Unit], known: Usage | None = None
) -> ir.Parameter:
    """Return the parameter of an undeclared name, from `known`, else from its usage."""
    usage = usage_of(units, name)
    known = known or usage
    kind = known.type or usage.type
    return ir.Parameter(
        name,
        place,
        type_of(kind) if kind else _untyped(place),
        place is ir.Place.PATH or bool(known.required or usage.required),
        known.description or usage.description,
    )


def _is_undescribed(model: models.ConsumedInput) -> bool:
    return model.type is None and model.required is None and model.description is None


def _composes(unit: Unit, body: str, known: NameMatcher) -> bool:
    """Return whether a unit composes a body of members, rather than passing one on."""
    is_structure = isinstance(unit.given(body), Mapping)
    return is_structure or any(known.unmatched(unit))


def place_of(model: models.ConsumedInput) -> ir.Place:
    """Return the place of a declared parameter in the request."""
    return _PLACES[model.place]


def matching(
    name: str, inputs: Sequence[models.ConsumedInput]
) -> models.ConsumedInput | None:
    """Return the declaration of a path's variable.

    A parameter with `in: path` matches ignoring case and punctuation, any other
    only by its exact name.
    """
    in_path = [model for model in inputs if model.place == "path"]
    for model in (*in_path, *inputs):
        if model.name == name:
            return model
    letters = canonical(name)
    return next((model for model in in_path if canonical(model.name) == letters), None)


def _untyped(place: ir.Place) -> ir.Type:
    return ir.Anything() if place is ir.Place.BODY else ir.Primitive.STRING
