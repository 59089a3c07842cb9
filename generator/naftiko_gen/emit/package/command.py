"""`__main__.py` and `__init__.py`: the command line and the public names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.literals import (
    Code,
    docstring,
    fill,
    join,
    py,
    py_text,
    verbatim,
)
from naftiko_gen.emit.package.bound_files import bound_files
from naftiko_gen.emit.package.clients import declared_authentication
from naftiko_gen.emit.package.names import base_uri_variable
from naftiko_gen.emit.package.needs import (
    alternative_variables,
    choices,
    operations_text,
    optional_variables,
    upstream_text,
)
from naftiko_gen.emit.requests.parts import has_credential
from naftiko_gen.emit.runtime.names import CLIENT_MODULES, PUBLIC_MODULES
from naftiko_gen.ir import (
    ControlAdapter,
    McpAdapter,
    RestAdapter,
    SkillServer,
    Transport,
)
from naftiko_gen.language.names import env_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.emit.package.names import Names
    from naftiko_gen.ir import Capability, Server


PUBLIC = ("CallError", "NaftikoError", "Reply")
"""The names of the runtime that every package exports."""

CLIENT_PUBLIC = ("StatusError",)
"""Further ones that packages with an API client export."""


@dataclass(frozen=True)
class CommandView:
    """The variables of `__main__.py.jinja`; empty collections are left out."""

    docstring: Code
    program: Code
    name: Code
    version: Code
    summary: Code
    has_client: bool
    variables: Code
    """The prefix of the package's own variables."""
    required: Code | None
    base_uris: Code
    private: Code | None
    is_partial: bool
    choices: Code | None
    alternatives: Code
    rest: Code | None
    mcp: Code | None
    others: Code | None


@dataclass(frozen=True)
class InitView:
    """The variables of `__init__.py.jinja`."""

    docstring: Code
    exported: Code


def command_view(emission: Emission) -> CommandView:
    """Return the view of a package's command line."""
    names, capability = emission.names, emission.capability
    program = _program(capability)
    adapters = _adapters(names)
    return CommandView(
        docstring=docstring(f"The command line of {capability.slug}", indent=0),
        program=program,
        name=py(distribution_name(capability.slug)),
        version=py(capability.version),
        summary=py_text(capability.label, 71, 71, 76),
        has_client=capability.has_client,
        variables=py(names.environment),
        required=_required_variables(capability),
        base_uris=_base_uris(capability),
        private=_private(capability),
        is_partial=bool(optional_variables(capability)),
        choices=_choices(capability),
        alternatives=_alternatives(capability),
        rest=_list(adapters.rest),
        mcp=_list(adapters.mcp),
        others=_list(adapters.others),
    )


def _program(capability: Capability) -> Code:
    """Return the class of the program; files may hold some of its settings."""
    if not capability.has_client:
        return verbatim("StandaloneProgram")
    if bound_files(capability.variables):
        return verbatim("FileProgram")
    return verbatim("Program")


def _required_variables(capability: Capability) -> Code | None:
    """Return the variables that must be set, with the operations that need them."""
    return _mapping(
        (py(variable.name), operations_text(variable, capability))
        for variable in capability.variables
        if variable.default is None
    )


def _base_uris(capability: Capability) -> Code:
    """Return the variables of upstreams' addresses, with the upstreams in words."""
    rows = _mapping(
        (py(base_uri_variable(upstream)), upstream_text(upstream, capability))
        for upstream in capability.upstreams
    )
    return rows or verbatim("{}")


def _private(capability: Capability) -> Code | None:
    """Return the variables of the upstreams that get a credential."""
    private = [
        py(base_uri_variable(upstream))
        for upstream in capability.upstreams
        if has_credential(upstream, capability)
    ]
    return _tuple(private) if private else None


def _choices(capability: Capability) -> Code | None:
    """Return the alternative credentials, if they may be missing."""
    if not optional_variables(capability):
        return None
    return _mapping(
        (_tuple(_tuple(map(py, names)) for names in choice), operations)
        for choice, operations in choices(capability).items()
    )


def _alternatives(capability: Capability) -> Code:
    alternatives = alternative_variables(capability)
    return _tuple(
        py(variable.name)
        for variable in capability.variables
        if variable in alternatives
    )


@dataclass(frozen=True)
class _Adapters:
    """The declarations of adapters, by the argument of the program."""

    rest: list[Code] = field(default_factory=list)
    mcp: list[Code] = field(default_factory=list)
    others: list[Code] = field(default_factory=list)


def _adapters(names: Names) -> _Adapters:
    adapters = _Adapters()
    for adapter in names.capability.servers:
        match adapter:
            case RestAdapter():
                adapters.rest.append(_rest(adapter, names))
            case McpAdapter():
                adapters.mcp.append(_mcp(adapter, names))
            case SkillServer():
                adapters.others.append(_skills(adapter, names))
            case ControlAdapter():
                adapters.others.append(_control(adapter, names))
            case _:
                assert_never(adapter)
    return adapters


def _rest(adapter: RestAdapter, names: Names) -> Code:
    arguments = [
        *_listener(adapter, names.rest_module(adapter)),
        *_authentication(adapter, names),
    ]
    return fill("RestAdapter({})", join(", ", arguments))


def _mcp(adapter: McpAdapter, names: Names) -> Code:
    arguments = [*_listener(adapter, names.mcp_module(adapter))]
    if adapter.transport is Transport.STDIO:
        arguments.append(verbatim("over_http=False"))
    arguments += _authentication(adapter, names)
    return fill("McpAdapter({})", join(", ", arguments))


def _skills(adapter: SkillServer, names: Names) -> Code:
    arguments = [
        *_listener(adapter, names.skills_file(adapter)),
        *_authentication(adapter, names),
    ]
    return fill("SkillAdapter({})", join(", ", arguments))


def _control(adapter: ControlAdapter, names: Names) -> Code:
    arguments = [py(adapter.namespace), *_prefix_and_port(adapter)]
    if not adapter.has_health:
        arguments.append(verbatim("has_health=False"))
    if adapter.has_status:
        arguments.append(verbatim("has_status=True"))
    arguments.append(fill("language={}", py(adapter.language)))
    arguments += _authentication(adapter, names)
    return fill("ControlAdapter({})", join(", ", arguments))


def _authentication(adapter: Server, names: Names) -> Iterator[Code]:
    """Yield the argument for the clients of an adapter, if the package declares it."""
    authentication = declared_authentication(adapter, names.capability)
    if authentication is not None:
        yield fill("authentication={}", authentication)


def _listener(adapter: Server, module: Code) -> tuple[Code, ...]:
    """Return an adapter's name, its module, the prefix of its variables, its port."""
    return py(adapter.namespace), py(str(module)), *_prefix_and_port(adapter)


def _prefix_and_port(adapter: Server) -> tuple[Code, Code]:
    return py(env_name(adapter.namespace)), py(adapter.port)


def _mapping(rows: Iterable[tuple[Code, str]]) -> Code | None:
    """Return a dictionary of texts, or None without any."""
    # The text of a row has 72 columns between parentheses.
    items = [fill("{}: {}", key, py_text(text, 60, 60, 72)) for key, text in rows]
    return fill("{{{}}}", join(", ", items)) if items else None


def _list(items: Iterable[Code]) -> Code | None:
    """Return a list, or None without any items."""
    row = join(", ", list(items))
    return fill("[{}]", row) if row else None


def _tuple(codes: Iterable[Code]) -> Code:
    items = tuple(codes)
    row = join(", ", items)
    return fill("({},)", row) if len(items) == 1 else fill("({})", row)


def init_view(emission: Emission) -> InitView:
    """Return the view of the package's public names."""
    names = emission.names
    public, modules = [*PUBLIC], [*PUBLIC_MODULES]
    own: list[str] = []
    if names.capability.has_client:
        public, modules = [*public, *CLIENT_PUBLIC], [*modules, *CLIENT_MODULES]
        own = ["Settings", str(names.client), "connect"]
    exports = [*public, *own, *(module.rpartition(".")[2] for module in modules)]
    return InitView(
        docstring=docstring(names.capability.label, indent=0),
        # In isort's order of `__all__`: constants, classes, then the rest.
        exported=join(", ", [py(name) for name in sorted(exports)]),
    )
