"""The parameters of a consumed operation: declared, or named by its templates."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language.expressions import Hole, Scope, is_name
from naftiko_gen.resolve.consumed.usage import (
    Feed,
    callers_json,
    feed,
    is_declared,
    is_passed_on,
)
from naftiko_gen.resolve.environment import check_name, is_constant_name
from naftiko_gen.resolve.exposed.matching import Spellings
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

_CALLERS = "The body of the request."


def declared_inputs(declared: Declared) -> tuple[models.ConsumedInput, ...]:
    """Return the parameters of an operation, its resource and its upstream.

    One of the same name and place that is closer to the operation wins, and keeps
    the place in the order. The names of headers ignore case.
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
    """The parameters of one operation, by name, in the order in which they appear."""

    units: Sequence[Unit]
    """Those that call the operation."""
    environment: Environment
    report: Report
    declared: Spellings
    """The names of the declared ones."""
    known: dict[str, ir.Parameter] = field(default_factory=dict)
    fixed: dict[str, ir.Template] = field(default_factory=dict)
    """What the names of parameters with a `value` stand for."""
    typed: set[str] = field(default_factory=set)
    """The names of those whose declarations say their types."""

    def declare(self, model: models.ConsumedInput, place: ir.Place) -> ir.Parameter:
        """Return the parameter of a declaration; two of one name are one."""
        said = feed(self.units, model.name, self.declared)
        required = model.required or (_says_nothing(model) and said.required)
        kind = model.type or said.type
        if model.type:
            self.typed.add(model.name)
        parameter = ir.Parameter(
            model.name,
            place,
            type_of(kind) if kind else _untyped(place),
            place is ir.Place.PATH or bool(required),
            model.description or said.description,
        )
        return self.known.setdefault(model.name, parameter)

    def declare_variable(self, model: models.ConsumedInput) -> None:
        """Let templates name an environment variable."""
        check_name(model.name, model.node.value_span("name"), self.report)
        variable = self.environment.named(model.name)
        self.fixed[model.name] = ir.Setting(variable)

    def implied(
        self, name: str, place: ir.Place, known: Feed | None = None
    ) -> ir.Parameter:
        """Return the parameter of a name that only a path or template holds."""
        return self.known.setdefault(name, implied(name, place, self.units, known))

    def callers(self, name: str, kind: ir.Type) -> ir.Parameter:
        """Return the parameter that is a body of which at most its type is known.

        Units that make it of members say nothing of the whole.
        """
        found = implied(name, ir.Place.BODY, self.units)
        known = Spellings({*self.declared.names, *self.known, name})
        giving = [unit for unit in self.units if not _makes(unit, name, known)]
        if giving and not is_declared(self.units, name):
            found = replace(found, description=_CALLERS)
        if kind == ir.Anything():
            kind = callers_json(giving, name)
        return self.retyped(self.known.setdefault(name, found), kind)

    def added(self, name: str, place: ir.Place, by: Sequence[Unit]) -> ir.Parameter:
        """Return the parameter that some units give, and no other can."""
        parameter = implied(name, place, by)
        if len(by) < len(self.units):
            parameter = replace(parameter, required=False)
        return self.known.setdefault(name, parameter)

    def is_given(self, name: str) -> bool:
        """Say whether a unit names it: in `with`, its inputs or its route."""
        return any(unit.gives(name) for unit in self.units)

    def retyped(self, parameter: ir.Parameter, kind: ir.Type) -> ir.Parameter:
        """Return the parameter with a type that says more than its own, or bytes."""
        if kind == ir.Bytes():
            is_array = isinstance(parameter.type, ir.Array)
            kind = ir.Array(kind) if is_array else kind
        elif parameter.type != ir.Anything():
            return parameter
        return self._replaced(parameter, kind)

    def passed_on(self, parameter: ir.Parameter) -> ir.Parameter:
        """Return the parameter that is the whole JSON body.

        What a route takes without a type may be anything, whatever other inputs say.
        """
        is_told = parameter.name in self.typed
        if is_told or not is_passed_on(self.units, parameter.name):
            return parameter
        return self._replaced(parameter, ir.Anything())

    def _replaced(self, parameter: ir.Parameter, kind: ir.Type) -> ir.Parameter:
        found = replace(parameter, type=kind)
        self.known[parameter.name] = found
        return found

    def fill(
        self, place: ir.Place, hole: Hole, span: Span, known: Feed | None = None
    ) -> ir.Template:
        """Return what a hole stands for in a template that is sent at that place.

        That is a parameter, else a variable in `binds`; what is declared nowhere is a
        variable if it's written like one, else a parameter of which `known` is said
        where the template stands.
        """
        if hole.scope is not Scope.ENVIRONMENT and hole.name in self.known:
            return ir.Argument(self.known[hole.name])
        if hole.scope is not Scope.ENVIRONMENT and hole.name in self.fixed:
            return self.fixed[hole.name]
        variable = self.environment.bound(hole)
        if variable:
            return ir.Setting(variable)
        if self._names_variable(hole):
            return ir.Setting(self.environment.variable(hole, span))
        return ir.Argument(self._implicit(place, hole, span, known))

    def _names_variable(self, hole: Hole) -> bool:
        is_written_so = hole.scope is Scope.ANY and is_constant_name(hole.name)
        return hole.scope is Scope.ENVIRONMENT or is_written_so

    def _implicit(
        self, place: ir.Place, hole: Hole, span: Span, known: Feed | None
    ) -> ir.Parameter:
        if not is_name(hole):
            message = f"{shown('{{' + hole.name + '}}')} holds no name"
            self.report.add(Code.UNUSABLE_TEMPLATE, message, span)
        if not all(unit.gives(hole.name) for unit in self.units):
            message = f"{shown(hole.name)} isn't declared, so it becomes a parameter"
            self.report.add(Code.IMPLICIT_PARAMETER, message, span)
        return self.implied(hole.name, place, known)


def implied(
    name: str, place: ir.Place, units: Sequence[Unit], known: Feed | None = None
) -> ir.Parameter:
    """Return the parameter of an undeclared name: as is known, else as units say."""
    said = feed(units, name)
    known = known or said
    kind = known.type or said.type
    return ir.Parameter(
        name,
        place,
        type_of(kind) if kind else _untyped(place),
        place is ir.Place.PATH or bool(known.required or said.required),
        known.description or said.description,
    )


def _says_nothing(model: models.ConsumedInput) -> bool:
    return model.type is None and model.required is None and model.description is None


def _makes(unit: Unit, body: str, known: Spellings) -> bool:
    """Say whether a unit makes a body of members, rather than passing one on."""
    is_structure = isinstance(unit.given(body), Mapping)
    return is_structure or any(known.unmeant(unit))


def place_of(model: models.ConsumedInput) -> ir.Place:
    """Return where a declared parameter of a request stands."""
    return _PLACES[model.place]


def matching(
    name: str, inputs: Sequence[models.ConsumedInput]
) -> models.ConsumedInput | None:
    """Return the declaration of a path's variable.

    One with `in: path` is found whatever its case and punctuation; any other must
    have the very name.
    """
    in_path = [model for model in inputs if model.place == "path"]
    for model in (*in_path, *inputs):
        if model.name == name:
            return model
    letters = canonical(name)
    return next((each for each in in_path if canonical(each.name) == letters), None)


def _untyped(place: ir.Place) -> ir.Type:
    return ir.Anything() if place is ir.Place.BODY else ir.Primitive.STRING
