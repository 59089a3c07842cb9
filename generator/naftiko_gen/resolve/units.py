"""Units: routes, tools and resources, with the operations that they call.

A unit calls one operation, or its steps call several. `Caller` is the part of
a unit that calls one operation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import assert_never

from naftiko_gen.diagnostics import Code, Report, Span, quote, suggestion
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Placeholder, Scope, route, template
from naftiko_gen.resolve.catalogue import (
    Catalogue,
    DeclaredOperation,
    is_mock,
)
from naftiko_gen.resolve.steps import NO_STEPS, StepScope, step_scope
from naftiko_gen.syntax.tree import Entry, Node, Scalar, walk_scalars

Name = tuple[str, str]
"""The namespace of an adapter, and the name of its route or tool."""

PLACES = ("path", "query", "header", "headers", "body")
"""Prefixes of an input's name that place it in the request."""
_WRITES = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, eq=False)
class Unit:
    """A declared route, tool, resource or forward; equal only to itself."""

    adapter: models.Rest | models.Mcp
    model: models.ExposedUnit
    resource: models.RestResource | None = None
    step: models.CallStep | None = field(default=None, kw_only=True)
    """The step of the unit that this is, if it is one."""
    declared: DeclaredOperation | None = field(default=None, kw_only=True)
    """The operation that it calls; None if its steps do."""
    scope: StepScope = field(default=NO_STEPS, kw_only=True)
    """The steps that the unit may refer to."""

    @property
    def namespace(self) -> str:
        """Return the namespace of the adapter."""
        return self.adapter.namespace

    @property
    def name(self) -> Name:
        """Return the name by which skills refer to the unit."""
        model = self.model
        name = model.uri if isinstance(model, models.Resource) else model.name
        return self.namespace, name or ""

    @cached_property
    def inputs(self) -> tuple[models.Input, ...]:
        """Return the inputs, also of the resource; later ones override earlier ones."""
        shared_inputs = self.resource.inputs if self.resource else ()
        return tuple({i.name: i for i in (*shared_inputs, *self.model.inputs)}.values())

    @property
    def callers(self) -> tuple[Caller, ...]:
        """Return the parts of the unit that call an operation each."""
        return ()

    @property
    def apis(self) -> Iterator[models.Consumes]:
        """Yield the APIs that the unit calls."""
        yield from (caller.declared.consumes for caller in self.callers)

    @property
    def name_span(self) -> Span:
        """Return the span of the part of the spec that makes the unit respond."""
        return (self.step or self.model).at("call")

    @property
    def arguments(self) -> tuple[Entry, ...]:
        """Return the entries of `with`."""
        arguments = (self.step or self.model).arguments
        return arguments.entries if arguments else ()

    @property
    def is_open(self) -> bool:
        """Return whether the unit may get inputs that it doesn't declare.

        An empty list of inputs is a declaration: the unit has none. A resource has no
        inputs but the variables of its URI.
        """
        if isinstance(self.model, models.Resource):
            return False
        return bool(self.inputs) or "inputParameters" not in self.model.node

    @property
    def is_bare(self) -> bool:
        """Return whether a unit declares neither arguments nor inputs.

        Such a unit passes all parameters, which a step never does.
        """
        is_unit = self.step is None and self.is_open
        return is_unit and not self.arguments and not self.inputs

    @property
    def method(self) -> str | None:
        """Return the method of a route, None for a tool."""
        model = self.model
        return model.method if isinstance(model, models.RestOperation) else None

    @property
    def has_fields(self) -> bool:
        """Return whether the unit declares inputs in the body of a request."""
        return any(is_in_body(model) for model in self.inputs)

    @property
    def has_room_for_body(self) -> bool:
        """Return whether a client can pass a whole body.

        A tool takes it as an argument; a route can't if its inputs are in the body. A
        URI of a resource has no place for it, and no step takes it.
        """
        if isinstance(self.model, models.Resource) or self.step is not None:
            return False
        is_taken = self.has_fields or self.refers_to_body
        return self.method is None or (self.method in _WRITES and not is_taken)

    @property
    def refers_to_body(self) -> bool:
        """Return whether `with` refers to the request body, or to a member of it."""
        values = (entry.value for entry in self.arguments)
        names = {p.name for value in values for p in self.placeholders(value)}
        undeclared_names = (name for name in names if self.input(name) is None)
        is_placed = any(n.partition(".")[0] == "body" for n in undeclared_names)
        return is_placed and self.input("body") is None

    @cached_property
    def named_by_outputs(self) -> frozenset[str]:
        """Return the names of inputs that values of outputs refer to."""
        texts = (text for model in self.model.outputs for text in _values(model))
        pieces = (piece for text in texts for piece in template(text))
        placeholders = (piece for piece in pieces if isinstance(piece, Placeholder))
        return frozenset(map(self.named_input, placeholders))

    def named_input(self, placeholder: Placeholder) -> str:
        """Return the name of the input that the value of an output refers to."""
        return self.declared_name(self.placeholder(placeholder).name)

    def input(self, name: str) -> models.Input | None:
        """Return the declared input of that name, or None."""
        return self._inputs.get(name)

    def shared_input(self, name: str) -> models.ToolInput | None:
        """Return the input of a route's function, or None."""
        if not isinstance(self.model, models.RestOperation):
            return None
        return next((model for model in self.model.shared if model.name == name), None)

    def declared_name(self, name: str) -> str:
        """Return the name of the declared input for a reference, or the reference.

        `path.x` is the input `x` if `x` is declared in the path, or by a tool.
        """
        place, dot, bare = name.partition(".")
        is_placed = dot and self.input(name) is None and self.input(place) is None
        match self.input(bare) if is_placed else None:
            case models.RestInput(place=where) if where == place.removesuffix("s"):
                return bare
            case models.ToolInput() if place in PLACES:
                return bare
            case _:
                return name

    def argument(self, name: str) -> Node | None:
        """Return the value of a key in `with`, or None."""
        return self._given.get(name)

    @cached_property
    def _inputs(self) -> dict[str, models.Input]:
        return {model.name: model for model in reversed(self.inputs)}

    @cached_property
    def _given(self) -> dict[str, Node]:
        return {entry.key: entry.value for entry in self.arguments}

    def gives(self, name: str) -> bool:
        """Return whether the unit names the parameter: in `with`, inputs or route."""
        pieces = route(self.resource.path) if self.resource else ()
        variables = [piece.name for piece in pieces if isinstance(piece, Placeholder)]
        keys = [entry.key for entry in self.arguments]
        return self.input(name) is not None or name in (*keys, *variables)

    def reference(self, text: str) -> str | None:
        """Return the input's name if the text is `{namespace}.{name}`, else None.

        The prefix `$this.` is optional.
        """
        path = text.removeprefix("$this.")
        name = path.removeprefix(f"{self.namespace}.")
        return name if name and name != path else None

    def placeholder(self, placeholder: Placeholder) -> Placeholder:
        """Return a placeholder without the adapter's namespace in its name."""
        is_any = placeholder.scope is Scope.ANY
        name = self.reference(placeholder.name) if is_any else None
        return Placeholder(name, Scope.INPUT) if name else placeholder

    def placeholders(self, node: Node) -> Iterator[Placeholder]:
        """Yield the placeholders and references in an argument."""
        for scalar in walk_scalars(node):
            if isinstance(scalar.value, str):
                yield from self._text_placeholders(scalar.value)

    def whole(self, node: Node) -> Placeholder | None:
        """Return the placeholder or reference that is the whole argument, or None."""
        match node:
            case Scalar(value=str() as text):
                is_single = self.reference(text) or len(template(text)) == 1
                return next(self._text_placeholders(text), None) if is_single else None
            case _:
                return None

    def _text_placeholders(self, text: str) -> Iterator[Placeholder]:
        """Yield the placeholders and references to inputs, variables and settings."""
        name = self.reference(text)
        own = None if name is None else (Placeholder(name, Scope.INPUT),)
        for piece in own or template(text):
            if isinstance(piece, Placeholder) and not self.scope.has(piece.name):
                yield self.placeholder(piece)


@dataclass(frozen=True, eq=False)
class Caller(Unit):
    """A unit that calls one operation, or a step of a unit; equal only to itself."""

    declared: DeclaredOperation = field(kw_only=True)

    @property
    def callers(self) -> tuple[Caller, ...]:
        """Return this caller."""
        return (self,)


@dataclass(frozen=True, eq=False)
class FlowUnit(Unit):
    """A unit with steps, or a mock, which has none; equal only to itself."""

    by_step: Mapping[models.CallStep, Caller] = field(kw_only=True)

    @property
    def callers(self) -> tuple[Caller, ...]:
        """Return the steps that call an operation, in the order of the spec."""
        return tuple(self.by_step.values())

    @property
    def name_span(self) -> Span:
        """Return the span of the steps, or of the outputs of a mock."""
        is_mock = "steps" not in self.model.node
        return self.model.node.key_span("outputParameters" if is_mock else "steps")


@dataclass(frozen=True, eq=False)
class ForwardUnit(Unit):
    """A route that passes requests on to an API; equal only to itself."""

    target: models.Consumes = field(kw_only=True)
    forward: models.Forward = field(kw_only=True)

    @property
    def apis(self) -> Iterator[models.Consumes]:
        """Yield the API that gets the requests."""
        yield self.target

    @property
    def name_span(self) -> Span:
        """Return the span of the API's name."""
        return self.model.at("targetNamespace")


def _values(output: models.Output) -> Iterator[str]:
    """Yield the texts that are values of an output and of its parts."""
    if isinstance(output.value, str):
        yield output.value
    parts = [*(output.properties or {}).values(), output.items]
    for part in parts:
        if part is not None:
            yield from _values(part)


def is_in_body(model: models.Input) -> bool:
    """Return whether a declared input stands in the body of a request."""
    return isinstance(model, models.RestInput) and model.place == "body"


def canonical(name: str) -> str:
    """Return a name in lower case and without punctuation."""
    return re.sub(r"[\W_]", "", name).lower()


def declared_units(adapters: Iterable[models.Adapter]) -> Iterator[Unit]:
    """Yield the units that adapters declare, in the order of the spec."""
    for adapter in adapters:
        match adapter:
            case models.Rest():
                for resource in adapter.resources:
                    for operation in resource.operations:
                        yield Unit(adapter, operation, resource)
                    if resource.forward is not None:
                        yield Unit(adapter, resource.forward, resource)
            case models.Mcp():
                for tool in adapter.tools:
                    yield Unit(adapter, tool)
                for answered_resource in adapter.answered_resources:
                    yield Unit(adapter, answered_resource)
            case models.Skills() | models.Control():
                pass
            case _:
                assert_never(adapter)


@dataclass(frozen=True)
class Units:
    """The units of every adapter with a known operation or API, by their models."""

    units: dict[models.ExposedUnit, Unit]
    left_out: frozenset[Name]
    """Routes and tools without an operation."""

    @cached_property
    def in_order(self) -> tuple[Unit, ...]:
        """Return the units as they are resolved: routes first, and forwards last."""
        return tuple(sorted(self.units.values(), key=_rank))

    def of_adapter(self, adapter: models.Adapter) -> Iterator[Unit]:
        """Yield the units of an adapter, in the order of the spec."""
        yield from (u for u in self.units.values() if u.adapter is adapter)

    def unit(self, model: models.ExposedUnit) -> Unit | None:
        """Return the unit of a route or tool, or None if it has no operation."""
        return self.units.get(model)

    def calling(self, declaration: DeclaredOperation) -> list[Caller]:
        """Return the callers of an operation, in the order of the spec."""
        return self._callers.get(declaration, [])

    @cached_property
    def _callers(self) -> dict[DeclaredOperation, list[Caller]]:
        callers: dict[DeclaredOperation, list[Caller]] = {}
        for unit in self.units.values():
            for caller in unit.callers:
                callers.setdefault(caller.declared, []).append(caller)
        return callers


def _rank(unit: Unit) -> int:
    if isinstance(unit, ForwardUnit):
        return 2
    return 0 if unit.method is not None else 1


_HINTED = 50
"""Unknown calls up to which a hint is worth the time of comparing names."""


@dataclass(frozen=True)
class UnitReader:
    """Reader of declared units; it reports those without a known operation or API.

    `unknown` is the code of a call to an unknown operation.
    """

    catalogue: Catalogue
    names: Mapping[models.Consumes, str]
    unknown: Code
    report: Report

    def units(self, declared_units: Iterable[Unit]) -> Units:
        """Return the units that can respond."""
        units: dict[models.ExposedUnit, Unit] = {}
        left_out: set[Name] = set()
        for unit in declared_units:
            self._check_steps(unit.model)
            responding = self._responding(unit)
            if responding is not None:
                units[unit.model] = responding
            elif not isinstance(unit.model, models.Forward):
                left_out.add(unit.name)
        return Units(units, frozenset(left_out))

    def _check_steps(self, model: models.ExposedUnit) -> None:
        """Report a call beside steps, and mappings without steps."""
        if model.steps and model.call is not None:
            message = "'call' and 'steps' exclude each other"
            self.report.add(Code.MIXED_STEPS, message, model.node.key_span("call"))
        if model.mappings and not model.steps:
            message = "'mappings' refer to steps, and there are none"
            self.report.add(Code.MIXED_STEPS, message, model.node.key_span("mappings"))

    def _responding(self, unit: Unit) -> Unit | None:
        """Return the unit with its operations or API; None if one is unknown."""
        place = unit.adapter, unit.model, unit.resource
        match unit.model:
            case models.Forward() as forward:
                api = self._api(forward)
                return ForwardUnit(*place, target=api, forward=forward) if api else None
            case model if model.steps:
                return self._with_steps(unit)
            case model if is_mock(model):
                return FlowUnit(*place, by_step={})
            case model:
                operation = self._operation(model)
                return Caller(*place, declared=operation) if operation else None

    def _with_steps(self, unit: Unit) -> FlowUnit | None:
        place, steps = (unit.adapter, unit.model, unit.resource), unit.model.steps
        calls = [step for step in steps if isinstance(step, models.CallStep)]
        operations = {step: self._operation(step) for step in calls}
        targets = {step: target for step, target in operations.items() if target}
        if len(targets) < len(calls):
            return None
        scope = step_scope(steps, targets)
        by_step = {
            step: Caller(
                *place, scope=scope.before(step.name), declared=target, step=step
            )
            for step, target in targets.items()
        }
        return FlowUnit(*place, scope=scope, by_step=by_step)

    def _operation(
        self, model: models.ExposedUnit | models.CallStep
    ) -> DeclaredOperation | None:
        """Return the operation that a unit or a step calls; report an unknown one."""
        target = None if model.call is None else self.catalogue.find(model.call)
        if model.call is None or target is None:
            self._report_lost(model)
        elif not self.catalogue.is_exact(model.call, target):
            name = quote(".".join(target.key))
            message = (
                f"{quote(model.call)} has an unknown namespace: it is read as {name}"
            )
            self.report.add(Code.ASSUMED_NAMESPACE, message, model.at("call"))
        return target

    def _report_lost(self, model: models.ExposedUnit | models.CallStep) -> None:
        if not isinstance(model, models.CallStep) and model.ref is not None:
            return  # the function of a `ref` is unknown, which is reported already
        if model.call is None:
            message = f"{quote(model.name or model.node.plain())} calls no operation"
            self.report.add(Code.NO_CALL, message, model.at("name"))
            return
        is_few = self.report.times(self.unknown) < _HINTED
        hint = suggestion(model.call, self.catalogue.names) if is_few else None
        message = f"no consumes block declares the operation {quote(model.call)}"
        self.report.add(self.unknown, message, model.at("call"), hint)

    def _api(self, forward: models.Forward) -> models.Consumes | None:
        """Return the API of a forward; report one without exactly one."""
        names = self.names.items()
        blocks = [(n, b) for b, n in names if b.namespace == forward.namespace]
        if len(dict(blocks)) == 1:
            return blocks[0][1]
        message = f"no consumes block has the namespace {quote(forward.namespace)}"
        if blocks:
            message = f"{quote(forward.namespace)} is the namespace of several APIs"
        self.report.add(Code.UNUSABLE_FORWARD, message, forward.at("targetNamespace"))
        return None
