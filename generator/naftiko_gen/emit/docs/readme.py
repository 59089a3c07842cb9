"""`README.md`: how a newcomer runs, configures and uses the package."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.configuration.options import Delivery
from naftiko_gen.emit.answers.flows import answer_alike, script_files
from naftiko_gen.emit.answers.readers import MEBIBYTE, answer_limit
from naftiko_gen.emit.code.names import spell_template
from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.docs.calls import (
    address,
    client_views,
    curl,
    flow_call,
    has_ports,
    python_call,
    root,
)
from naftiko_gen.emit.literals import (
    Code,
    disarmed_code,
    fill,
    first_paragraph,
    join,
    markdown,
    markdown_code,
    py,
    verbatim,
)
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.rows import SettingRow, setting_rows
from naftiko_gen.emit.package.variables import PackageVariables
from naftiko_gen.emit.plain_text import plain
from naftiko_gen.language.package_settings import SCRIPTS
from naftiko_gen.syntax.tree import IdentityMap


def readme_view(emission: Emission) -> View:
    """Return the view of a package's README."""
    capability, names = emission.capability, emission.names
    mcp = capability.mcp
    operations = capability.operations
    variables = _variables_to_export(emission.variables)
    exports = (v.file.variable if v.file else v.name for v in variables)
    call = disarmed_code(python_call(operations[0], names)) if operations else None
    has_scripts = bool(script_files(capability))
    offers = {
        "tools": bool(capability.tools),
        "resources": any(adapter.contents for adapter in mcp),
        "prompts": any(adapter.prompts for adapter in mcp),
    }
    return View(
        slug=capability.slug,
        description=plain(capability.description or capability.label),
        command=distribution_name(capability.slug),
        module=names.module,
        exports=[*dict.fromkeys(exports)],
        variables=[*map(_variable, setting_rows(emission.variables))],
        operations=[*_operations(emission)],
        has_upstream=bool(operations or capability.forwards),
        adapters=[address(server, capability) for server in capability.servers],
        document_path=ir.DOCUMENT_PATH,
        has_mcp=bool(mcp),
        # The kinds of things that MCP servers offer.
        offers=[kind for kind, has_some in offers.items() if has_some],
        resources=[_row_of_content(r.template, r) for a in mcp for r in a.contents],
        prompts=[_row_of_content(p.name, p) for a in mcp for p in a.prompts],
        clients=client_views(capability),
        is_partial=bool(emission.variables.optional),
        has_ports=has_ports(capability),
        needs_runtime=emission.runtime is Delivery.LIBRARY,
        has_page=any(adapter.has_page for adapter in capability.rest),
        has_tools_page=any(a.transport is ir.Transport.HTTP for a in mcp),
        factories=[*map(names.rest_module, capability.rest)],
        # A command that calls the first route.
        commands=[_command(route, capability) for route in capability.routes[:1]],
        # An example call; marks that agents obey are escaped in its strings.
        python_call=call,
        has_forwards=bool(capability.forwards),
        # In MiB.
        answer_limit=py(-(-answer_limit(capability) // MEBIBYTE)),
        # An example call of the first function with steps.
        functions=[*islice(_function_calls(emission), 1)],
        # The variable that permits scripts, if there are any.
        scripts=SCRIPTS.variable(capability.slug) if has_scripts else None,
    )


def _row_of_content(
    name: str, content: ir.Resource | ir.FileResource | ir.Prompt
) -> tuple[str, str]:
    return name, first_paragraph(content.description)


def _function_calls(emission: Emission) -> Iterator[str]:
    flows = emission.flows
    for _, flow in flows.flows:
        if not flow.is_mock:
            example = flow_call(flows.name(flow), flows.inputs(flow))
            yield str(disarmed_code(example))


def _command(route: ir.Route, capability: ir.Capability) -> str:
    adapter = capability.exposing(route)
    return curl(route, root(adapter), adapter.guard)


def _variable(row: SettingRow) -> View:
    """Return a row of the table of variables.

    Without a default, `need` says who needs it. A value may be in a file, or come from
    a provider (`is_provided`): `key` of `holder`.
    """
    view = View(
        name=row.name,
        meaning=markdown(row.meaning) if row.is_quoted else _meaning(row),
        default=row.default,
        need=row.need,
        choices=row.form.choices if row.is_quoted else (),
        key=None,
        holder="",
        is_provided=False,
        # The keys of a file, if it is the variable of one.
        file_keys=row.file_keys,
    )
    match row.source:
        case ir.FromEnvironment():
            pass
        case ir.FileKey(file=file, key=key):
            view.key, view.holder = key, file.variable
        case ir.Provider(scheme=scheme, key=key):
            view.key, view.holder, view.is_provided = key, scheme, True
        case _:
            assert_never(row.source)
    return view


def _variables_to_export(variables: PackageVariables) -> Iterator[ir.Variable]:
    """Yield the variables that a user has to set.

    The first of alternative credentials is enough, and optional ones are left out.
    """
    capability = variables.capability
    for variable in capability.variables:
        if variable.name not in variables.spare and variable.default is None:
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


def _operations(emission: Emission) -> Iterator[View]:
    """Yield a row for each operation with its outputs, each flow and each forward."""
    capability = emission.capability
    callers: IdentityMap[ir.Operation, list[ir.Invocable]] = IdentityMap()
    flows: dict[Code, list[ir.Invocable]] = {}
    forwards: list[list[ir.Invocable]] = []
    for unit in capability.invocable:
        match unit.implementation:
            case ir.ProjectedCall(call=call):
                callers.add(call.operation, []).append(unit)
            case ir.Flow() as flow:
                flows.setdefault(emission.flows.name(flow), []).append(unit)
            case ir.Forward():
                forwards.append([unit])
            case _:
                assert_never(unit.implementation)
    in_order = (callers.get(operation) or [] for operation in capability.operations)
    alike = chain.from_iterable(map(_group_by_outputs, in_order))
    yield from map(_row_of, (*alike, *flows.values(), *forwards))


def _group_by_outputs(units: Sequence[ir.Invocable]) -> list[list[ir.Invocable]]:
    groups: list[list[ir.Invocable]] = []
    for unit in units:
        group = next((group for group in groups if answer_alike(group[0], unit)), None)
        if group is None:
            groups.append([unit])
        else:
            group.append(unit)
    return groups


def _row_of(units: Sequence[ir.Invocable]) -> View:
    """Return a row: routes, whether they take any method, and tools with hints."""
    routes, tools = [], []
    for unit in units:
        match unit:
            case ir.Route(method=method, route=route):
                path, is_any = spell_template(route), method == ir.ANY_METHOD
                routes.append((path if is_any else f"{method} {path}", is_any))
            case ir.Tool(name=name):
                tools.append((name, ", ".join(_hint_words(unit))))
            case _:
                assert_never(unit)
    description = first_paragraph(units[0].description)
    return View(description=description, routes=routes, tools=tools)


def _hint_words(tool: ir.Tool) -> Iterable[str]:
    hints = tool.hints
    if hints.read_only and ir.request_methods(tool.implementation) <= ir.READING:
        yield "read-only"
        return
    if hints.destructive:
        yield "destructive"
    if hints.idempotent:
        yield "idempotent"
