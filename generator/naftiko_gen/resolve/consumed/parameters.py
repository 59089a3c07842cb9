"""Parameters of consumed operations: declared, or inferred from templates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.language.expressions import Placeholder, Scope, is_name
from naftiko_gen.resolve.consumed.declarations import default_type
from naftiko_gen.resolve.consumed.parameter_usage import (
    Usage,
    infer_json_type,
    is_declared,
    is_passed_on,
    usage_of,
)
from naftiko_gen.resolve.name_matching import NameMatcher
from naftiko_gen.resolve.types import type_of
from naftiko_gen.resolve.variable_names import is_constant_name
from naftiko_gen.syntax import tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.resolve.catalogue import DeclaredOperation
    from naftiko_gen.resolve.consumed.declarations import Declarations
    from naftiko_gen.resolve.environment import Environment
    from naftiko_gen.resolve.units import Unit

Result = TypeVar("Result")

_BODY_DESCRIPTION = "The body of the request."


@dataclass(frozen=True)
class Parameters:
    """The parameters that the templates of one operation can name.

    The first mention of an undeclared name decides on its parameter: `lower` returns
    the parameters for the templates that follow.
    """

    declared: DeclaredOperation
    declarations: Declarations
    units: Sequence[Unit]
    """The units that call the operation."""
    environment: Environment
    report: Report
    by_name: Mapping[str, ir.Parameter]
    """The parameters by name: the declared ones, then the inferred ones."""

    def lower(
        self,
        read: Callable[[Parameters], Result],
        sources: Callable[[Result], Iterable[ir.Parameter | ir.Input]],
    ) -> tuple[Result, Parameters]:
        """Read templates; return them, and the parameters known to later templates.

        Templates that mention a new name twice are read again, so that all of them
        refer to one parameter. `sources` returns the parameters that they refer to.
        """
        result = read(self)
        mentions = tuple(sources(result))
        parameters = self.with_mentions(mentions)
        if not parameters.are_in(mentions):
            result = read(parameters)
        return result, parameters

    def with_mentions(self, mentions: Iterable[ir.Parameter | ir.Input]) -> Parameters:
        """Add the parameters that templates mention to the known ones.

        A template may give a known parameter a more specific type. Of several mentions
        the first counts.
        """
        first: dict[str, ir.Parameter] = {}
        for mention in mentions:
            if isinstance(mention, ir.Parameter):
                first.setdefault(mention.name, mention)
        changes = {n: p for n, p in first.items() if self.by_name.get(n) is not p}
        return replace(self, by_name={**self.by_name, **changes}) if changes else self

    def are_in(self, mentions: Iterable[ir.Parameter | ir.Input]) -> bool:
        """Return whether templates refer to these very parameters."""
        return all(self.by_name.get(mention.name) is mention for mention in mentions)

    def infer(
        self, name: str, place: ir.Place, usage: Usage | None = None
    ) -> ir.Parameter:
        """Return the parameter of a name that only a path or a template mentions."""
        return self.by_name.get(name) or infer_parameter(name, place, self.units, usage)

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
