"""Declared operations and APIs, and which of them routes, tools and forwards name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import nearest, quote
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.language import models

Unit = models.ExposedUnit
Calling = Unit | models.CallStep
Targets = Mapping[Calling, "DeclaredOperation"]
"""The operations that routes, tools and steps call."""


Key = tuple[str, str]
"""Namespace and name of an operation."""


@dataclass(frozen=True)
class DeclaredOperation:
    """A declared operation, with its resource and consumes block."""

    consumes: models.Consumes
    resource: models.ConsumedResource
    operation: models.ConsumedOperation

    @property
    def key(self) -> Key:
        """Return the namespace and name that a call uses."""
        return self.consumes.namespace, self.operation.name


@dataclass(frozen=True)
class Catalogue:
    """Every declared operation, in the order of the spec."""

    operations: dict[Key, DeclaredOperation]
    """The operations that calls can reach."""
    declared: tuple[DeclaredOperation, ...]
    namespaces: frozenset[str]

    @classmethod
    def of(cls, consumed: Sequence[models.Consumes], report: Report) -> Catalogue:
        """Collect the operations of all blocks; the first one of a name is used.

        Blocks with the same namespace are merged.
        """
        operations: dict[Key, DeclaredOperation] = {}
        every = tuple(_declared_operations(consumed))
        for declaration in every:
            if operations.setdefault(declaration.key, declaration) is not declaration:
                name = quote(".".join(declaration.key))
                message = f"{name} is declared twice: calls reach the first one"
                span = declaration.operation.node.value_span("name")
                report.add(Code.DUPLICATE_OPERATION, message, span)
        return cls(operations, every, frozenset(block.namespace for block in consumed))

    def find(self, call: str) -> DeclaredOperation | None:
        """Return the operation that a call names, or None.

        Namespaces and names may hold dots: the call is split at the last dot that
        gives two known names. If the namespace is unknown, the only operation of that
        name is assumed.
        """
        for key in self._splits(call):
            if key in self.operations:
                return self.operations[key]
        return self._only_one(call)

    def is_exact(self, call: str, declaration: DeclaredOperation) -> bool:
        """Return whether a call names an operation by its own namespace."""
        return declaration.key in self._splits(call)

    def nearest(self, call: str) -> str | None:
        """Return the declared operation that is closest to an unknown call."""
        return nearest(call, [".".join(key) for key in self.operations])

    def _only_one(self, call: str) -> DeclaredOperation | None:
        """Return the only operation with a call's name if the namespace is unknown."""
        if any(namespace in self.namespaces for namespace, _ in self._splits(call)):
            return None
        for dot in _dots(call):
            if len(call) - dot - 1 in self._lengths_of_names:
                namesakes = self._by_name.get(call[dot + 1 :], ())
                if len(namesakes) == 1:
                    return namesakes[0]
        return None

    def _splits(self, call: str) -> Iterator[Key]:
        """Yield the splits of a call at dots, the last one first.

        Only splits into a known length of namespace are made: a text of dots alone
        would need quadratic space.
        """
        for dot in _dots(call):
            if dot in self._lengths_of_namespaces:
                yield call[:dot], call[dot + 1 :]

    @cached_property
    def _by_name(self) -> dict[str, list[DeclaredOperation]]:
        by_name: dict[str, list[DeclaredOperation]] = {}
        for declaration in self.declared:
            by_name.setdefault(declaration.operation.name, []).append(declaration)
        return by_name

    @cached_property
    def _lengths_of_names(self) -> frozenset[int]:
        return frozenset(map(len, self._by_name))

    @cached_property
    def _lengths_of_namespaces(self) -> frozenset[int]:
        return frozenset(map(len, self.namespaces))


def _declared_operations(
    consumed: Sequence[models.Consumes],
) -> Iterator[DeclaredOperation]:
    for consumes in consumed:
        for resource in consumes.resources:
            for operation in resource.operations:
                yield DeclaredOperation(consumes, resource, operation)


def _dots(call: str) -> Iterator[int]:
    """Yield the positions of dots in a call, from the last; none at its start."""
    end = len(call)
    while (dot := call.rfind(".", 0, end)) > 0:
        yield dot
        end = dot


def is_mock(unit: models.ExposedUnit) -> bool:
    """Return whether a unit calls nothing and has an output with a value."""
    is_call = unit.call is not None or unit.ref is not None or bool(unit.steps)
    return not is_call and any(map(has_value, unit.outputs))


def has_value(output: models.Output) -> bool:
    """Return whether an output or a part of it has a value of its own."""
    if output.value is not None or output.const is not None:
        return True
    parts = [*(output.properties or {}).values(), output.items]
    return any(has_value(part) for part in parts if part is not None)


_HINTED = 50
"""Unknown calls up to which a hint is worth the time of comparing names."""


def call_targets(
    units: Sequence[Unit], catalogue: Catalogue, unknown: Code, report: Report
) -> dict[Calling, DeclaredOperation]:
    """Return the operation of each route, tool and step that calls a declared one.

    The others are reported; `unknown` is the code of a call to an unknown operation.
    """
    targets: dict[Calling, DeclaredOperation] = {}
    for unit in units:
        _check_steps(unit, report)
    for model in _callers(units):
        target = None if model.call is None else catalogue.find(model.call)
        if target is None:
            _report_lost(model, unknown, catalogue, report)
        else:
            targets[model] = target
            _report_assumed(model, target, catalogue, report)
    return targets


def _callers(units: Iterable[Unit]) -> Iterator[Calling]:
    """Yield the routes and tools, or their steps that call operations."""
    for unit in units:
        if unit.steps:
            yield from (s for s in unit.steps if isinstance(s, models.CallStep))
        elif not isinstance(unit, models.Forward) and not is_mock(unit):
            yield unit


def _check_steps(unit: Unit, report: Report) -> None:
    """Report a call beside steps, and mappings without steps."""
    if unit.steps and unit.call is not None:
        message = "'call' and 'steps' exclude each other"
        report.add(Code.MIXED_STEPS, message, unit.node.key_span("call"))
    if unit.mappings and not unit.steps:
        message = "'mappings' refer to steps, and there are none"
        report.add(Code.MIXED_STEPS, message, unit.node.key_span("mappings"))


def _report_assumed(
    model: Calling, declaration: DeclaredOperation, catalogue: Catalogue, report: Report
) -> None:
    """Report a call whose namespace is unknown."""
    if model.call is not None and not catalogue.is_exact(model.call, declaration):
        name = quote(".".join(declaration.key))
        message = f"{quote(model.call)} has an unknown namespace: it is read as {name}"
        report.add(Code.ASSUMED_NAMESPACE, message, model.node.value_span("call"))


def _report_lost(
    model: Calling, unknown: Code, catalogue: Catalogue, report: Report
) -> None:
    if not isinstance(model, models.CallStep) and model.ref is not None:
        return  # the function of a `ref` is unknown, which is reported already
    if model.call is None:
        message = f"{quote(model.name or model.node.plain())} calls no operation"
        report.add(Code.NO_CALL, message, model.node.value_span("name"))
        return
    is_few = report.times(unknown) < _HINTED
    close = catalogue.nearest(model.call) if is_few else None
    hint = f"did you mean {quote(close)}?" if close else None
    message = f"no consumes block declares the operation {quote(model.call)}"
    report.add(unknown, message, model.node.value_span("call"), hint)


def check_namespaces(capability: models.Capability, report: Report) -> None:
    """Report namespaces that two adapters, or two consumes blocks, share.

    A skill's reference reaches the first of such adapters. A call reaches all blocks,
    since their operations differ.
    """
    adapters = [(model.namespace, model.node) for model in capability.exposes]
    blocks = [(model.namespace, model.node) for model in capability.consumes]
    for holders, code, fault in (
        (adapters, Code.DUPLICATE_NAMESPACE, "is taken by another adapter"),
        (blocks, Code.MERGED_NAMESPACE, "has several blocks, which are merged"),
    ):
        spans: dict[str, Span] = {}
        for namespace, node in holders:
            span = node.value_span("namespace")
            # An import of several blocks gives all of them its own name, at one span.
            if spans.setdefault(namespace, span) != span:
                report.add(code, f"the namespace {quote(namespace)} {fault}", span)


@dataclass(frozen=True)
class UpstreamNames:
    """Names of the upstreams of consumes blocks.

    Blocks with equal namespace, address and credential share an upstream. The first
    upstream of a namespace has its name; a number is appended for the others.
    """

    names: dict[models.Consumes, str]

    @classmethod
    def of(cls, consumed: Sequence[models.Consumes]) -> UpstreamNames:
        """Name the upstreams of a spec."""
        namespaces = {block.namespace for block in consumed}
        sources: dict[str, tuple[str, str]] = {}
        names = {}
        for block in consumed:
            name, number, source = block.namespace, 1, _source(block)
            while sources.get(name, source) != source or (
                number > 1 and name in namespaces
            ):
                number += 1
                name = f"{block.namespace}-{number}"
            sources[name] = source
            names[block] = name
        return cls(names)

    def of_block(self, block: models.Consumes) -> str:
        """Return the name of a block's upstream."""
        return self.names[block]


def _source(block: models.Consumes) -> tuple[str, str]:
    """Return the address and the credential of a block's requests."""
    credential = block.node.get("authentication")
    return block.base_uri.rstrip("/"), repr(credential.plain() if credential else None)


ForwardTargets = Mapping[models.Forward, models.Consumes]
"""The consumed API of each forward."""


def forward_targets(
    units: Iterable[Unit],
    consumed: Sequence[models.Consumes],
    names: UpstreamNames,
    report: Report,
) -> dict[models.Forward, models.Consumes]:
    """Return the API of each forward; those without exactly one are reported."""
    targets: dict[models.Forward, models.Consumes] = {}
    for forward in (unit for unit in units if isinstance(unit, models.Forward)):
        blocks = {
            names.of_block(block): block
            for block in reversed(consumed)
            if block.namespace == forward.namespace
        }
        if len(blocks) == 1:
            targets[forward] = next(iter(blocks.values()))
            continue
        message = f"no consumes block has the namespace {quote(forward.namespace)}"
        if blocks:
            message = f"{quote(forward.namespace)} is the namespace of several APIs"
        span = forward.node.value_span("targetNamespace")
        report.add(Code.UNUSABLE_FORWARD, message, span)
    return targets
