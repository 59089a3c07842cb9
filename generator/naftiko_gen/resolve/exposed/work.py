"""The work of units: their inputs, calls, steps and forwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Pieces, Placeholder, route
from naftiko_gen.resolve.consumed.credentials import text_of
from naftiko_gen.resolve.consumed.places import (
    check_cookie_header,
    check_trusted,
    is_sent,
)
from naftiko_gen.resolve.consumed.upstreams import CalledOperations, upstream_variables
from naftiko_gen.resolve.environment import Environment
from naftiko_gen.resolve.exposed.calls import CallReader, ResolvedCall, used_variables
from naftiko_gen.resolve.exposed.flows import FlowReader, Scripts, uses_of_steps
from naftiko_gen.resolve.exposed.inputs import (
    InputResolver,
    RouteVariables,
    Use,
    uses_by_name,
)
from naftiko_gen.resolve.exposed.names import variables as route_variables
from naftiko_gen.resolve.exposed.outputs import OutputReader
from naftiko_gen.resolve.units import FlowUnit, ForwardUnit, Unit, Units

TAIL = "path"
"""The variable of a route that is the path of forwarded requests."""


@dataclass(frozen=True)
class ForwardResolver:
    """Resolver of the forward of one route."""

    unit: ForwardUnit
    upstream: ir.Upstream
    environment: Environment
    report: Report

    def inputs(self) -> dict[str, ir.Input]:
        """Return the variables of the route, which are texts."""
        return {name: self._variable(name) for name in self._variables}

    def forward(self, inputs: dict[str, ir.Input]) -> ir.Forward:
        """Return the forward; report the parts of requests that it can't pass on."""
        tail = inputs.get(TAIL)
        check_cookie_header(self.unit.target.inputs, self.report)
        self._check_tail()
        key = self.upstream.credential
        if isinstance(key, ir.PathKey) and not key.tail:
            message = f"forwarded requests have no place for {quote(key.name)}"
            self.report.add(Code.UNUSABLE_CREDENTIAL, message, self.unit.name_span)
        self._report_unused(inputs)
        return ir.Forward(
            self.upstream,
            tail,
            tuple(self._trusted_headers()),
            tuple(self._fixed_values("query")),
            tuple(self._fixed_values("header")),
            tuple(self._fixed_values("cookie")),
        )

    # --- the route ---

    @property
    def _pieces(self) -> Pieces:
        return route(self.unit.resource.path) if self.unit.resource else ()

    @property
    def _variables(self) -> list[str]:
        return [piece.name for piece in self._pieces if isinstance(piece, Placeholder)]

    def _variable(self, name: str) -> ir.Input:
        model = self.unit.input(name)
        description = model.description if model else None
        kind = ir.Primitive.STRING
        return ir.Input(name, ir.InPath(), kind, required=True, description=description)

    def _check_tail(self) -> None:
        """Report a tail that is only a part of a segment."""
        pieces = ("/", *self._pieces, "/")
        for before, piece, after in zip(pieces, pieces[1:], pieces[2:], strict=False):
            is_tail = isinstance(piece, Placeholder) and piece.name == TAIL
            texts = [text if isinstance(text, str) else "" for text in (before, after)]
            is_whole = texts[0].endswith("/") and texts[1].startswith("/")
            if is_tail and not is_whole and self.unit.resource:
                message = f"'{{{TAIL}}}' must be a whole segment, to forward a path"
                span = self.unit.resource.at("path")
                self.report.add(Code.UNUSABLE_PATH, message, span)

    def _report_unused(self, inputs: dict[str, ir.Input]) -> None:
        """Report variables and declared inputs whose values aren't forwarded."""
        for name in inputs:
            if name != TAIL and self.unit.resource:
                message = f"{quote(name)} isn't forwarded: only '{{{TAIL}}}' is"
                span = self.unit.resource.at("path")
                self.report.add(Code.UNUSED_INPUT, message, span)
        if self.unit.resource and self.unit.resource.operations:
            return  # the operations may take them
        for model in self.unit.inputs:
            if model.name not in inputs:
                message = f"{quote(model.name)} isn't forwarded as an input"
                self.report.add(Code.UNUSED_INPUT, message, model.at("name"))

    # --- the request ---

    def _trusted_headers(self) -> Iterator[str]:
        """Yield the headers of clients to pass on, each once."""
        fixed_names = {name.lower() for name, _ in self._fixed_values("header")}
        credential = self.upstream.credential
        set_here = fixed_names | (credential.headers if credential else frozenset())
        names: set[str] = set()
        for name in self.unit.forward.trusted:
            check_trusted(name, self._trusted_span, self.report)
            if name.lower() in set_here:
                message = f"{quote(name)} of clients isn't forwarded: the spec sets it"
                self.report.add(Code.UNTRUSTED_HEADER, message, self._trusted_span)
            elif name.lower() not in names:
                yield name
            names.add(name.lower())

    @property
    def _trusted_span(self) -> Span:
        return self.unit.forward.node.key_span("trustedHeaders")

    def _fixed_values(self, place: str) -> Iterator[tuple[str, ir.Template]]:
        """Yield the values that the API declares for each of its requests."""
        for model in self.unit.target.inputs:
            if (
                model.place == place
                and model.value is not None
                and is_sent(model, self.upstream.credential, self.report, has_body=True)
            ):
                yield model.name, self._value(model)

    def _value(self, model: models.ConsumedInput) -> ir.Template:
        if not isinstance(model.value, str):
            return ir.Constant(model.value)
        return text_of(model.value, model.at("value"), self.environment)


@dataclass(frozen=True)
class UnitWork:
    """The work of a unit.

    Attributes:
        inputs: The inputs by their names in references.
        calls: The calls, in the order of the spec.
        scripts: The scripts of its steps, among those of others.
        forward: The forward, if the unit passes requests on.
    """

    unit: Unit
    inputs: Mapping[str, ir.Input]
    calls: tuple[ResolvedCall, ...]
    scripts: Scripts
    report: Report
    forward: ir.Forward | None = None

    @property
    def operation(self) -> ir.Operation | None:
        """Return the operation that names and describes the unit by default."""
        is_named = self.unit.declared is not None
        return self.calls[0].call.operation if is_named else None

    @property
    def variables(self) -> Iterator[ir.Variable]:
        """Yield the environment variables, in their order, some several times."""
        yield from used_variables(self.calls)
        if self.forward is not None:
            yield from upstream_variables(self.forward.upstream)
            yield from self.forward.variables

    def implementation(self, inputs: Mapping[str, ir.Input]) -> ir.Implementation:
        """Return the implementation, with the inputs by their names in references."""
        unit, report = self.unit, self.report
        if self.forward is not None:
            return self.forward
        if isinstance(unit, FlowUnit):
            return FlowReader(unit, self.scripts, self.calls, inputs, report).flow()
        outputs = OutputReader(unit, inputs, report).response(unit.declared)
        return ir.ProjectedCall(self.calls[0].call, outputs)


@dataclass(frozen=True)
class WorkResolver:
    """Resolver of units: first all uses of inputs, then the inputs, then the values."""

    called: CalledOperations
    environment: Environment
    scripts: Scripts
    report: Report

    def work(self, units: Units) -> dict[Unit, UnitWork]:
        """Resolve the work of all units, that of routes first."""
        return {unit: self._work(unit) for unit in units.in_order}

    def _work(self, unit: Unit) -> UnitWork:
        report = self.report
        if isinstance(unit, ForwardUnit):
            upstream = self.called.upstream_of(unit.target)
            resolver = ForwardResolver(unit, upstream, self.environment, report)
            inputs = resolver.inputs()
            return UnitWork(unit, inputs, (), {}, report, resolver.forward(inputs))
        inputs, calls = self._inputs_and_calls(unit)
        return UnitWork(unit, inputs, calls, self.scripts, report)

    def _inputs_and_calls(
        self, unit: Unit
    ) -> tuple[dict[str, ir.Input], tuple[ResolvedCall, ...]]:
        resource = unit.resource
        names = route_variables(resource) if resource else ()
        callers = unit.callers
        operations = [self.called.find(caller.declared) for caller in callers]
        variables = RouteVariables(unit, operations, names)
        readers = [
            CallReader(caller, operation, variables, self.environment, self.report)
            for caller, operation in zip(callers, operations, strict=True)
        ]
        references = [reader.explicit() for reader in readers]
        uses = [
            use
            for reader, explicit in zip(readers, references, strict=True)
            for use in (*explicit, *reader.passed)
        ]
        if isinstance(unit, FlowUnit):
            references.append([*uses_of_steps(unit)])
            uses += references[-1]
        left_out = {name for reader in readers for name in reader.left_out()}
        resolver = InputResolver(
            unit,
            variables,
            uses_by_name(uses),
            _first_places(chain.from_iterable(references)),
            left_out,
            self.report,
        )
        inputs = resolver.resolve()
        resolver.report_unused()
        return inputs, tuple(reader.call(resolver, inputs) for reader in readers)


def _first_places(uses: Iterable[Use]) -> dict[str, Span]:
    """Return the first place of each input's name."""
    places: dict[str, Span] = {}
    for use in uses:
        places.setdefault(use.name, use.span)
    return places
