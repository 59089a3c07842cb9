"""Parameters of consumed operations: declared, or inferred from templates."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language.expressions import Placeholder, Scope, is_name
from naftiko_gen.resolve.consumed.declarations import untyped
from naftiko_gen.resolve.consumed.usage import (
    Usage,
    infer_json_type,
    is_declared,
    is_passed_on,
    usage_of,
)
from naftiko_gen.resolve.environment import is_constant_name
from naftiko_gen.resolve.name_matching import NameMatcher
from naftiko_gen.resolve.types import type_of
from naftiko_gen.syntax.tree import Mapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.resolve.consumed.declarations import Declarations
    from naftiko_gen.resolve.environment import Environment
    from naftiko_gen.resolve.units import Unit

_BODY_DESCRIPTION = "The body of the request."


@dataclass
class Parameters:
    """The parameters of one operation, by name, in order of appearance.

    It starts with the declared ones and stays a builder, because templates are read
    once: the first mention of an undeclared name makes a parameter, to which later
    templates of the request refer. The form of a body depends on the meaning of the
    names in it, so they can't be collected before.
    """

    declarations: Declarations
    units: Sequence[Unit]
    """The units that call the operation."""
    environment: Environment
    report: Report
    known: dict[str, ir.Parameter] = field(init=False)
    """Declared and inferred parameters; a body may give them a more specific type."""

    def __post_init__(self) -> None:
        self.known = {**self.declarations.parameters}

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
        known = NameMatcher({*self.declarations.names.names, *self.known, name})
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
        is_typed = parameter.name in self.declarations.typed
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
            and placeholder.name in self.declarations.fixed
        ):
            return self.declarations.fixed[placeholder.name]
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
        type_of(kind) if kind else untyped(place),
        place is ir.Place.PATH or bool(known.required or usage.required),
        known.description or usage.description,
    )


def _composes(unit: Unit, body: str, known: NameMatcher) -> bool:
    """Return whether a unit composes a body of members, rather than passing one on."""
    is_structure = isinstance(unit.given(body), Mapping)
    return is_structure or any(known.unmatched(unit))
