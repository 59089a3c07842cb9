"""The Python names of a package, decided once for every target."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from naftiko_gen.literals import bare, fill
from naftiko_gen.naming import assign, env_name, identifier, module_name, type_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from naftiko_gen.ir import (
        Capability,
        Input,
        McpAdapter,
        Operation,
        Parameter,
        RestAdapter,
        RestOperation,
        Upstream,
        Variable,
    )
    from naftiko_gen.literals import Code

# What the emitted modules define or import beside names from the document.
CLIENT_NAMES = frozenset({"self", "settings", "send", "query", "headers"})
REST_NAMES = frozenset(
    {"call", "client", "connect", "create_app", "create_rest_app", "shape", "outputs"}
)
MCP_NAMES = frozenset(
    {"arguments", "client", "connect", "create_server", "create_mcp_server", "shape"}
)
MCP_CONSTANTS = frozenset({"OBJECT", "STRING", "INTEGER", "NUMBER", "BOOLEAN"}) | {
    "ANYTHING",
    "ARRAY",
}
SETTINGS_NAMES = frozenset({"limits", "from_env", "credential", "base_uri", "text"})


@dataclass(frozen=True)
class Names:
    """The names of one capability's package.

    Names are looked up by the wire's own: an operation's is unique in its namespace, a
    route's in its method and template, a tool's in its adapter.
    """

    capability: Capability

    @cached_property
    def module(self) -> Code:
        """Return the package's import name."""
        return module_name(self.capability.slug)

    @cached_property
    def client(self) -> Code:
        """Return the client's class."""
        wire = f"{self.capability.slug}-client"
        return assign([wire], style=type_name)[wire]

    @cached_property
    def environment(self) -> str:
        """Return what the names of the package's own variables start with."""
        return env_name(self.capability.slug)

    @cached_property
    def _upstreams(self) -> Mapping[str, Code]:
        wanted = [upstream.namespace for upstream in self.capability.upstreams]
        return assign(wanted, reserved=CLIENT_NAMES)

    def upstream(self, upstream: Upstream) -> Code:
        """Return the client's argument for an upstream."""
        return self._upstreams[upstream.namespace]

    @cached_property
    def _operations(self) -> Mapping[str, Code]:
        wanted = [self._operation_wire(op) for op in self.capability.operations]
        return assign(wanted, reserved=CLIENT_NAMES)

    def operation(self, operation: Operation) -> Code:
        """Return the client's coroutine of an operation."""
        return self._operations[self._operation_wire(operation)]

    def _operation_wire(self, operation: Operation) -> str:
        """Name an operation by itself, with its namespace where another has one too."""
        namespaces = {
            other.upstream.namespace
            for other in self.capability.operations
            if other.name == operation.name
        }
        if len(namespaces) == 1:
            return operation.name
        return f"{operation.upstream.namespace}.{operation.name}"

    def parameters(self, operation: Operation) -> Mapping[Parameter, Code]:
        """Return the coroutine's argument for each of its parameters."""
        wanted = [parameter.name for parameter in operation.parameters]
        names = assign(wanted, reserved=CLIENT_NAMES)
        return {parameter: names[parameter.name] for parameter in operation.parameters}

    @cached_property
    def _settings(self) -> Mapping[str, Code]:
        variables = [variable.name for variable in self.capability.variables]
        uris = [base_uri_variable(upstream) for upstream in self.capability.upstreams]
        return assign([*variables, *uris], reserved=SETTINGS_NAMES)

    def setting(self, variable: Variable) -> Code:
        """Return the field of the settings that holds a variable."""
        return self._settings[variable.name]

    def base_uri(self, upstream: Upstream) -> Code:
        """Return the field of the settings that says where an upstream lives."""
        return self._settings[base_uri_variable(upstream)]

    def rest_module(self, adapter: RestAdapter) -> Code:
        """Return the module of a REST adapter."""
        return _adapter_module("rest", adapter, self.capability.rest, "rest")

    def mcp_module(self, adapter: McpAdapter) -> Code:
        """Return the module of an MCP adapter."""
        return _adapter_module("mcp", adapter, self.capability.mcp, "mcp_server")

    def openapi_file(self, adapter: RestAdapter) -> Code:
        """Return the file of a REST adapter's OpenAPI document."""
        return _adapter_module("openapi", adapter, self.capability.rest, "openapi")

    def routes(self, adapter: RestAdapter) -> tuple[Code, ...]:
        """Return the handler of each operation of an adapter, in their order."""
        wires = [_route_wire(operation, adapter) for operation in adapter.operations]
        names = assign(wires, reserved=REST_NAMES)
        return tuple(names[wire] for wire in wires)

    def tools(self, adapter: McpAdapter) -> tuple[Code, ...]:
        """Return the handler of each tool of an adapter, in their order."""
        wires = [tool.name for tool in adapter.tools]
        names = assign(wires, reserved=MCP_NAMES)
        return tuple(names[wire] for wire in wires)

    def tool_constants(self, adapter: McpAdapter) -> tuple[Code, ...]:
        """Return the constant of each tool of an adapter, in their order."""
        wires = [tool.name for tool in adapter.tools]
        names = assign(wires, reserved=MCP_CONSTANTS, style=_constant)
        return tuple(names[wire] for wire in wires)


def base_uri_variable(upstream: Upstream) -> str:
    """Return the environment variable that says where an upstream lives."""
    return f"{env_name(upstream.namespace)}_BASE_URI"


def _route_wire(operation: RestOperation, adapter: RestAdapter) -> str:
    """Name a route by its operation, with method and path where another has it too."""
    rivals = [other for other in adapter.operations if other.name == operation.name]
    if len(rivals) == 1:
        return operation.name
    return f"{operation.name} {operation.method} {route_template(operation.route)}"


def route_template(route: Iterable[str | Input]) -> str:
    """Return a route as its author reads it: `/runs/{run_id}`."""
    return "".join(
        part if isinstance(part, str) else f"{{{part.name}}}" for part in route
    )


def route_shape(operation: RestOperation) -> tuple[str | None, ...]:
    """Return a route without the names of its variables."""
    return tuple(part if isinstance(part, str) else None for part in operation.route)


def _constant(wire: str) -> str:
    return identifier(wire).strip("_").upper()


def _adapter_module(
    prefix: str,
    adapter: RestAdapter | McpAdapter,
    siblings: tuple[RestAdapter | McpAdapter, ...],
    alone: str,
) -> Code:
    """Return `alone` for an only adapter, prefix and namespace for one of many."""
    if len(siblings) == 1:
        return fill("{}", bare(alone))
    wires = {sibling.namespace: f"{prefix}_{sibling.namespace}" for sibling in siblings}
    return assign(wires.values())[wires[adapter.namespace]]
