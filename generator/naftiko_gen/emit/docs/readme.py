"""`README.md`: how a newcomer runs, configures and uses the package."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.configuration.options import Delivery
from naftiko_gen.emit.answers.flows import answer_alike, script_files
from naftiko_gen.emit.answers.readers import MEBIBYTE, answer_limit
from naftiko_gen.emit.code.names import spell_template
from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.docs.calls import (
    address,
    client_views,
    curl,
    flow_call,
    guard_of,
    has_ports,
    python_call,
    root,
)
from naftiko_gen.emit.docs.entries import READ_ONLY_METHODS
from naftiko_gen.emit.literals import (
    Code,
    fill,
    join,
    markdown,
    markdown_code,
    py,
    verbatim,
)
from naftiko_gen.emit.literals.code import disarmed_code
from naftiko_gen.emit.literals.prose import first_paragraph
from naftiko_gen.emit.package.needs import (
    alternative_variables,
    choices,
    optional_variables,
)
from naftiko_gen.emit.package.rows import SettingRow, setting_rows
from naftiko_gen.emit.plain_text import plain
from naftiko_gen.ir import (
    ANY_METHOD,
    DOCUMENT_PATH,
    FileKey,
    Flow,
    Forward,
    FromEnvironment,
    ProjectedCall,
    Provider,
    Route,
    Tool,
    Transport,
    Variable,
    request_methods,
)
from naftiko_gen.language.package_settings import (
    SCRIPTS,
)
from naftiko_gen.syntax.tree import IdentityMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from naftiko_gen.emit.code.names import Names
    from naftiko_gen.emit.docs.calls import AddressView, ClientView
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.ir import (
        Capability,
        Invocable,
        Operation,
    )


@dataclass(frozen=True)
class VariableView:
    """A row of the table of variables.

    Without a default value, `need` says who needs it. A value may be in a file, or
    come from a provider (`is_provided`): `key` of `holder`.
    """

    name: str
    meaning: Code
    default: str = ""
    need: str = ""
    choices: tuple[str, ...] = ()
    key: str | None = None
    holder: str = ""
    is_provided: bool = False
    file_keys: tuple[str, ...] = ()
    """The keys of a file, if it is the variable of one."""


@dataclass(frozen=True)
class OperationRow:
    """A row of the table of operations."""

    description: str
    routes: tuple[tuple[str, bool], ...]
    """The routes, and whether they take any method."""
    tools: tuple[tuple[str, str], ...]
    """The names of tools, and their hints in words."""


@dataclass(frozen=True)
class ReadmeView:
    """The variables of `README.md.jinja`."""

    slug: str
    description: str
    command: str
    module: Code
    exports: tuple[str, ...]
    variables: tuple[VariableView, ...]
    operations: tuple[OperationRow, ...]
    has_upstream: bool
    adapters: tuple[AddressView, ...]
    document_path: str
    offers: tuple[str, ...]
    """The kinds of things that MCP servers offer."""
    resources: tuple[tuple[str, str], ...]
    """The URIs of resources, with their descriptions."""
    prompts: tuple[tuple[str, str], ...]
    """The names of prompts, with their descriptions."""
    has_mcp: bool
    clients: tuple[ClientView, ...]
    is_partial: bool
    has_ports: bool
    needs_runtime: bool
    has_page: bool
    has_tools_page: bool
    factories: tuple[Code, ...]
    commands: tuple[str, ...]
    python_call: Code | None
    has_forwards: bool
    answer_limit: Code
    """In MiB."""
    functions: tuple[str, ...]
    """Example calls of the functions with steps."""
    scripts: str | None
    """The variable that permits scripts, if there are any."""


def readme_view(emission: Emission) -> ReadmeView:
    """Return the view of a package's README."""
    capability, names = emission.capability, emission.names
    return ReadmeView(
        slug=capability.slug,
        description=plain(capability.description or capability.label),
        command=distribution_name(capability.slug),
        module=names.module,
        exports=tuple(
            dict.fromkeys(map(_exported_name, _exported_variables(capability)))
        ),
        variables=tuple(map(_variable, setting_rows(capability))),
        operations=tuple(_operations(emission)),
        has_upstream=bool(capability.operations or capability.forwards),
        adapters=tuple(address(server, capability) for server in capability.servers),
        document_path=DOCUMENT_PATH,
        has_mcp=bool(capability.mcp),
        offers=tuple(_offers(capability)),
        resources=tuple(
            (resource.template, first_paragraph(resource.description))
            for adapter in capability.mcp
            for resource in adapter.contents
        ),
        prompts=tuple(
            (prompt.name, first_paragraph(prompt.description))
            for adapter in capability.mcp
            for prompt in adapter.prompts
        ),
        clients=client_views(capability),
        is_partial=bool(optional_variables(capability)),
        has_ports=has_ports(capability),
        needs_runtime=emission.runtime is Delivery.LIBRARY,
        has_page=any(adapter.has_page for adapter in capability.rest),
        has_tools_page=any(
            adapter.transport is Transport.HTTP for adapter in capability.mcp
        ),
        factories=tuple(map(names.rest_module, capability.rest)),
        commands=tuple(_commands(capability)),
        python_call=_python_call(capability, names),
        has_forwards=bool(capability.forwards),
        answer_limit=py(-(-answer_limit(capability) // MEBIBYTE)),
        functions=tuple(_function_calls(emission)),
        scripts=_scripts_variable(capability),
    )


def _scripts_variable(capability: Capability) -> str | None:
    if not script_files(capability):
        return None
    return SCRIPTS.variable(capability.slug)


def _offers(capability: Capability) -> Iterator[str]:
    """Yield the kinds of things that MCP servers offer."""
    if capability.tools:
        yield "tools"
    if any(adapter.contents for adapter in capability.mcp):
        yield "resources"
    if any(adapter.prompts for adapter in capability.mcp):
        yield "prompts"


def _function_calls(emission: Emission) -> Iterator[str]:
    """Yield an example call of the first function with steps."""
    flows = emission.flows
    for _, flow in flows.flows:
        if not flow.is_mock:
            example = flow_call(flows.name(flow), flows.inputs(flow))
            yield str(disarmed_code(example))
            return


def _python_call(capability: Capability, names: Names) -> Code | None:
    """Return an example call, with marks that agents obey escaped in its strings.

    Without operations, there is none.
    """
    if not capability.operations:
        return None
    return disarmed_code(python_call(capability.operations[0], names))


def _commands(capability: Capability) -> Iterator[str]:
    """Yield a command that calls the first route."""
    for route in capability.routes[:1]:
        guard = guard_of(route, capability)
        url = root(capability.exposing(route))
        yield curl(route, url, guard)


def _variable(row: SettingRow) -> VariableView:
    meaning = markdown(row.meaning) if row.is_quoted else _meaning(row)
    view = VariableView(
        row.name,
        meaning,
        row.default,
        row.need,
        row.form.choices if row.is_quoted else (),
        file_keys=row.file_keys,
    )
    match row.source:
        case FromEnvironment():
            return view
        case FileKey(file=file, key=key):
            return replace(view, key=key, holder=file.variable)
        case Provider(scheme=scheme, key=key):
            return replace(view, key=key, holder=scheme, is_provided=True)
        case _:
            assert_never(row.source)


def _exported_name(variable: Variable) -> str:
    """Return the name to export: that of the file, if one holds the value."""
    return variable.file.variable if variable.file else variable.name


def _exported_variables(capability: Capability) -> Iterator[Variable]:
    """Yield the variables that a user has to set.

    The first of alternative credentials is enough, and optional ones are left out.
    """
    required_choices = [choice for choice in choices(capability) if () not in choice]
    first = {name for choice in required_choices for name in choice[0]}
    others = {variable.name for variable in alternative_variables(capability)} - first
    for variable in capability.variables:
        if variable.name not in others and variable.default is None:
            yield variable
    if has_ports(capability):
        guards = capability.guard_variables
        yield from (
            variable for variable in guards if variable not in capability.variables
        )


def _meaning(row: SettingRow) -> Code:
    """Return the description of a setting, with its code spans."""
    prose, *spans = re.split(" ?`([^`]*)`", row.meaning)
    meaning = markdown(prose.replace("{owner}", row.owner))
    for code, after in zip(spans[::2], spans[1::2], strict=True):
        meaning = fill("{} {}", meaning, markdown_code(code, table=True))
        space = verbatim(" ") if after.startswith(" ") else verbatim("")
        rest = markdown(after.replace("{owner}", row.owner))
        meaning = join("", (meaning, space, rest))
    return meaning


def _operations(emission: Emission) -> Iterator[OperationRow]:
    """Yield a row for each operation with its outputs, each flow and each forward."""
    capability = emission.capability
    callers: IdentityMap[Operation, list[Invocable]] = IdentityMap()
    flows: dict[Code, list[Invocable]] = {}
    forwards: list[list[Invocable]] = []
    for unit in capability.invocable:
        match unit.implementation:
            case ProjectedCall(call=call):
                callers.add(call.operation, []).append(unit)
            case Flow() as flow:
                flows.setdefault(emission.flows.name(flow), []).append(unit)
            case Forward():
                forwards.append([unit])
            case _:
                assert_never(unit.implementation)
    in_order = (callers.get(operation) or [] for operation in capability.operations)
    alike = chain.from_iterable(map(_group_by_outputs, in_order))
    yield from map(_row_of, (*alike, *flows.values(), *forwards))


def _group_by_outputs(units: Sequence[Invocable]) -> list[list[Invocable]]:
    """Return the units of an operation in groups that answer alike."""
    groups: list[list[Invocable]] = []
    for unit in units:
        group = next((group for group in groups if answer_alike(group[0], unit)), None)
        if group is None:
            groups.append([unit])
        else:
            group.append(unit)
    return groups


def _row_of(units: Sequence[Invocable]) -> OperationRow:
    routes, tools = [], []
    for unit in units:
        match unit:
            case Route(method=method, route=route):
                path = spell_template(route)
                is_any = method == ANY_METHOD
                routes.append((path if is_any else f"{method} {path}", is_any))
            case Tool(name=name):
                tools.append((name, ", ".join(_hint_words(unit))))
            case _:
                assert_never(unit)
    description = first_paragraph(units[0].description)
    return OperationRow(description, tuple(routes), tuple(tools))


def _hint_words(tool: Tool) -> Iterable[str]:
    hints = tool.hints
    if hints.read_only and request_methods(tool.implementation) <= READ_ONLY_METHODS:
        yield "read-only"
        return
    if hints.destructive:
        yield "destructive"
    if hints.idempotent:
        yield "idempotent"
