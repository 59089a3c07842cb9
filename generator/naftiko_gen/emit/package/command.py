"""`__main__.py` and `__init__.py`: the command line and the public names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.literals import (
    Code,
    bare,
    docstring,
    fill,
    join,
    py,
    py_text,
    verbatim,
)
from naftiko_gen.emit.package.names import base_uri_variable
from naftiko_gen.emit.package.needs import (
    alternative_variables,
    choices,
    operations_text,
    optional_variables,
    upstream_text,
)
from naftiko_gen.emit.package.parts import has_credential
from naftiko_gen.ir import Transport
from naftiko_gen.language.names import env_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from naftiko_gen.emit.code.imports import Imports
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.emit.package.names import Names
    from naftiko_gen.ir import Capability, McpAdapter, RestAdapter


PUBLIC = (
    "CallError",
    "ConnectionLostError",
    "Guard",
    "Headers",
    "HostGuard",
    "InvalidBodyError",
    "InvalidInputError",
    "NaftikoError",
    "NoAnswerError",
    "NotSentError",
    "Reply",
    "SettingsError",
    "StartError",
    "StatusError",
    "Transport",
    "TransportMiddleware",
)
"""The names of the runtime that every package exports."""


@dataclass(frozen=True)
class AdapterView:
    """An adapter: its entry in the command line, and the module that builds it."""

    entry: Code
    module: Code


@dataclass(frozen=True)
class RequiredView:
    """A variable that must be set, and the operations that need it."""

    name: Code
    operations: Code


@dataclass(frozen=True)
class BaseUriView:
    """A variable with the address of an upstream, and the upstream in words."""

    name: Code
    upstream: Code


@dataclass(frozen=True)
class ChoiceView:
    """Alternative credentials, and the operations that need one of them."""

    credentials: Code
    operations: Code


@dataclass(frozen=True)
class CommandView:
    """The variables of `__main__.py.jinja`."""

    docstring: Code
    imports: Code
    runtime: Code
    is_absolute: bool
    name: Code
    version: Code
    module: Code
    summary: Code
    variables: Code
    required: tuple[RequiredView, ...]
    is_partial: bool
    choices: tuple[ChoiceView, ...]
    alternatives: Code
    base_uris: tuple[BaseUriView, ...]
    private: Code
    rest: tuple[AdapterView, ...]
    mcp: tuple[AdapterView, ...]


@dataclass(frozen=True)
class InitView:
    """The variables of `__init__.py.jinja`."""

    docstring: Code
    imports: Code
    exported: Code


def command_view(emission: Emission) -> CommandView:
    """Return the view of a package's command line."""
    names, capability = emission.names, emission.capability
    alternatives = alternative_variables(capability)
    return CommandView(
        docstring=docstring(f"The command line of {capability.slug}", indent=0),
        imports=_imports(emission).code(),
        runtime=bare(emission.runtime.package),
        # isort separates imports of other packages from those of the package itself.
        is_absolute=not emission.runtime.package.startswith("."),
        name=py(distribution_name(capability.slug)),
        version=py(capability.version),
        module=py(str(names.module)),
        summary=py_text(capability.label, 71, 76),
        variables=py(names.environment),
        required=tuple(
            RequiredView(
                py(variable.name), _row_text(operations_text(variable, capability))
            )
            for variable in capability.variables
        ),
        is_partial=bool(optional_variables(capability)),
        choices=tuple(_choices(capability)),
        alternatives=_tuple(
            [
                variable.name
                for variable in capability.variables
                if variable in alternatives
            ]
        ),
        base_uris=tuple(
            BaseUriView(
                py(base_uri_variable(upstream)),
                _row_text(upstream_text(upstream, capability)),
            )
            for upstream in capability.upstreams
        ),
        private=_tuple(
            [
                base_uri_variable(upstream)
                for upstream in capability.upstreams
                if has_credential(upstream, capability)
            ]
        ),
        rest=tuple(_rest(adapter, names) for adapter in capability.rest),
        mcp=tuple(_mcp(adapter, names) for adapter in capability.mcp),
    )


def _imports(emission: Emission) -> Imports:
    imports = emission.imports()
    imports.add("sys")
    imports.add("starlette.types", "ASGIApp")
    imports.use("Adapter", "Listener", "Program", "listener_guards", "run_command")
    if emission.capability.mcp:
        imports.use("add_mcp_config")
    imports.add(".client", "Connect", "connect")
    imports.add(".mock", "create_mock")
    imports.add(".settings", "Settings")
    return imports


def _choices(capability: Capability) -> Iterator[ChoiceView]:
    """Yield the alternative credentials, if they may be missing."""
    if optional_variables(capability):
        for choice, operations in choices(capability).items():
            yield ChoiceView(_row(map(_tuple, choice)), _row_text(operations))


def _row_text(text: str) -> Code:
    """Return the text of a row, which has 72 columns between parentheses."""
    return py_text(text, 60, 72)


def _tuple(texts: Iterable[str]) -> Code:
    return _row(map(py, texts))


def _row(codes: Iterable[Code]) -> Code:
    items = tuple(codes)
    row = join(", ", items)
    return fill("({},)", row) if len(items) == 1 else fill("({})", row)


def _rest(adapter: RestAdapter, names: Names) -> AdapterView:
    module = names.rest_module(adapter)
    arguments = join(", ", (*_listener(adapter), fill("_{}", module)))
    return AdapterView(entry=fill("Adapter({})", arguments), module=module)


def _mcp(adapter: McpAdapter, names: Names) -> AdapterView:
    module = names.mcp_module(adapter)
    arguments = [
        *_listener(adapter),
        fill("_{}", module),
        fill("stdio=_stdio_{}", module),
        verbatim('path="/mcp"'),
    ]
    if adapter.transport is Transport.STDIO:
        arguments.append(verbatim("over_http=False"))
    entry = fill("Adapter({})", join(", ", arguments))
    return AdapterView(entry=entry, module=module)


def _listener(adapter: RestAdapter | McpAdapter) -> tuple[Code, ...]:
    """Return an adapter's name, the prefix of its variables, and its port."""
    prefix = env_name(adapter.namespace)
    return py(adapter.namespace), py(prefix), py(adapter.port)


def init_view(emission: Emission) -> InitView:
    """Return the view of the package's public names."""
    names = emission.names
    exported = [*PUBLIC, "Settings", str(names.client), "connect"]
    imports = emission.imports()
    imports.use(*PUBLIC)
    imports.add(".client", names.client, "connect")
    imports.add(".settings", "Settings")
    return InitView(
        docstring=docstring(names.capability.label, indent=0),
        imports=imports.code(),
        # In isort's order of `__all__`: constants, classes, then the rest.
        exported=join(", ", [py(name) for name in sorted(exported)]),
    )
