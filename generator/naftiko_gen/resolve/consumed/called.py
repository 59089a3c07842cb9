"""The consumed operations that routes and tools call, and their upstreams."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from naftiko_gen.resolve.consumed.operations import operation
from naftiko_gen.resolve.consumed.response_examples import response_example
from naftiko_gen.resolve.consumed.upstreams import upstream

if TYPE_CHECKING:
    from naftiko_gen import ir
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.language import models
    from naftiko_gen.resolve.answer_schemas import AnswerSchemas
    from naftiko_gen.resolve.catalogue import Catalogue, DeclaredOperation, Key
    from naftiko_gen.resolve.consumed.operations import ResolvedOperation
    from naftiko_gen.resolve.environment import Environment
    from naftiko_gen.resolve.namespaces import UpstreamNames
    from naftiko_gen.resolve.units import Units


@dataclass(frozen=True)
class CalledOperations:
    """The called operations of a spec.

    Each is resolved once, at the first request for it: its diagnostics precede those
    of its first caller. The results don't depend on the order of requests.
    """

    catalogue: Catalogue
    units: Units
    names: UpstreamNames
    environment: Environment
    schemas: AnswerSchemas
    report: Report
    _resolved: dict[Key, ResolvedOperation] = field(default_factory=dict)
    _upstreams: dict[str, ir.Upstream] = field(default_factory=dict)

    def find(self, declaration: DeclaredOperation) -> ResolvedOperation:
        """Return the resolved operation of a declaration that units call."""
        if declaration.key not in self._resolved:
            resolution = operation(
                declaration,
                self._upstream(self.names.of_block(declaration.consumes)),
                self.units.calling(declaration),
                self.environment,
                self.report,
            )
            full_operation = replace(
                resolution.operation,
                schema=self.schemas.of(declaration.operation),
                answer=self.schemas.type_of(declaration.operation),
                example=response_example(declaration.operation, self.report),
            )
            self._resolved[declaration.key] = replace(
                resolution, operation=full_operation
            )
        return self._resolved[declaration.key]

    @property
    def operations(self) -> tuple[tuple[DeclaredOperation, ir.Operation], ...]:
        """Return the operations with their declarations, in the order of the spec."""
        return tuple(
            (declaration, self.find(declaration).operation)
            for declaration in self.catalogue.operations.values()
            if self.units.calling(declaration)
        )

    def upstream_of(self, block: models.Consumes) -> ir.Upstream:
        """Return the upstream of a consumes block whose requests are sent."""
        return self._upstream(self.names.of_block(block))

    def upstreams(
        self, consumed: list[models.Consumes]
    ) -> tuple[tuple[models.Consumes, ir.Upstream], ...]:
        """Return the consumes blocks of called upstreams, each with its upstream."""
        pairs = ((block, self.names.of_block(block)) for block in consumed)
        return tuple(
            (block, self._upstream(name))
            for block, name in pairs
            if name in self._blocks
        )

    def _upstream(self, name: str) -> ir.Upstream:
        if name not in self._upstreams:
            block = self._blocks[name]
            resolved_upstream = upstream(block, self.environment, self.report)
            self._upstreams[name] = replace(resolved_upstream, namespace=name)
        return self._upstreams[name]

    @cached_property
    def _blocks(self) -> dict[str, models.Consumes]:
        """Return the block that each called upstream is resolved from.

        Of several, it is the one of the first call; routes come before tools, and
        forwards are last.
        """
        called_blocks = (caller.declared.consumes for caller in self.units.callers)
        forwarded_blocks = (unit.target for unit in self.units.forwards)
        blocks: dict[str, models.Consumes] = {}
        for block in (*called_blocks, *forwarded_blocks):
            blocks.setdefault(self.names.of_block(block), block)
        return blocks
