"""The Python names of a package, decided once for every target."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import TypeVar

from naftiko_gen import ir
from naftiko_gen.emit.code.naming import assign, module_name, names_in, type_name
from naftiko_gen.emit.literals import Code, bare, fill
from naftiko_gen.emit.runtime.names import functions_of
from naftiko_gen.language.names import env_name
from naftiko_gen.language.package_settings import BASE_URI
from naftiko_gen.language.portable_names import DEVICES


def spell_template(parts: Iterable[str | ir.Input | ir.Parameter | ir.Variable]) -> str:
    """Return texts, and names in braces, as a spec has them: `/runs/{run_id}`."""
    return "".join(
        part if isinstance(part, str) else f"{{{part.name}}}" for part in parts
    )


def spelling(route: ir.Route, adapter: ir.RestAdapter) -> ir.Route:
    """Return the route that names the variables in this route's path.

    Routes that differ only in the names of their variables share a path, with the names
    of the first route.
    """
    return adapter.first(route.path)


def route_variables(route: ir.Route, adapter: ir.RestAdapter) -> dict[str, Code]:
    """Return the Python name that each variable of a route has in its path."""
    own, common = (
        [part.name for part in path.route if not isinstance(part, str)]
        for path in (route, spelling(route, adapter))
    )
    names = assign(common)
    return {name: names[other] for name, other in zip(own, common, strict=True)}


CLIENTS_MODULE = "authentication"
"""The module of all adapters' authentication."""

# Names in lower case that emitted modules define or import, besides names in the spec.
CLIENT_NAMES = frozenset({"self", "settings"})
TEMPLATE_NAMES = functions_of("bodies", "values")
# Only adapters decode inputs, and base URIs and credentials are of all operations.
_NOT_IN_OPERATIONS = frozenset({"basic", "decode_base64", "path_text"})
PARAMETER_NAMES = frozenset({"self"}) | (
    functions_of("bodies", "upstream.requests", "values") - _NOT_IN_OPERATIONS
)
FUNCTION_NAMES = TEMPLATE_NAMES | names_in("""
    array binary_reply client connect csv_rows decode_base64 functools object_of outputs
    psv_rows shape shape_or_pass tsv_rows typed_reply xml_below xml_document
    """)
FLOW_NAMES = FUNCTION_NAMES | names_in("""
    answer as_array as_step find flow item lookup mock needed pick pick_each row
    together unless_gone unread with_declared
    """)
REST_NAMES = FUNCTION_NAMES | names_in(
    "create_app create_rest_app nullcontext pathlib reference"
)
MCP_NAMES = FUNCTION_NAMES | names_in("""
    create_http_app create_mcp_app create_offer create_server nullcontext pathlib
    serve_stdio server_factory speak
    """)
FILES = "resources"
"""The directory of a package with the files that it serves."""
_IMPORTABLE = re.compile(r"\.(?:py|pyi|pyc|pyd|so|pth)_*")
SETTINGS_NAMES = names_in("""
    alternative_credential base_uri credential from_env limits of_values secret_files
    templated_base_uri text unset
    """)


@dataclass(frozen=True)
class Names:
    """The names of one capability's package.

    They are looked up by the names in the spec: an operation's name is unique in its
    namespace, a route's for its method and template, a tool's in its adapter.
    """

    capability: ir.Capability

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
        """Return the prefix of the package's own variables."""
        return env_name(self.capability.slug)

    @cached_property
    def _upstreams(self) -> Mapping[str, Code]:
        wires = (upstream.namespace for upstream in self.capability.upstreams)
        return assign(wires, reserved=CLIENT_NAMES)

    def upstream(self, upstream: ir.Upstream) -> Code:
        """Return the client's argument for an upstream."""
        return self._upstreams[upstream.namespace]

    @cached_property
    def _operations(self) -> Mapping[str, Code]:
        wires = [self._operation_wire(op) for op in self.capability.operations]
        wires += [_forward_wire(fwd.upstream) for fwd in self.capability.forwards]
        return assign(wires, reserved=CLIENT_NAMES)

    def operation(self, operation: ir.Operation) -> Code:
        """Return the client's coroutine of an operation."""
        return self._operations[self._operation_wire(operation)]

    def forward(self, upstream: ir.Upstream) -> Code:
        """Return the client's coroutine that forwards requests to an upstream."""
        return self._operations[_forward_wire(upstream)]

    def _operation_wire(self, operation: ir.Operation) -> str:
        """Return an operation's name, with its namespace if another has it too."""
        if len(self._namespaces[operation.name]) == 1:
            return operation.name
        return f"{operation.upstream.namespace}.{operation.name}"

    @cached_property
    def _namespaces(self) -> Mapping[str, set[str]]:
        namespaces: dict[str, set[str]] = {}
        for operation in self.capability.operations:
            own = namespaces.setdefault(operation.name, set())
            own.add(operation.upstream.namespace)
        return namespaces

    def parameters(self, operation: ir.Operation) -> Mapping[ir.Parameter, Code]:
        """Return the coroutine's argument for each of its parameters."""
        wires = [parameter.name for parameter in operation.parameters]
        names = assign(wires, reserved=PARAMETER_NAMES)
        return {parameter: names[parameter.name] for parameter in operation.parameters}

    @cached_property
    def _settings(self) -> Mapping[str, Code]:
        variables = [variable.name for variable in self.capability.variables]
        uris = [base_uri_variable(upstream) for upstream in self.capability.upstreams]
        return assign([*variables, *uris], reserved=SETTINGS_NAMES)

    def setting(self, variable: ir.Variable) -> Code:
        """Return the field of the settings that holds a variable."""
        return self._settings[variable.name]

    def setting_in(self, settings: Code) -> Callable[[ir.Variable], Code]:
        """Return a function that writes the setting of a variable."""
        return lambda variable: fill("{}.{}", settings, self.setting(variable))

    def base_uri(self, upstream: ir.Upstream) -> Code:
        """Return the field of the settings that holds an upstream's base URI."""
        return self._settings[base_uri_variable(upstream)]

    def rest_module(self, adapter: ir.RestAdapter) -> Code:
        """Return the module of a REST adapter."""
        return self._file(adapter, "rest", alone="rest")

    def mcp_module(self, adapter: ir.McpAdapter) -> Code:
        """Return the module of an MCP adapter."""
        return self._file(adapter, "mcp", alone="mcp_server")

    def openapi_file(self, adapter: ir.RestAdapter) -> Code:
        """Return the file of a REST adapter's OpenAPI document."""
        return self._file(adapter, "openapi", alone="openapi")

    def skills_file(self, adapter: ir.SkillServer) -> Code:
        """Return the file of the skills that an adapter serves."""
        return self._file(adapter, "skills", alone="skills")

    def _file(self, adapter: ir.Server, prefix: str, *, alone: str) -> Code:
        """Return `alone` for the only adapter of a kind, else a name with a prefix."""
        servers = self.capability.servers
        alike = [other.namespace for other in servers if type(other) is type(adapter)]
        if len(alike) == 1:
            return bare(alone)
        wires = {namespace: f"{prefix}_{namespace}" for namespace in alike}
        return assign(wires.values())[wires[adapter.namespace]]

    @property
    def _flow_module(self) -> frozenset[str]:
        return frozenset(("functions",) if self.capability.flows else ())

    def routes(self, adapter: ir.RestAdapter) -> Iterator[tuple[ir.Route, Code]]:
        """Yield each route of an adapter and its handler."""
        wires = [_route_wire(route, adapter) for route in adapter.routes]
        return _pair(adapter.routes, wires, REST_NAMES | self._flow_module)

    def operation_ids(self, adapter: ir.RestAdapter) -> Iterator[tuple[ir.Route, Code]]:
        """Yield each route of an adapter and its name for generated clients."""
        wires = [_route_wire(route, adapter) for route in adapter.routes]
        return _pair(adapter.routes, wires)

    def resources(self, adapter: ir.McpAdapter) -> Iterator[tuple[ir.Resource, Code]]:
        """Yield each resource of an adapter that calls answer, and its function."""
        tools = {str(name) for _, name in self.tools(adapter)}
        wires = [f"read {resource.name}" for resource in adapter.resources]
        return _pair(adapter.resources, wires, MCP_NAMES | tools)

    def tools(self, adapter: ir.McpAdapter) -> Iterator[tuple[ir.Tool, Code]]:
        """Yield each tool of an adapter and its handler."""
        wires = [tool.name for tool in adapter.tools]
        return _pair(adapter.tools, wires, MCP_NAMES | self._flow_module)

    def file_path(self, adapter: ir.McpAdapter, file: ir.FileResource) -> str:
        """Return the path of a served file in the package."""
        directory = self._file_directories[(adapter.namespace, file.resource)]
        # A module of a resource is no module of the package; `a.py_` is `a.py__`.
        suffix = PurePosixPath(file.path).suffix
        ending = "_" if _IMPORTABLE.fullmatch(suffix) else ""
        return f"{FILES}/{directory}/{file.path}{ending}"

    @cached_property
    def _file_directories(self) -> Mapping[tuple[str, str], str]:
        """Return the directory of each resource with files, by adapter and name."""
        wires = {
            (adapter.namespace, file.resource): f"{adapter.namespace} {file.resource}"
            for adapter in self.capability.mcp
            for file in adapter.files
        }
        names = [name for _, name in wires]
        if len(set(names)) == len(names):
            wires = {key: key[1] for key in wires}
        directories = assign(wires.values(), reserved=DEVICES)
        return {key: str(directories[wire]) for key, wire in wires.items()}


U = TypeVar("U")


def _pair(
    units: Sequence[U], wires: Sequence[str], reserved: frozenset[str] = frozenset()
) -> Iterator[tuple[U, Code]]:
    names = assign(wires, reserved=reserved)
    for unit, wire in zip(units, wires, strict=True):
        yield unit, names[wire]


def base_uri_variable(upstream: ir.Upstream) -> str:
    """Return the environment variable that overrides an upstream's base URI."""
    return BASE_URI.variable(upstream.namespace)


def authentication_name(adapter: ir.Server) -> Code:
    """Return the name of an adapter's authentication, in a module of its own."""
    return bare(f"CLIENTS_OF_{env_name(adapter.namespace)}")


def _forward_wire(upstream: ir.Upstream) -> str:
    return f"forward {upstream.namespace}"


def _route_wire(route: ir.Route, adapter: ir.RestAdapter) -> str:
    """Return a route's name, with its method and path if others have the name too."""
    if adapter.count_routes(route.name) == 1:
        return route.name
    return f"{route.name} {route.method} {spell_template(route.route)}"
