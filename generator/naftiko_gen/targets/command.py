"""`__main__.py` and `__init__.py`: the command line and the public names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.imports import Imports
from naftiko_gen.ir import Transport
from naftiko_gen.literals import Code, docstring, fill, join, py, py_text, verbatim
from naftiko_gen.naming import env_name

if TYPE_CHECKING:
    from naftiko_gen.ir import McpAdapter, RestAdapter
    from naftiko_gen.targets.names import Names


@dataclass(frozen=True)
class AdapterView:
    """An adapter: its entry in the program, and how its application is built."""

    entry: Code
    function: Code
    module: Code


@dataclass(frozen=True)
class CommandView:
    """What `__main__.py.jinja` shows."""

    source: Code
    docstring: Code
    name: Code
    module: Code
    summary: Code
    variables: Code
    required: Code
    rest: tuple[AdapterView, ...]
    mcp: tuple[AdapterView, ...]
    has_rest: bool
    has_mcp: bool


@dataclass(frozen=True)
class InitView:
    """What `__init__.py.jinja` shows."""

    source: Code
    docstring: Code
    imports: Code
    exported: Code


def command_view(names: Names, source: Code) -> CommandView:
    """Return the view of a package's command line."""
    capability = names.capability
    required = [py(variable.name) for variable in capability.variables]
    return CommandView(
        source=source,
        docstring=docstring(f"The command line of {capability.slug}", indent=0),
        name=py(capability.slug),
        module=fill('"{}"', names.module),
        summary=py_text(capability.label, 71),
        variables=py(names.environment),
        required=fill("({}{})", join(", ", required), _comma(len(required))),
        rest=tuple(_rest(one, names) for one in capability.rest),
        mcp=tuple(_mcp(one, names) for one in capability.mcp),
        has_rest=bool(capability.rest),
        has_mcp=bool(capability.mcp),
    )


def _comma(count: int) -> Code:
    return verbatim(",") if count == 1 else verbatim("")


def _rest(adapter: RestAdapter, names: Names) -> AdapterView:
    module = names.rest_module(adapter)
    function = fill("_{}", module)
    entry = fill(
        "Adapter({}, {}, {}, {})",
        py(adapter.namespace),
        py(env_name(adapter.namespace)),
        py(adapter.port),
        function,
    )
    return AdapterView(entry=entry, function=function, module=module)


def _mcp(adapter: McpAdapter, names: Names) -> AdapterView:
    module = names.mcp_module(adapter)
    function = fill("_{}", module)
    arguments = [
        py(adapter.namespace),
        py(env_name(adapter.namespace)),
        py(adapter.port),
        function,
        fill("stdio={}_stdio", function),
        verbatim('path="/mcp"'),
    ]
    if adapter.transport is Transport.STDIO:
        arguments.append(verbatim("over_http=False"))
    entry = fill("Adapter({})", join(", ", arguments))
    return AdapterView(entry=entry, function=function, module=module)


def init_view(names: Names, source: Code) -> InitView:
    """Return the view of the package's public names."""
    exported = ["CallError", "Reply", "Settings", str(names.client), "connect"]
    imports = Imports()
    imports.add("._upstream", "CallError", "Reply")
    imports.add(".client", names.client, "connect")
    imports.add(".settings", "Settings")
    return InitView(
        source=source,
        docstring=docstring(names.capability.label, indent=0),
        imports=imports.code(),
        # As isort orders `__all__`: constants, classes, then the rest.
        exported=join(", ", [py(name) for name in sorted(exported)]),
    )
