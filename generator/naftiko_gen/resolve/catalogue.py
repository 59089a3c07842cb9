"""Declared operations and APIs, and which of them routes, tools and forwards name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.language import models

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
        every = tuple(declared_operations(consumed))
        for declaration in every:
            if operations.setdefault(declaration.key, declaration) is not declaration:
                name = quote(".".join(declaration.key))
                message = f"{name} is declared twice: calls reach the first one"
                span = declaration.operation.at("name")
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
        if any(namespace in self.namespaces for namespace, _ in self._splits(call)):
            return None
        for dot in _dots(call):
            if len(call) - dot - 1 in self._lengths_of_names:
                namesakes = self._by_name.get(call[dot + 1 :], ())
                if len(namesakes) == 1:
                    return namesakes[0]
        return None

    def is_exact(self, call: str, declaration: DeclaredOperation) -> bool:
        """Return whether a call names an operation by its own namespace."""
        return declaration.key in self._splits(call)

    @property
    def names(self) -> list[str]:
        """Return the names by which calls can reach operations."""
        return [".".join(key) for key in self.operations]

    def _splits(self, call: str) -> Iterator[Key]:
        """Yield the splits of a call at dots, the last one first.

        Only splits into a known length of namespace are made: a text of only dots
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


def declared_operations(
    consumed: Sequence[models.Consumes],
) -> Iterator[DeclaredOperation]:
    """Yield the operations of all blocks."""
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


def names_of_upstreams(
    consumed: Sequence[models.Consumes],
) -> dict[models.Consumes, str]:
    """Return the names of the upstreams of consumes blocks.

    Blocks with equal namespace, address and credential share an upstream. The first
    upstream of a namespace has its name; a number is appended for the others.
    """
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
    return names


def _source(block: models.Consumes) -> tuple[str, str]:
    """Return the address and the credential of a block's requests."""
    credential = block.node.get("authentication")
    return block.base_uri.rstrip("/"), repr(credential.plain() if credential else None)
