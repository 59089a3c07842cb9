"""Adapters: the REST APIs and MCP servers that are exposed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from naftiko_gen import ir, spec
from naftiko_gen.codes import Code
from naftiko_gen.expressions import Hole, route
from naftiko_gen.quoting import shown
from naftiko_gen.resolve.calls import Connection
from naftiko_gen.resolve.descriptions import humanised
from naftiko_gen.resolve.inputs import Inputs
from naftiko_gen.resolve.outputs import output
from naftiko_gen.resolve.routes import in_order, template_of, variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from naftiko_gen.diagnostics import Report
    from naftiko_gen.resolve.catalogue import Declared
    from naftiko_gen.resolve.environment import Environment
    from naftiko_gen.resolve.operations import Resolved
    from naftiko_gen.resolve.units import Adapters, Unit
    from naftiko_gen.tree import Span

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_FIRST_PORT = 9090


@dataclass
class Exposing:
    """Resolves adapters; operations are looked up with `operation`."""

    units: Adapters
    operation: Callable[[Declared], Resolved]
    environment: Environment
    report: Report

    def rest(self, adapter: spec.Rest) -> ir.RestAdapter:
        """Return a REST adapter, its operations in the order of matching."""
        self._note_address(adapter)
        operations: list[ir.RestOperation] = []
        taken: dict[tuple[str, str], str] = {}
        for resource in adapter.resources:
            names = variables(resource, self.report)
            for model in resource.operations:
                self._claim_route(resource, model, taken)
                if (unit := self.units.unit(model)) is not None:
                    operations.append(self._rest_operation(unit, model, names))
        return ir.RestAdapter(
            adapter.namespace,
            adapter.port,
            in_order(tuple(self._distinct(operations, adapter))),
            adapter.description,
        )

    def mcp(self, adapter: spec.Mcp, free_port: int) -> ir.McpAdapter:
        """Return an MCP adapter; one without a port gets the free one."""
        self._note_address(adapter)
        self._check_tool_names(adapter)
        tools = (
            self._tool(unit, model)
            for model in adapter.tools
            if (unit := self.units.unit(model)) is not None
        )
        return ir.McpAdapter(
            adapter.namespace,
            adapter.port or free_port,
            ir.Transport(adapter.transport),
            tuple(tools),
            adapter.description,
        )

    def _note_address(self, adapter: spec.Rest | spec.Mcp) -> None:
        if adapter.address is not None:
            message = "'address' is ignored: the HOST setting decides"
            span = adapter.node.key_span("address")
            self.report.add(Code.IGNORED_ADDRESS, message, span)

    # --- routes ---

    def _rest_operation(
        self, unit: Unit, model: spec.RestOperation, names: Sequence[str]
    ) -> ir.RestOperation:
        inputs, call = self._call(unit, names)
        path = unit.resource.path if unit.resource else ""
        pieces = tuple(
            inputs.variable(piece.name) if isinstance(piece, Hole) else piece
            for piece in route(path)
        )
        name = model.name or call.operation.name
        return ir.RestOperation(
            name,
            model.method,
            pieces,
            tuple(inputs.known.values()),
            call,
            output(unit, self.report),
            _description(model, call, name),
        )

    def _claim_route(
        self,
        resource: spec.RestResource,
        model: spec.RestOperation,
        taken: dict[tuple[str, str], str],
    ) -> None:
        key = model.method, template_of(resource.path)
        if key in taken:
            message = f"{model.method} {shown(resource.path)} is exposed twice"
            span = model.node.value_span("method")
            self.report.add(Code.DUPLICATE_ROUTE, message, span)
        taken.setdefault(key, resource.path)

    def _distinct(
        self, operations: Sequence[ir.RestOperation], adapter: spec.Rest
    ) -> Iterator[ir.RestOperation]:
        """Give the later ones of operations with one name a number."""
        taken: set[str] = set()
        for operation in operations:
            name, number = operation.name, 1
            while name in taken:
                number += 1
                name = f"{operation.name}-{number}"
            taken.add(name)
            if name != operation.name:
                message = f"a later {shown(operation.name)} becomes {shown(name)}"
                self.report.add(Code.DUPLICATE_NAME, message, adapter.node.span)
            yield replace(operation, name=name)

    # --- tools ---

    def _tool(self, unit: Unit, model: spec.Tool) -> ir.Tool:
        inputs, call = self._call(unit, ())
        return ir.Tool(
            model.name,
            model.label,
            _description(model, call, model.name),
            self._hints(model, call.operation.method),
            tuple(inputs.known.values()),
            call,
            output(unit, self.report),
        )

    def _check_tool_names(self, adapter: spec.Mcp) -> None:
        taken: set[str] = set()
        for tool in adapter.tools:
            if tool.name in taken:
                message = f"the adapter has two tools {shown(tool.name)}"
                span = tool.node.value_span("name")
                self.report.add(Code.DUPLICATE_TOOL, message, span)
            taken.add(tool.name)

    def _hints(self, model: spec.Tool, method: str) -> ir.Hints:
        hints = model.hints
        if hints is None:
            return ir.Hints()
        if hints.read_only and method in _UNSAFE:
            self._warn_hint("readOnly: true", method, hints.node.value_span("readOnly"))
        if hints.destructive is False and method == "DELETE":
            span = hints.node.value_span("destructive")
            self._warn_hint("destructive: false", method, span)
        return ir.Hints(
            hints.read_only, hints.destructive, hints.idempotent, hints.open_world
        )

    def _warn_hint(self, hint: str, method: str, span: Span) -> None:
        message = f"{shown(hint)} claims more safety than {method} allows"
        self.report.add(Code.UNSAFE_HINT, message, span)

    # --- both ---

    def _call(self, unit: Unit, names: Sequence[str]) -> tuple[Inputs, ir.Call]:
        resolved = self.operation(unit.declared)
        inputs = Inputs(unit, resolved, names, self.report)
        connection = Connection(unit, resolved, inputs, self.environment, self.report)
        return inputs, connection.call()


def _description(
    model: spec.RestOperation | spec.Tool, call: ir.Call, name: str
) -> str:
    return model.description or call.operation.description or humanised(name)


def free_port(adapters: Sequence[spec.Rest | spec.Mcp | spec.Skills]) -> int:
    """Return a port that no adapter names."""
    named = {adapter.port for adapter in adapters}
    return next(p for p in range(_FIRST_PORT, 65536) if p not in named)
