"""Calls: the arguments that a route or tool passes to its operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language.expressions import Placeholder, Scope
from naftiko_gen.resolve.constants import check_constants
from naftiko_gen.resolve.environment import is_constant_name
from naftiko_gen.resolve.exposed.arguments import ArgumentReader
from naftiko_gen.resolve.exposed.inputs import Inputs, Share, Use, constant
from naftiko_gen.resolve.templates import (
    as_graphql,
    check_graphql,
    fitted,
    node_template,
    object_template,
    text_template,
)
from naftiko_gen.resolve.units import canonical
from naftiko_gen.syntax.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.resolve.consumed.operations import ResolvedOperation
    from naftiko_gen.resolve.environment import Environment
    from naftiko_gen.resolve.exposed.arguments import Arguments
    from naftiko_gen.resolve.units import Unit
    from naftiko_gen.syntax.tree import Entry, Node


@dataclass
class CallBuilder:
    """Builds the call of a unit's operation."""

    unit: Unit
    resolved: ResolvedOperation
    inputs: Inputs
    environment: Environment
    report: Report

    def call(self) -> ir.Call:
        """Return the call, and declare the inputs that it needs in `inputs`."""
        written = ArgumentReader(self.unit, self.resolved, self.report).read()
        uses = [use for p, entry in written.entries for use in self._uses(p, entry)]
        passed = tuple(self._passed_through(written.names))
        self.inputs.declare([*uses, *passed])
        self.inputs.report_unused()
        explicit = tuple(self._explicit(written))
        implicit = [(use.parameter, self._value(use)) for use in passed]
        arguments = dict[str, tuple[ir.Parameter, ir.Template]]()
        for parameter, value in (*explicit, *implicit):
            arguments[parameter.name] = (parameter, value)
        names = sorted(arguments, key=self.resolved.order.__getitem__)
        return ir.Call(
            self.resolved.operation, tuple(arguments[name] for name in names)
        )

    # --- explicit arguments ---

    def _explicit(
        self, written: Arguments
    ) -> Iterator[tuple[ir.Parameter, ir.Template]]:
        members: list[tuple[str, ir.Template]] = []
        queries = self.resolved.queries | (written.members & {"query"})
        for parameter, entry in written.entries:
            value = self._template(parameter, entry)
            if parameter.name in queries:
                value = as_graphql(value)
            check_graphql(value, entry.value.span, self.report)
            if entry.key in written.members:
                members.append((entry.key, value))
            else:
                yield parameter, value
        if written.whole is not None:
            yield written.whole, object_template(members)

    def _uses(self, parameter: ir.Parameter, entry: Entry) -> Iterator[Use]:
        share = self._share(entry.value)
        for placeholder in self.unit.placeholders(entry.value):
            if self._is_input(placeholder):
                name = self.unit.declared_name(placeholder.name)
                yield Use(name, parameter, share, entry.value.span)

    def _share(self, node: Node) -> Share:
        if self.unit.whole(node) is not None:
            return Share.ALL
        return Share.TEXT if isinstance(node, Scalar) else Share.MEMBER

    def _is_input(self, placeholder: Placeholder) -> bool:
        """Return whether a placeholder in `with` names an input, not a variable."""
        if (
            placeholder.scope is not Scope.ANY
            or self.unit.input(placeholder.name) is not None
        ):
            return placeholder.scope is not Scope.ENVIRONMENT
        is_bound = self.environment.bindings.find(placeholder) is not None
        return not is_bound and not is_constant_name(placeholder.name)

    def _template(self, parameter: ir.Parameter, entry: Entry) -> ir.Template:
        uses = {use.name: use for use in self._uses(parameter, entry)}

        def fill(placeholder: Placeholder, span: Span) -> ir.Template:
            placeholder = self.unit.placeholder(placeholder)
            if not self._is_input(placeholder):
                return ir.Setting(self.environment.variable(placeholder, span))
            return self._argument(
                uses[self.unit.declared_name(placeholder.name)], placeholder
            )

        def read(text: str, span: Span) -> ir.Template:
            name = self.unit.reference(text)
            if name is None:
                return text_template(text, span, fill)
            return fill(Placeholder(name, Scope.INPUT), span)

        filled = fitted(node_template(entry.value, read), parameter.type)
        check_constants(filled, parameter, entry.value.span, self.report)
        return filled

    def _argument(self, use: Use, placeholder: Placeholder) -> ir.Template:
        is_declared = self.unit.input(use.name) is not None
        self.inputs.note_place(use, placeholder.name)
        if not is_declared and use.name not in self.inputs.known:
            name = self.inputs.locate(use).name
            message = f"{shown(name)} isn't declared: it becomes an input"
            self.report.add(Code.INFERRED_INPUT, message, use.span)
        return self._value(use)

    def _value(self, use: Use) -> ir.Template:
        fixed = constant(self.unit.input(use.name))
        if fixed is not None:
            return fitted(fixed, use.parameter.type)
        return ir.Argument(self.inputs.infer(use))

    # --- implicit arguments ---

    def _passed_through(self, explicit: Collection[str]) -> Iterator[Use]:
        """Yield the parameters that are fed by the input of their own name.

        These are the parameters with a declared input of that name, and the required
        ones. A unit that declares nothing passes all parameters, except a body that a
        GET has no place for. An undescribed body is passed on if the request can have
        one. Extra parameters of other units are not passed.
        """
        span = self.unit.model.node.value_span("call")
        for parameter in self.resolved.own.values():
            if parameter.name in explicit:
                continue
            name = self._declared_name(parameter)
            if name is not None:
                yield Use(name, parameter, share=Share.ALL, span=span)
            elif parameter == self.resolved.undescribed:
                if self.unit.has_room_for_body:
                    yield Use(parameter.name, parameter, share=Share.ALL, span=span)
            elif parameter.required or (
                self.unit.is_bare and not self.inputs.has_no_place_for(parameter)
            ):
                self._report_added(parameter, span)
                yield Use(parameter.name, parameter, share=Share.ALL, span=span)

    def _declared_name(self, parameter: ir.Parameter) -> str | None:
        """Return the declared input with a parameter's name.

        Variables of the route match ignoring case and punctuation.
        """
        if self.unit.input(parameter.name) is not None:
            return parameter.name
        if not self.inputs.is_variable(parameter.name):
            return None
        same = canonical(parameter.name)
        close = [i.name for i in self.unit.inputs if canonical(i.name) == same]
        return next(iter(close), None)

    def _report_added(self, parameter: ir.Parameter, span: Span) -> None:
        name = shown(parameter.name)
        if self.unit.is_bare or self.inputs.is_variable(parameter.name):
            message = f"the parameter {name} becomes an input"
            self.report.add(Code.EXPOSED_PARAMETER, message, span)
        else:
            message = f"{name} is required and gets no value: it becomes an input"
            self.report.add(Code.ADDED_INPUT, message, span)
