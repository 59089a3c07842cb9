"""`README.md`: how a newcomer runs, configures and uses the package."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.configuration.options import Delivery
from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.docs.clients import authentication_lines, guard_of
from naftiko_gen.emit.docs.entries import READ_ONLY_METHODS
from naftiko_gen.emit.docs.examples import curl, flow_call, python_call
from naftiko_gen.emit.literals import (
    Code,
    bare,
    fill,
    join,
    markdown,
    markdown_code,
    py,
    verbatim,
)
from naftiko_gen.emit.literals.code import disarmed_code
from naftiko_gen.emit.literals.prose import first_paragraph
from naftiko_gen.emit.package.addresses import address, has_ports, root
from naftiko_gen.emit.package.bound_files import bound_files, file_keys
from naftiko_gen.emit.package.clients import has_token_variable
from naftiko_gen.emit.package.flows import answer_alike
from naftiko_gen.emit.package.needs import (
    alternative_variables,
    choice_text,
    choices,
    operations_text,
    optional_variables,
    upstream_text,
)
from naftiko_gen.emit.package.own_settings import own_settings
from naftiko_gen.emit.package.routing import route_template
from naftiko_gen.emit.package.scripts import script_files
from naftiko_gen.emit.package.settings import settings
from naftiko_gen.emit.package.unchanged import MEBIBYTE, answer_limit
from naftiko_gen.emit.requests.parts import variables_in_files
from naftiko_gen.ir import (
    ANY_METHOD,
    DOCUMENT_PATH,
    ControlAdapter,
    FileKey,
    Flow,
    Forward,
    FromEnvironment,
    McpAdapter,
    ProjectedCall,
    Provider,
    RestAdapter,
    Route,
    SkillServer,
    Tool,
    Transport,
    Variable,
    request_methods,
)
from naftiko_gen.language.package_settings import (
    ADAPTER,
    BASE_URI,
    LISTENER,
    PARTIAL,
    PORT,
    SCRIPTS,
)
from naftiko_gen.syntax.identity import IdentityMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.emit.package.names import Names
    from naftiko_gen.ir import (
        BoundFile,
        Capability,
        Invocable,
        Operation,
        Server,
        Upstream,
    )
    from naftiko_gen.language.package_settings import PackageSetting


@dataclass(frozen=True)
class VariableView:
    """A row of the table of variables."""

    name: Code
    default: Code
    meaning: Code


@dataclass(frozen=True)
class OperationRow:
    """A row of the table of operations."""

    description: Code
    route: Code
    tool: Code


@dataclass(frozen=True)
class ContentRow:
    """A row of the table of resources and prompts."""

    description: Code
    name: Code


@dataclass(frozen=True)
class ReadmeView:
    """The variables of `README.md.jinja`."""

    title: Code
    description: Code
    command: Code
    module: Code
    exports: tuple[Code, ...]
    variables: tuple[VariableView, ...]
    operations: tuple[OperationRow, ...]
    has_upstream: bool
    adapters: tuple[Code, ...]
    has_mcp: bool
    offers: Code
    """The kinds of things that MCP servers offer."""
    contents: tuple[ContentRow, ...]
    clients: tuple[Code, ...]
    is_partial: bool
    has_ports: bool
    needs_runtime: bool
    has_page: bool
    has_tools_page: bool
    factories: tuple[Code, ...]
    commands: tuple[Code, ...]
    python_call: Code | None
    has_forwards: bool
    answer_limit: Code
    """In MiB."""
    functions: tuple[Code, ...]
    """Example calls of the functions with steps."""
    scripts: Code | None
    """The variable that permits scripts, if there are any."""


def readme_view(emission: Emission) -> ReadmeView:
    """Return the view of a package's README."""
    capability, names = emission.capability, emission.names
    return ReadmeView(
        title=bare(capability.slug),
        description=markdown(capability.description or capability.label),
        command=bare(distribution_name(capability.slug)),
        module=names.module,
        exports=tuple(
            dict.fromkeys(map(_exported_name, _exported_variables(capability)))
        ),
        variables=tuple(_variables(capability)),
        operations=tuple(_operations(emission)),
        has_upstream=bool(capability.operations or capability.forwards),
        adapters=tuple(_adapter(server, capability) for server in capability.servers),
        has_mcp=bool(capability.mcp),
        offers=join(" and ", list(_offers(capability))),
        contents=tuple(_contents(capability)),
        clients=tuple(line for line, _ in authentication_lines(capability)),
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


def _scripts_variable(capability: Capability) -> Code | None:
    if not script_files(capability):
        return None
    return markdown_code(f"{SCRIPTS.variable(capability.slug)}=1")


def _offers(capability: Capability) -> Iterator[Code]:
    """Yield the kinds of things that MCP servers offer."""
    if capability.tools:
        yield verbatim("tools")
    if any(adapter.contents for adapter in capability.mcp):
        yield verbatim("resources")
    if any(adapter.prompts for adapter in capability.mcp):
        yield verbatim("prompts")


def _function_calls(emission: Emission) -> Iterator[Code]:
    """Yield an example call of the first function with steps."""
    flows = emission.flows
    for _, flow in flows.flows:
        if not flow.is_mock:
            example = flow_call(flows.name(flow), flows.inputs(flow))
            yield markdown_code(str(disarmed_code(example)))
            return


def _python_call(capability: Capability, names: Names) -> Code | None:
    """Return an example call, with marks that agents obey escaped in its strings.

    Without operations, there is none.
    """
    if not capability.operations:
        return None
    return disarmed_code(python_call(capability.operations[0], names))


def _adapter(adapter: Server, capability: Capability) -> Code:
    """Return an adapter's kind and address; a REST API's OpenAPI document too."""
    at = address(adapter, capability)
    match adapter:
        case RestAdapter(serves_document=True):
            path = markdown_code(DOCUMENT_PATH)
            return fill("REST API {}, described at {}", at, path)
        case RestAdapter():
            return fill("REST API {}", at)
        case McpAdapter():
            return fill("MCP server {}", at)
        case SkillServer():
            return fill("Skills {}", at)
        case ControlAdapter():
            return fill("Control adapter {}", at)
        case _:
            assert_never(adapter)


def _commands(capability: Capability) -> Iterator[Code]:
    """Yield a command that calls the first route."""
    for route in capability.routes[:1]:
        guard = guard_of(route, capability)
        url = root(capability.exposing(route))
        yield markdown_code(curl(route, url, guard))


def _variables(capability: Capability) -> Iterator[VariableView]:
    for variable in capability.variables:
        yield _variable(variable, capability)
    for variable in capability.guard_variables:
        if variable not in capability.variables:
            yield _guard_variable(variable, capability)
    for file in bound_files(capability.all_variables):
        yield _bound_file(file, capability)
    for upstream in capability.upstreams:
        yield _base_uri(upstream, capability)
    for adapter in capability.servers:
        yield from _listener(adapter, capability)
    partial = (PARTIAL,) if optional_variables(capability) else ()
    for setting in own_settings(capability, partial):
        yield _setting(setting, capability.slug, setting.default)


def _bound_file(file: BoundFile, capability: Capability) -> VariableView:
    """Return the row of a variable that names a file."""
    keys = join(", ", map(_key, file_keys(file, capability.all_variables)))
    return VariableView(
        name=markdown_code(file.variable, table=True),
        default=markdown_code(file.path, table=True),
        meaning=fill(
            "the file with {}: YAML if its name ends with `.yaml` or `.yml`, else JSON."
            " It is read at the start if a variable above isn't set; a relative path"
            " starts at the working directory",
            keys,
        ),
    )


def _key(key: str) -> Code:
    return markdown_code(key, table=True)


def _guard_variable(variable: Variable, capability: Capability) -> VariableView:
    names = ", ".join(
        adapter.namespace
        for adapter in capability.servers
        if adapter.guard is not None and variable in adapter.guard.variables
    )
    default = markdown(f"required to serve {names} over HTTP")
    return VariableView(
        name=markdown_code(variable.name, table=True),
        default=_with_source(variable, default),
        meaning=markdown(variable.description or "credential of clients"),
    )


def _listener(adapter: Server, capability: Capability) -> Iterator[VariableView]:
    has_token = has_token_variable(adapter, capability)
    for setting in ADAPTER if has_token else LISTENER:
        default = str(adapter.port) if setting is PORT else setting.default
        yield _setting(setting, adapter.namespace, default)


def _exported_name(variable: Variable) -> Code:
    """Return the name to export: that of the file, if one holds the value."""
    return bare(variable.file.variable if variable.file else variable.name)


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


def _variable(variable: Variable, capability: Capability) -> VariableView:
    meaning = "credential of the upstream API" if variable.secret else "configuration"
    if variable in variables_in_files(capability):
        meaning = "credential of the upstream API: a file, its path or password"
    default = f"required by {operations_text(variable, capability)}"
    if variable.default is not None:
        return _row(variable.name, variable.default, _usual_meaning(variable, meaning))
    if variable in alternative_variables(capability):
        default = "; ".join(_choices(variable, capability))
    if variable not in settings(capability):
        default += ", unless the address is set"
    return VariableView(
        name=markdown_code(variable.name, table=True),
        default=_with_source(variable, markdown(default)),
        meaning=markdown(variable.description or meaning),
    )


def _usual_meaning(variable: Variable, meaning: str) -> Code:
    """Return the description of a variable with a default, and its choices."""
    text = markdown(variable.description or meaning)
    if not variable.choices:
        return text
    values = (markdown_code(choice, table=True) for choice in variable.choices)
    return fill("{}: one of {}", text, join(", ", values))


def _with_source(variable: Variable, default: Code) -> Code:
    """Add where the value is if the variable isn't set."""
    match variable.source:
        case FromEnvironment():
            return default
        case FileKey(file=file, key=key):
            key_code = markdown_code(key, table=True)
            holder = markdown_code(file.variable, table=True)
            return fill("{} in the file of {}; {}", key_code, holder, default)
        case Provider(scheme=scheme, key=key):
            key_code = markdown_code(key, table=True)
            holder = markdown_code(scheme, table=True)
            return fill("set it to {} of {}; {}", key_code, holder, default)
        case _:
            assert_never(variable.source)


def _choices(variable: Variable, capability: Capability) -> Iterator[str]:
    """Yield the alternatives that a variable is a part of, with their operations."""
    for choice, operations in choices(capability).items():
        if any(variable.name in names for names in choice):
            if () in choice:
                yield f"optional for {operations}: {choice_text(choice)}"
            else:
                enough = f"one is enough for {operations}: {choice_text(choice)}"
                yield f"{enough}; without any, calls get 503"


def _base_uri(upstream: Upstream, capability: Capability) -> VariableView:
    default = "".join(
        f"{{{part.name}}}" if isinstance(part, Variable) else part
        for part in upstream.base_uri
    )
    meaning = BASE_URI.meaning_for(upstream_text(upstream, capability))
    return _row(BASE_URI.variable(upstream.namespace), default, markdown(meaning))


def _setting(setting: PackageSetting, owner: str, default: str) -> VariableView:
    return _row(setting.variable(owner), default, _meaning(setting, owner))


def _meaning(setting: PackageSetting, owner: str) -> Code:
    """Return the description of a setting, with its code spans."""
    prose, *spans = re.split(" ?`([^`]*)`", setting.meaning)
    meaning = markdown(prose.replace("{owner}", owner))
    for code, after in zip(spans[::2], spans[1::2], strict=True):
        meaning = fill("{} {}", meaning, markdown_code(code, table=True))
        space = verbatim(" ") if after.startswith(" ") else verbatim("")
        rest = markdown(after.replace("{owner}", owner))
        meaning = join("", (meaning, space, rest))
    return meaning


def _row(name: str, default: str, meaning: Code) -> VariableView:
    return VariableView(
        name=markdown_code(name, table=True),
        default=markdown_code(default, table=True) if default else markdown(""),
        meaning=meaning,
    )


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


def _contents(capability: Capability) -> Iterator[ContentRow]:
    """Yield a row for each resource, then for each prompt."""
    for adapter in capability.mcp:
        for resource in adapter.contents:
            uri = markdown_code(resource.template, table=True)
            yield _content(resource.description, uri)
        for prompt in adapter.prompts:
            name = markdown_code(prompt.name, table=True)
            yield _content(prompt.description, fill("the prompt {}", name))


def _content(description: str, name: Code) -> ContentRow:
    return ContentRow(markdown(first_paragraph(description)), name)


def _row_of(units: Sequence[Invocable]) -> OperationRow:
    routes: list[Code] = []
    tools: list[Code] = []
    for unit in units:
        match unit:
            case Route():
                routes.append(_route_cell(unit))
            case Tool():
                tools.append(_tool_cell(unit))
            case _:
                assert_never(unit)
    return OperationRow(
        description=markdown(first_paragraph(units[0].description)),
        route=_cells(routes),
        tool=_cells(tools),
    )


def _cells(cells: Iterable[Code]) -> Code:
    return join("<br>", cells)


def _route_cell(route: Route) -> Code:
    path = route_template(route.route)
    if route.method == ANY_METHOD:
        return fill("any method {}", markdown_code(path, table=True))
    return markdown_code(f"{route.method} {path}", table=True)


def _tool_cell(tool: Tool) -> Code:
    hints = ", ".join(_hint_words(tool))
    name = markdown_code(tool.name, table=True)
    return fill("{} ({})", name, markdown(hints)) if hints else name


def _hint_words(tool: Tool) -> Iterable[str]:
    hints = tool.hints
    if hints.read_only and request_methods(tool.implementation) <= READ_ONLY_METHODS:
        yield "read-only"
    if hints.destructive:
        yield "destructive"
    if hints.idempotent:
        yield "idempotent"
