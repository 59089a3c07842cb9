"""Calls: the arguments that a route or tool passes to its operation.

An entry of a unit's `with` is a parameter of the operation, or a member of its body.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import nearest, quote
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.language.expressions import Placeholder, Scope, is_name
from naftiko_gen.resolve.consumed.operations import ResolvedOperation
from naftiko_gen.resolve.consumed.parameters import infer_parameter
from naftiko_gen.resolve.consumed.places import check_constants
from naftiko_gen.resolve.consumed.upstreams import upstream_variables
from naftiko_gen.resolve.environment import Environment
from naftiko_gen.resolve.exposed.inputs import InputResolver, constant
from naftiko_gen.resolve.exposed.uses import RouteVariables, Use, UseReader
from naftiko_gen.resolve.templates import (
    Fill,
    as_graphql,
    check_graphql,
    convert_constant,
    node_template,
    object_template,
    text_template,
)
from naftiko_gen.resolve.units import Caller, Unit
from naftiko_gen.resolve.usage import NameMatcher
from naftiko_gen.syntax.tree import Entry

_GUESSED = 10_000
"""Comparisons of keys with parameters up to which hints are worth their time."""


@dataclass(frozen=True)
class Arguments:
    """The entries of a unit's `with`, and the parameter of each.

    Attributes:
        entries: Pairs of parameter and entry; members have a parameter of their own.
        members: The keys of entries that are members of `whole`.
        whole: The parameter that is the body, if the unit composes it of members.
    """

    entries: tuple[tuple[ir.Parameter, Entry], ...]
    members: frozenset[str] = frozenset()
    whole: ir.Parameter | None = None

    @property
    def names(self) -> set[str]:
        """Return the names of the operation's parameters that `with` passes."""
        own = (p.name for p, entry in self.entries if entry.key not in self.members)
        return {*own, self.whole.name} if self.whole else {*own}


@dataclass(frozen=True)
class ArgumentReader:
    """Reader of a unit's `with`."""

    unit: Unit
    resolved: ResolvedOperation
    report: Report

    def read(self) -> Arguments:
        """Return the arguments; report entries without a place in the request."""
        for entry in self.unit.arguments:
            self._check_placeholders(entry)
        parameters = {entry.key: self._parameter(entry) for entry in self._entries}
        body = self._open_body({p.name for p in parameters.values() if p})
        unknown = {key for key, parameter in parameters.items() if parameter is None}
        members = {key for key in unknown if body and self._is_free(key)}
        entries = tuple(self._matched_entries(parameters, members))
        return Arguments(entries, frozenset(members), body if members else None)

    def _matched_entries(
        self, parameters: Mapping[str, ir.Parameter | None], members: set[str]
    ) -> Iterator[tuple[ir.Parameter, Entry]]:
        for entry in self._entries:
            parameter = parameters[entry.key]
            if parameter is not None:
                yield parameter, entry
            elif entry.key in members:
                self._report_extra(entry, ir.Place.BODY)
                yield infer_parameter(entry.key, ir.Place.BODY, [self.unit]), entry
            elif entry.key not in {*self.resolved.unsent, *self.resolved.keys}:
                self._report_unknown(entry)
            else:
                self._report_ignored(entry)

    @cached_property
    def _entries(self) -> tuple[Entry, ...]:
        """Return the entries of `with`, and those implied by declared inputs."""
        return (*self.unit.arguments, *self.resolved.matcher.implicit(self.unit))

    # --- parameters ---

    def _parameter(self, entry: Entry) -> ir.Parameter | None:
        name = self.resolved.own_matcher.match(entry.key, self.unit)
        if name is not None:
            self._note_spelling(entry, name)
            return self.resolved.own[name]
        extra = self.resolved.extra_by_name.get(entry.key)
        if extra is not None:
            self._report_extra(entry, extra.place)
        return extra

    # --- members of the body ---

    def _open_body(self, passed_names: set[str]) -> ir.Parameter | None:
        """Return the parameter that is the whole body, if the unit doesn't pass it."""
        entity = self.resolved.entity
        if (
            entity is None
            or entity.name in passed_names
            or self.unit.gives(entity.name)
        ):
            return None
        return entity

    def _is_free(self, key: str) -> bool:
        """Return whether a key names no unsent parameter and no credential."""
        unsent = self.resolved.unsent_matcher.match(key, self.unit)
        return key not in self.resolved.keys and unsent is None

    # --- diagnostics ---

    def _check_placeholders(self, entry: Entry) -> None:
        for placeholder in self.unit.placeholders(entry.value):
            if not is_name(placeholder):
                text = quote("{{" + placeholder.name + "}}")
                message = f"{text} holds no valid name"
                self.report.add(Code.UNUSABLE_TEMPLATE, message, entry.value.span)

    def _note_spelling(self, entry: Entry, name: str) -> None:
        if entry.key != name:
            message = f"{quote(entry.key)} is read as the parameter {quote(name)}"
            self.report.add(Code.CLOSE_PARAMETER, message, entry.span)

    def _report_extra(self, entry: Entry, place: ir.Place) -> None:
        message = f"{self._missing(entry)}; it is sent in the {place.value}"
        self.report.add(Code.EXTRA_PARAMETER, message, entry.span, self._hint(entry))

    def _report_unknown(self, entry: Entry) -> None:
        if self.unit.argument(entry.key) is None:
            # An unused input has a diagnostic of its own.
            return
        message = self._missing(entry)
        self.report.add(Code.UNKNOWN_PARAMETER, message, entry.span, self._hint(entry))

    def _report_ignored(self, entry: Entry) -> None:
        """Report an argument that a fixed value or the credential overrides.

        Other unsent parameters are reported at their declarations.
        """
        node, value = self.unit.argument(entry.key), self.resolved.fixed.get(entry.key)
        if node is None:
            return
        if value is not None and str(node.plain()) != str(value):
            by = f"{quote(self.resolved.operation.name)} fixes"
        elif entry.key in self.resolved.keys:
            by = "'authentication' sets"
        else:
            return
        message = f"this value is ignored: {by} {quote(entry.key)}"
        self.report.add(Code.IGNORED_ARGUMENT, message, entry.span)

    def _missing(self, entry: Entry) -> str:
        operation = self.resolved.operation.name
        return f"{quote(operation)} has no parameter {quote(entry.key)}"

    def _hint(self, entry: Entry) -> str | None:
        if len(self._entries) * len(self.resolved.own) > _GUESSED:
            return None
        close = nearest(entry.key, self.resolved.own)
        return f"did you mean {quote(close)}?" if close else None


@dataclass(frozen=True)
class ResolvedCall:
    """The call of a unit, or of one of its steps.

    Attributes:
        caller: The unit or step.
        resolved: The operation.
        call: The operation and its arguments.
        variables: The environment variables in `with`.
    """

    caller: Caller
    resolved: ResolvedOperation
    call: ir.Call
    variables: tuple[ir.Variable, ...]


@dataclass(frozen=True)
class CallReader:
    """Reader of one call: first the uses of inputs, later the values."""

    caller: Caller
    resolved: ResolvedOperation
    variables: RouteVariables
    environment: Environment
    report: Report

    @cached_property
    def written(self) -> Arguments:
        """Return the arguments in `with`."""
        return ArgumentReader(self.caller, self.resolved, self.report).read()

    @cached_property
    def uses(self) -> UseReader:
        """Return the reader of the uses of inputs."""
        environment, report = self.environment, self.report
        variables = self.variables
        return UseReader(self.caller, self.resolved, variables, environment, report)

    def explicit(self) -> list[Use]:
        """Return the uses of inputs in `with`."""
        entries = self.written.entries
        return [use for p, entry in entries for use in self.uses.explicit(p, entry)]

    @cached_property
    def passed(self) -> tuple[Use, ...]:
        """Return the uses of inputs that have a parameter's own name."""
        return tuple(self.uses.passed_through(self.written.names))

    def left_out(self) -> Iterator[str]:
        """Yield the names of declared inputs that feed a parameter that isn't sent."""
        matcher = NameMatcher(self.resolved.left_out)
        for model in self.caller.inputs:
            if matcher.match(model.name, self.caller) is not None:
                yield model.name
        for entry in self.caller.arguments:
            if matcher.match(entry.key, self.caller) is not None:
                for placeholder in self.caller.placeholders(entry.value):
                    yield self.caller.declared_name(placeholder.name)

    def call(
        self, resolver: InputResolver, inputs: Mapping[str, ir.Input]
    ) -> ResolvedCall:
        """Return the call, with the inputs by their names in references."""
        values = _Values(self, resolver, inputs)
        templates = values.fill(self.written)
        arguments = _passed_parameters(self.written, templates)
        call = _call(self.resolved, (*arguments, *values.implicit(self.passed)))
        variables = tuple(ir.variables(templates))
        return ResolvedCall(self.caller, self.resolved, call, variables)


def used_variables(calls: Iterable[ResolvedCall]) -> Iterator[ir.Variable]:
    """Yield the environment variables of calls, in their order, some several times.

    Those of an upstream and an operation precede those of the call.
    """
    for call in calls:
        yield from upstream_variables(call.resolved.operation.upstream)
        yield from call.resolved.variables
        yield from call.variables


def uses_by_name(uses: Iterable[Use]) -> dict[str, Sequence[Use]]:
    """Return the uses of each input, by its name in references."""
    by_name: dict[str, list[Use]] = {}
    for use in uses:
        by_name.setdefault(use.name, []).append(use)
    return {**by_name}


def _passed_parameters(
    arguments: Arguments, values: Sequence[ir.Template]
) -> Iterator[tuple[ir.Parameter, ir.Template]]:
    """Yield the parameters that `with` passes; one may be composed of members."""
    members: list[tuple[str, ir.Template]] = []
    for (parameter, entry), value in zip(arguments.entries, values, strict=True):
        if entry.key in arguments.members:
            members.append((entry.key, value))
        else:
            yield parameter, value
    if arguments.whole is not None:
        yield arguments.whole, object_template(members)


def _call(
    resolved_operation: ResolvedOperation,
    arguments: Iterable[tuple[ir.Parameter, ir.Template]],
) -> ir.Call:
    """Return a call with its arguments in the order of the operation's parameters."""
    by_name = {parameter.name: (parameter, value) for parameter, value in arguments}
    names = sorted(by_name, key=resolved_operation.order.__getitem__)
    return ir.Call(resolved_operation.operation, tuple(by_name[name] for name in names))


@dataclass(frozen=True)
class _Values:
    """The values of a call's arguments, made of resolved inputs."""

    call: CallReader
    resolver: InputResolver
    inputs: Mapping[str, ir.Input]

    @property
    def _unit(self) -> Caller:
        return self.call.caller

    @property
    def _report(self) -> Report:
        return self.call.report

    def implicit(
        self, uses: Iterable[Use]
    ) -> Iterator[tuple[ir.Parameter, ir.Template]]:
        """Yield the parameters that inputs of their own names feed."""
        for use in uses:
            yield use.parameter, self._value(use)

    def fill(self, arguments: Arguments) -> tuple[ir.Template, ...]:
        """Return the value of each entry of `with`."""
        queries = self.call.resolved.queries | (arguments.members & {"query"})
        return tuple(
            self._entry(parameter, entry, is_query=parameter.name in queries)
            for parameter, entry in arguments.entries
        )

    def _entry(
        self, parameter: ir.Parameter, entry: Entry, *, is_query: bool
    ) -> ir.Template:
        value = self._template(parameter, entry)
        template = as_graphql(value) if is_query else value
        check_graphql(template, entry.value.span, self._report)
        return template

    def _template(self, parameter: ir.Parameter, entry: Entry) -> ir.Template:
        uses = {use.name: use for use in self.call.uses.explicit(parameter, entry)}
        read = partial(self._read, partial(self._fill, uses))
        template = convert_constant(node_template(entry.value, read), parameter.type)
        check_constants(template, parameter, entry.value.span, self._report)
        return template

    def _read(self, fill: Fill, text: str, span: Span) -> ir.Template:
        """Return the template of a text, whose placeholders `fill` resolves."""
        if self._unit.scope.refers(text):
            return self._unit.scope.value(text, span, self._report)
        name = self._unit.reference(text)
        if name is None:
            return text_template(text, span, fill)
        return fill(Placeholder(name, Scope.INPUT), span)

    def _fill(
        self, uses: Mapping[str, Use], placeholder: Placeholder, span: Span
    ) -> ir.Template:
        """Return the template of a placeholder: a step's value, setting or input."""
        placeholder = self._unit.placeholder(placeholder)
        if self._unit.scope.has(placeholder.name):
            return self._unit.scope.value(placeholder.name, span, self._report)
        if not self.call.uses.is_input(placeholder, span):
            return ir.Setting(self.call.environment.variable(placeholder, span))
        return self._argument(
            uses[self._unit.declared_name(placeholder.name)], placeholder
        )

    def _argument(self, use: Use, placeholder: Placeholder) -> ir.Template:
        self.resolver.note_place(use, placeholder.name)
        if self.resolver.is_inferred_at(use):
            name = quote(self.inputs[use.name].name)
            message = f"{name} isn't declared: it becomes an input"
            self._report.add(Code.INFERRED_INPUT, message, use.span)
        return self._value(use)

    def _value(self, use: Use) -> ir.Template:
        value = constant(self._unit.input(use.name))
        if value is not None:
            return convert_constant(value, use.parameter.type)
        source = self.inputs[use.name]
        self.resolver.check_inferred(use, source)
        return ir.Argument(source)
