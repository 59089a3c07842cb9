"""The operations that a document declares, by the names that calls use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.codes import Code
from naftiko_gen.quoting import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen import spec
    from naftiko_gen.diagnostics import Report
    from naftiko_gen.tree import Span

Key = tuple[str, str]
"""Namespace and name of an operation."""


@dataclass(frozen=True)
class Declared:
    """An operation as it is declared, and where."""

    consumes: spec.Consumes
    resource: spec.ConsumedResource
    operation: spec.ConsumedOperation

    @property
    def key(self) -> Key:
        """Return what calls it."""
        return self.consumes.namespace, self.operation.name


@dataclass(frozen=True)
class Catalogue:
    """Every declared operation, in the document's order."""

    operations: dict[Key, Declared]

    @classmethod
    def of(cls, consumed: Sequence[spec.Consumes], report: Report) -> Catalogue:
        """Collect the operations; of two with one name, the first counts."""
        operations: dict[Key, Declared] = {}
        for declared in _declared(consumed):
            if operations.setdefault(declared.key, declared) is not declared:
                name = shown(".".join(declared.key))
                message = f"{name} is declared twice; calls reach the first"
                span = declared.operation.node.value_span("name")
                report.add(Code.DUPLICATE_OPERATION, message, span)
        return cls(operations)

    def find(self, call: str, span: Span, report: Report) -> Declared | None:
        """Return what a call names, or report that nothing has that name.

        Namespaces and names may hold dots: the last one that separates two known
        names counts.
        """
        for namespace, name in _splits(call):
            if (namespace, name) in self.operations:
                return self.operations[namespace, name]
        message = f"call names {shown(call)}, which no consumes block declares"
        close = nearest(call, [".".join(key) for key in self.operations])
        hint = f"did you mean {shown(close)}?" if close else None
        report.add(Code.UNKNOWN_OPERATION, message, span, hint)
        return None


def _declared(consumed: Sequence[spec.Consumes]) -> Iterator[Declared]:
    for consumes in consumed:
        for resource in consumes.resources:
            for operation in resource.operations:
                yield Declared(consumes, resource, operation)


def _splits(call: str) -> Iterator[Key]:
    end = len(call)
    while (dot := call.rfind(".", 0, end)) > 0:
        yield call[:dot], call[dot + 1 :]
        end = dot
