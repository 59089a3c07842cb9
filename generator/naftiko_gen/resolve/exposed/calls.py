"""Calls: the inputs that a route or tool uses in a call, and the call's arguments.

An entry of a unit's `with` is a parameter of the operation, or a member of its body.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote, suggestion
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Placeholder, Scope, is_name
from naftiko_gen.resolve.consumed.operations import ResolvedOperation
from naftiko_gen.resolve.consumed.parameters import infer_parameter
from naftiko_gen.resolve.consumed.places import check_constants
from naftiko_gen.resolve.consumed.upstreams import upstream_variables
from naftiko_gen.resolve.environment import Environment, is_constant_name
from naftiko_gen.resolve.exposed.inputs import (
    InputResolver,
    RouteVariables,
    Share,
    Use,
    constant,
    is_entity,
    is_read_without_body,
    text_reader,
)
from naftiko_gen.resolve.templates import (
    as_graphql,
    check_graphql,
    convert_constant,
    node_template,
    object_template,
)
from naftiko_gen.resolve.units import Caller, canonical
from naftiko_gen.resolve.usage import NameMatcher
from naftiko_gen.syntax.tree import Entry, Node, Scalar

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
    """Reader of one call: first the uses of inputs, later the values.

    The uses are read before the inputs are resolved, which depend on all of them.
    """

    caller: Caller
    resolved: ResolvedOperation
    variables: RouteVariables
    environment: Environment
    report: Report

    # --- the entries of `with` ---

    @cached_property
    def written(self) -> Arguments:
        """Return the arguments in `with`; report those that the request can't have."""
        for entry in self.caller.arguments:
            for placeholder in self.caller.placeholders(entry.value):
                if not is_name(placeholder):
                    text = quote("{{" + placeholder.name + "}}")
                    message = f"{text} holds no valid name"
                    self.report.add(Code.UNUSABLE_TEMPLATE, message, entry.value.span)
        parameters = {entry.key: self._parameter(entry) for entry in self._entries}
        body = self._open_body({p.name for p in parameters.values() if p})
        unknown = {key for key, parameter in parameters.items() if parameter is None}
        members = {key for key in unknown if body and self._is_free(key)}
        entries = tuple(self._matched_entries(parameters, members))
        return Arguments(entries, frozenset(members), body if members else None)

    @cached_property
    def _entries(self) -> tuple[Entry, ...]:
        """Return the entries of `with`, and those implied by declared inputs."""
        return (*self.caller.arguments, *self.resolved.matcher.implicit(self.caller))

    def _parameter(self, entry: Entry) -> ir.Parameter | None:
        name = self.resolved.own_matcher.match(entry.key, self.caller)
        if name is not None:
            if entry.key != name:
                message = f"{quote(entry.key)} is read as the parameter {quote(name)}"
                self.report.add(Code.CLOSE_PARAMETER, message, entry.span)
            return self.resolved.own[name]
        extra = self.resolved.extra_by_name.get(entry.key)
        if extra is not None:
            self._report_extra(entry, extra.place)
        return extra

    def _matched_entries(
        self, parameters: Mapping[str, ir.Parameter | None], members: set[str]
    ) -> Iterator[tuple[ir.Parameter, Entry]]:
        for entry in self._entries:
            parameter = parameters[entry.key]
            if parameter is not None:
                yield parameter, entry
            elif entry.key in members:
                self._report_extra(entry, ir.Place.BODY)
                yield infer_parameter(entry.key, ir.Place.BODY, [self.caller]), entry
            # An unused input has a diagnostic of its own.
            elif (node := self.caller.argument(entry.key)) is not None:
                self._report_unsent(entry, node)

    def _open_body(self, passed_names: set[str]) -> ir.Parameter | None:
        """Return the parameter that is the whole body, if the unit doesn't pass it."""
        entity = self.resolved.entity
        is_passed = entity is not None and (
            entity.name in passed_names or self.caller.gives(entity.name)
        )
        return None if is_passed else entity

    def _is_free(self, key: str) -> bool:
        """Return whether a key names no unsent parameter and no credential."""
        unsent = self.resolved.unsent_matcher.match(key, self.caller)
        return key not in self.resolved.keys and unsent is None

    def _report_extra(self, entry: Entry, place: ir.Place) -> None:
        message = f"{self._missing(entry)}; it is sent in the {place.value}"
        self.report.add(Code.EXTRA_PARAMETER, message, entry.span, self._hint(entry))

    def _report_unsent(self, entry: Entry, node: Node) -> None:
        """Report an unknown argument, or one that something else overrides.

        Other unsent parameters are reported at their declarations.
        """
        key, value = entry.key, self.resolved.fixed.get(entry.key)
        if key not in {*self.resolved.unsent, *self.resolved.keys}:
            message, hint = self._missing(entry), self._hint(entry)
            self.report.add(Code.UNKNOWN_PARAMETER, message, entry.span, hint)
            return
        by = "'authentication' sets" if key in self.resolved.keys else None
        if value is not None and str(node.plain()) != str(value):
            by = f"{quote(self.resolved.operation.name)} fixes"
        if by is not None:
            message = f"this value is ignored: {by} {quote(key)}"
            self.report.add(Code.IGNORED_ARGUMENT, message, entry.span)

    def _missing(self, entry: Entry) -> str:
        operation = self.resolved.operation.name
        return f"{quote(operation)} has no parameter {quote(entry.key)}"

    def _hint(self, entry: Entry) -> str | None:
        is_much = len(self._entries) * len(self.resolved.own) > _GUESSED
        return None if is_much else suggestion(entry.key, self.resolved.own)

    # --- the uses of inputs ---

    def explicit(self) -> list[Use]:
        """Return the uses of inputs in `with`."""
        entries = self.written.entries
        return [use for pair in entries for use in self.uses_in(*pair)]

    def uses_in(self, parameter: ir.Parameter, entry: Entry) -> Iterator[Use]:
        """Yield the uses in an argument for a parameter."""
        share = Share.TEXT if isinstance(entry.value, Scalar) else Share.MEMBER
        if self.caller.whole(entry.value) is not None:
            share = Share.ALL
        for placeholder in self.caller.placeholders(entry.value):
            if self.is_input(placeholder, entry.value.span):
                name = self.caller.declared_name(placeholder.name)
                yield Use(name, parameter, share, entry.value.span, self.resolved)

    def is_input(self, placeholder: Placeholder, span: Span) -> bool:
        """Return whether a placeholder in `with` names an input, not a variable."""
        is_declared = self.caller.input(placeholder.name) is not None
        if placeholder.scope is not Scope.ANY or is_declared:
            return placeholder.scope is not Scope.ENVIRONMENT
        is_bound = self.environment.bound_variable(placeholder, span) is not None
        return not is_bound and not is_constant_name(placeholder.name)

    @cached_property
    def passed(self) -> tuple[Use, ...]:
        """Return the parameters that are fed by the input of their own name.

        These are the parameters with a declared input of that name, the required ones,
        and those that only templates of the operation name. A unit that declares
        nothing passes all parameters. An undescribed body is passed on if the request
        can have one. Extra parameters of other units are not passed.
        """
        span, written_names = self.caller.name_span, self.written.names
        return tuple(
            Use(name, parameter, Share.ALL, span, self.resolved)
            for parameter in self.resolved.own.values()
            if parameter.name not in written_names
            and (name := self._namesake(parameter)) is not None
        )

    def _namesake(self, parameter: ir.Parameter) -> str | None:
        """Return the input of a parameter's name that feeds it, or None."""
        name = self._declared_namesake(parameter)
        if name is None and parameter == self.resolved.undescribed:
            return parameter.name if self.caller.has_room_for_body else None
        if name is None and (parameter.required or self._is_exposed(parameter)):
            self._report_added(parameter)
            return parameter.name
        return name

    def _declared_namesake(self, parameter: ir.Parameter) -> str | None:
        """Return the declared input with a parameter's name.

        Variables of the route match ignoring case and punctuation.
        """
        if self.caller.input(parameter.name) is not None:
            return parameter.name
        if not self.variables.match(parameter.name):
            return None
        same = canonical(parameter.name)
        close = (i.name for i in self.caller.inputs if canonical(i.name) == same)
        return next(close, None)

    def _is_exposed(self, parameter: ir.Parameter) -> bool:
        """Return whether an optional parameter becomes an input by itself.

        A GET has no place for a whole body.
        """
        is_placeholder = parameter.name in self.resolved.placeholders
        is_wanted = self.caller.is_bare or (is_placeholder and self.caller.is_open)
        is_body = is_entity(parameter, self.resolved)
        return is_wanted and not (is_body and is_read_without_body(self.caller))

    def _report_added(self, parameter: ir.Parameter) -> None:
        if isinstance(self.caller.model, models.Resource):
            return  # an error follows: it has no inputs but the variables of its URI
        if self.caller.shared_input(parameter.name) is not None:
            return  # the function declares it
        is_bare, name = self.caller.is_bare, quote(parameter.name)
        if is_bare and self.caller.declared.operation.node.span.origin is not None:
            return  # the imported file declares it
        span = self.caller.name_span
        if not parameter.required or is_bare or self.variables.match(parameter.name):
            message = f"the parameter {name} becomes an input"
            self.report.add(Code.EXPOSED_PARAMETER, message, span)
        else:
            message = f"{name} is required and gets no value: it becomes an input"
            self.report.add(Code.ADDED_INPUT, message, span)

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

    # --- the call ---

    def call(
        self, resolver: InputResolver, inputs: Mapping[str, ir.Input]
    ) -> ResolvedCall:
        """Return the call, with the inputs by their names in references."""
        values = _Values(self, resolver, inputs)
        templates = values.fill(self.written)
        arguments = _passed_parameters(self.written, templates)
        implicit = ((use.parameter, values.value(use)) for use in self.passed)
        call = _call(self.resolved, (*arguments, *implicit))
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
        caller, span, report = self.call.caller, entry.value.span, self.call.report
        uses = {use.name: use for use in self.call.uses_in(parameter, entry)}
        read = text_reader(caller, caller.scope, partial(self._fill, uses), report)
        template = convert_constant(node_template(entry.value, read), parameter.type)
        check_constants(template, parameter, span, report)
        template = as_graphql(template) if is_query else template
        check_graphql(template, span, report)
        return template

    def _fill(
        self, uses: Mapping[str, Use], placeholder: Placeholder, span: Span
    ) -> ir.Template:
        """Return the template of a placeholder: a setting or an input."""
        if not self.call.is_input(placeholder, span):
            return ir.Setting(self.call.environment.variable(placeholder, span))
        use = uses[self.call.caller.declared_name(placeholder.name)]
        self.resolver.note_place(use, placeholder.name)
        self.resolver.note_inferred(use, placeholder.scope)
        return self.value(use)

    def value(self, use: Use) -> ir.Template:
        """Return the value of an input for a parameter."""
        value = constant(self.call.caller.input(use.name))
        if value is not None:
            return convert_constant(value, use.parameter.type)
        source = self.inputs[use.name]
        self.resolver.check_inferred(use, source)
        return ir.Argument(source)
