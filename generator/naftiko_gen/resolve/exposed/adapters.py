"""Adapters: REST APIs, MCP servers with the hints of their tools, and control ports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from naftiko_gen import ir
from naftiko_gen.configuration.options import Surface
from naftiko_gen.diagnostics import Code, Report, quote
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Pieces, Placeholder, route
from naftiko_gen.resolve.addresses import warn_of_open
from naftiko_gen.resolve.exposed.contents import PromptResolver, ResourceResolver
from naftiko_gen.resolve.exposed.exposure import ExposedAdapter, Exposure
from naftiko_gen.resolve.exposed.inputs import match_variables
from naftiko_gen.resolve.exposed.item_lists import ItemListReader
from naftiko_gen.resolve.exposed.names import (
    ARGUMENT_NAMES,
    TOOL_NAMES,
    aliases,
    check_path,
    describe_aliases,
    find_ends,
    humanise,
    in_order,
    note_description,
    note_order,
    rename_inputs,
    template_of,
    unit_name,
    warn_of_hidden_document,
)
from naftiko_gen.resolve.exposed.responses import check_size, declared_responses
from naftiko_gen.resolve.exposed.work import UnitWork
from naftiko_gen.resolve.guards import GuardResolver, check_inputs
from naftiko_gen.resolve.served_files import ServedFiles
from naftiko_gen.resolve.units import ForwardUnit, Unit, Units
from naftiko_gen.syntax.tree import Mapping as MappingNode

_FIRST_PORT = 9090
_Named = TypeVar("_Named", ir.Route, ir.Tool)


@dataclass(frozen=True)
class AdapterResolver:
    """Resolver of adapters, from the resolved calls of their units."""

    units: Units
    work: Mapping[Unit, UnitWork]
    guards: GuardResolver
    served: ServedFiles
    report: Report
    longest_description: int

    def expose(self, adapters: Sequence[models.Adapter], language: str) -> Exposure:
        """Return all adapters but those of skills; the REST adapters come first.

        `language` is the version of the language that the spec states.
        """
        port = free_port(adapters)
        rest = map(self._rest, ir.of_kind(models.Rest, adapters))
        mcp = (self._mcp(adapter, port) for adapter in ir.of_kind(models.Mcp, adapters))
        controls = ir.of_kind(models.Control, adapters)
        exposing = tuple(exposed for exposed in (*rest, *mcp) if exposed is not None)
        return Exposure(exposing, tuple(self._control(c, language) for c in controls))

    def _control(self, adapter: models.Control, language: str) -> ir.ControlAdapter:
        """Return a control adapter; report its keys that have no effect."""
        for node, key, message in _keys_without_effect(adapter):
            self.report.add(Code.NOT_OBSERVED, message, node.key_span(key))
        observability = adapter.observability
        is_observed = observability is not None and observability.enabled
        traces = observability.traces if observability and is_observed else None
        return ir.ControlAdapter(
            adapter.namespace,
            adapter.port,
            self.guards.guard(adapter),
            language,
            traces.propagation if traces else None,
        )

    def _rest(self, adapter: models.Rest) -> ExposedAdapter | None:
        """Return a REST adapter with its routes in the order of matching, if any."""
        check_size(adapter, self.report)
        units = tuple(self._routes(adapter))
        distinct = tuple(self._distinct(units, "route", Code.DUPLICATE_NAME))
        note_order(distinct, self.report)
        warn_of_open(adapter, distinct, self.report)
        routes = in_order(tuple(route for _, route in distinct))
        guard = self.guards.guard(adapter)
        check_inputs(adapter, guard, routes, self.report)
        new_adapter = ir.RestAdapter(
            adapter.namespace, adapter.port, routes, adapter.description, guard
        )
        return ExposedAdapter(new_adapter, distinct) if routes else None

    def _mcp(self, adapter: models.Mcp, free_port: int) -> ExposedAdapter | None:
        """Return an MCP adapter if it exposes something.

        Without a port of its own, it gets the free port.
        """
        check_size(adapter, self.report)
        units = tuple(self._tools(adapter))
        distinct = tuple(self._distinct(units, "tool", Code.DUPLICATE_TOOL))
        tools = tuple(self._with_accepted_names(distinct))
        resolver = ResourceResolver(self.units, self.work, self.served, self.report)
        contents = tuple(resolver.contents(adapter))
        resources = tuple(
            (unit, content)
            for unit, content in contents
            if unit is not None and isinstance(content, ir.Resource)
        )
        warn_of_open(adapter, (*tools, *resources), self.report)
        scope = adapter.cache_scope
        new_adapter = ir.McpAdapter(
            adapter.namespace,
            adapter.port or free_port,
            ir.Transport(adapter.transport),
            tuple(tool for _, tool in tools),
            adapter.description,
            self.guards.guard(adapter),
            tuple(content for _, content in contents),
            tuple(PromptResolver(self.served, self.report).prompts(adapter)),
            ir.CacheHint(adapter.time_to_live, scope and scope == "public"),
            Surface(adapter.surface),
            groups=tuple(adapter.groups.items()),
        )
        if not (tools or contents or new_adapter.prompts):
            return None
        renamed_tools = {
            (adapter.namespace, old.name): tool
            for (_, old), (_, tool) in zip(distinct, tools, strict=True)
            if old.name != tool.name
        }
        return ExposedAdapter(new_adapter, (*tools, *resources), renamed_tools)

    # --- routes ---

    def _routes(self, adapter: models.Rest) -> Iterator[tuple[Unit, ir.Route]]:
        """Yield the units with their routes; an equal route gets the operation's name.

        A route without an operation is left out.
        """
        for resource in adapter.resources:
            check_path(resource, self.report)
            warn_of_hidden_document(resource, self.report)
        units = tuple(self.units.of_adapter(adapter))
        ends = find_ends(adapter, units)
        forwarded_paths: set[str] = set()
        for unit in units:
            match unit:
                case ForwardUnit(resource=models.RestResource() as place):
                    template = template_of(place.path)
                    if template in forwarded_paths:
                        message = f"two routes forward {quote(place.path)}"
                        span = place.at("path")
                        self.report.add(Code.UNUSABLE_FORWARD, message, span)
                    forwarded_paths.add(template)
                    yield unit, self._forward(unit, place)
                case Unit(
                    model=models.RestOperation() as model,
                    resource=models.RestResource() as place,
                ):
                    path = self._path(place, model, ends[model])
                    yield unit, self._route(unit, model, route(path))
                case _:
                    pass  # a REST adapter has no others

    def _forward(self, unit: Unit, resource: models.RestResource) -> ir.Route:
        name, work = unit_name(unit), self.work[unit]
        inputs, pieces = work.inputs, route(resource.path)
        return ir.Route(
            name,
            ir.ANY_METHOD,
            tuple(p if isinstance(p, str) else inputs[p.name] for p in pieces),
            tuple(inputs.values()),
            work.implementation(inputs),
            resource.description or resource.label or humanise(name),
        )

    def _path(
        self, resource: models.RestResource, model: models.RestOperation, end: str
    ) -> str:
        """Return the path of a route; report one with an appended name."""
        if not end:
            return resource.path
        path = resource.path.rstrip("/") + end
        message = (
            f"{model.method} {quote(resource.path)} is exposed twice; the later one"
            f" becomes {quote(path)}"
        )
        self.report.add(Code.DUPLICATE_ROUTE, message, model.at("method"))
        return path

    def _route(
        self, unit: Unit, model: models.RestOperation, pieces: Pieces
    ) -> ir.Route:
        name, work = unit_name(unit), self.work[unit]
        span, report = (unit.resource or model).at("path"), self.report
        variables = [piece.name for piece in pieces if isinstance(piece, Placeholder)]
        matches, inputs = match_variables(variables, work.inputs, unit, span, report)
        return ir.Route(
            name,
            model.method,
            tuple(p if isinstance(p, str) else matches[p.name] for p in pieces),
            tuple(inputs.values()),
            work.implementation(inputs),
            _description(model, work.operation, name),
            declared_responses(unit, model, self.report),
        )

    def _distinct(
        self, units: Sequence[tuple[Unit, _Named]], word: str, code: Code
    ) -> Iterator[tuple[Unit, _Named]]:
        """Number the later ones of routes, or of tools, with equal names."""
        names = _distinct_names([exposed.name for _, exposed in units])
        for (unit, exposed), name in zip(units, names, strict=True):
            if name != exposed.name:
                old = quote(exposed.name)
                message = f"the name {old} is taken: this {word} becomes {quote(name)}"
                self.report.add(code, message, unit.model.at("name"))
            yield unit, replace(exposed, name=name)

    # --- tools ---

    def _tools(self, adapter: models.Mcp) -> Iterator[tuple[Unit, ir.Tool]]:
        for unit in self.units.of_adapter(adapter):
            if isinstance(unit.model, models.Tool):
                yield unit, self._tool(unit, unit.model)

    def _tool(self, unit: Unit, model: models.Tool) -> ir.Tool:
        work = self.work[unit]
        inputs = tuple(work.inputs.values())
        implementation = work.implementation(work.inputs)
        note_description(model, self.report)
        names = aliases([parameter.name for parameter in inputs], ARGUMENT_NAMES)
        for name, alias in names.items():
            message = f"clients see the argument {quote(name)} as {quote(alias)}"
            self.report.add(Code.CLIENT_ALIAS, message, model.at("name"))
        if names:
            inputs, implementation = rename_inputs(inputs, implementation, names)
        tool = ir.Tool(
            model.name,
            model.label,
            describe_aliases(_description(model, work.operation, model.name), names),
            resolve_hints(model.hints, unit, implementation, self.report),
            inputs,
            implementation,
            self.longest_description,
        )
        return ItemListReader(tool, model, unit, self.report).read()

    def _with_accepted_names(
        self, tools: Sequence[tuple[Unit, ir.Tool]]
    ) -> Iterator[tuple[Unit, ir.Tool]]:
        """Rename the tools whose names MCP clients refuse."""
        names = aliases([tool.name for _, tool in tools], TOOL_NAMES)
        for unit, tool in tools:
            if alias := names.get(tool.name):
                message = f"clients see the tool {quote(tool.name)} as {quote(alias)}"
                self.report.add(Code.CLIENT_ALIAS, message, unit.model.at("name"))
                text = describe_aliases(tool.description, {tool.name: alias})
                yield unit, replace(tool, name=alias, description=text)
            else:
                yield unit, tool


def _distinct_names(names: Sequence[str]) -> Iterator[str]:
    """Yield the names; append a number to the later ones of equal names."""
    declared_names, used_names = frozenset(names), set[str]()
    numbers = Counter[str]()
    for name in names:
        distinct = name
        while distinct in used_names or (
            distinct != name and distinct in declared_names
        ):
            numbers[name] += 1
            distinct = f"{name}-{numbers[name] + 1}"
        used_names.add(distinct)
        yield distinct


def _description(
    model: models.ExposedUnit, operation: ir.Operation | None, name: str
) -> str:
    default = operation.description if operation else None
    return model.description or default or humanise(name)


def free_port(adapters: Sequence[models.Adapter]) -> int:
    """Return a port that no adapter uses."""
    used_ports = {adapter.port for adapter in adapters}
    return next(port for port in range(_FIRST_PORT, 65536) if port not in used_ports)


_SERVED = {"health": "/health/live and /health/ready", "info": "/status"}
"""The keys of pages that no spec turns off."""
_PAGES = {"reload": "/config/reload", "validate": "/config/validate", "logs": "/logs"}
"""The keys of pages that no engine has."""
_TRACED = {
    "sampling": "OTEL_TRACES_SAMPLER chooses the traced calls",
    "local": "the package has no page of traces",
}
"""The keys of traces that have no effect, and the reason."""


def _keys_without_effect(
    adapter: models.Control,
) -> Iterator[tuple[MappingNode, str, str]]:
    """Yield the keys that have no effect, in their mappings, with messages."""
    management, observability = adapter.management, adapter.observability
    for key, path in (_SERVED | _PAGES).items() if management else ():
        node = management.node.get(key) if management else None
        value = None if node is None else node.plain()
        is_served = key in _SERVED
        start = "each control port has" if is_served else "the package has no"
        if management and (value is False if is_served else value not in (None, False)):
            message = f"{start} {path}: {quote(key)} has no effect"
            yield management.node, key, message
    if observability is not None and observability.enabled:
        traces = observability.traces
        for key, reason in _TRACED.items() if traces else ():
            if traces and key in traces.node:
                yield traces.node, key, f"{reason}: {quote(key)} has no effect"
        if "exporters" in observability.node:
            reason = "OTEL_EXPORTER_OTLP_ENDPOINT names the collector"
            message = f"{reason}: 'exporters' has no effect"
            yield observability.node, "exporters", message
    scripting = management.scripting if management else None
    if scripting is not None and scripting.most_statements is not None:
        reason = "scripts have limits of time and memory"
        message = f"'statementLimit' has no effect: {reason}"
        yield scripting.node, "statementLimit", message


# --- hints of tools ---

UNREPEATABLE = frozenset({"POST", "PATCH"})
_CORRECTION = "write `readOnly: false`, or leave it out"


def resolve_hints(
    hints: models.Hints | None,
    unit: Unit,
    implementation: ir.Implementation,
    report: Report,
) -> ir.Hints:
    """Return the hints of a tool; its most dangerous call decides undeclared ones."""
    methods = ir.request_methods(implementation)
    effect = ir.widest_effect(methods)
    if hints is not None:
        read_only = _accepted_reading(hints, implementation, report)
        operations = [caller.declared.operation for caller in unit.callers]
        _check_hints(hints, operations, read_only, report)
        effect = ir.claimed_effect(
            effect, read_only=read_only, destructive=hints.destructive
        )
    is_idempotent = effect is ir.Effect.READ or methods.isdisjoint(UNREPEATABLE)
    idempotent, open_world = (
        (hints.idempotent, hints.open_world) if hints else (None, None)
    )
    return ir.Hints(
        effect,
        is_idempotent if idempotent is None else idempotent,
        bool(methods) if open_world is None else open_world,
    )


def _accepted_reading(
    hints: models.Hints, implementation: ir.Implementation, report: Report
) -> bool | None:
    """Return the hint `readOnly`, None if a call contradicts it; report that."""
    if not hints.read_only:
        return hints.read_only
    methods = ir.request_methods(implementation)
    destroying = (m for m in methods if ir.effect_of_method(m) is ir.Effect.DESTRUCTIVE)
    if method := min(destroying, default=None):
        message = f"'readOnly: true' is wrong: the tool sends {method}"
        report.add(Code.FALSE_HINT, message, hints.at("readOnly"), _CORRECTION)
        return None
    if not methods <= ir.READING and (reason := _objection(hints, implementation)):
        message = f"'readOnly: true' is ignored: {reason}"
        report.add(Code.UNSAFE_HINT, message, hints.at("readOnly"))
        return None
    return True


def _objection(hints: models.Hints, implementation: ir.Implementation) -> str | None:
    """Return why a POST isn't a search, None if nothing speaks against it."""
    operations = (call.operation for call in ir.calls(implementation))
    adding = (o.name for o in operations if o.effect is not ir.Effect.READ)
    if name := next(filter(ir.names_change, adding), None):
        return f"the operation {quote(name)} changes something, as its name says"
    if hints.destructive:
        return "the tool is 'destructive: true'"
    return "the tool is 'idempotent: false'" if hints.idempotent is False else None


def _check_hints(
    hints: models.Hints,
    operations: Iterable[models.ConsumedOperation],
    read_only: bool | None,
    report: Report,
) -> None:
    """Warn of tool hints that claim more safety than the HTTP methods allow.

    Of several calls, the first that allows less counts. A POST whose spec states how it
    splits a list into pages is a search, which may be read-only.
    """
    methods = [o.method for o in operations if not (o.method == "POST" and o.is_paged)]
    claims = (
        ("readOnly", "readOnly: true", read_only, {"POST"}),
        ("destructive", "destructive: false", hints.destructive is False, {"DELETE"}),
        (
            "idempotent",
            "idempotent: true",
            hints.idempotent and not hints.read_only,
            UNREPEATABLE,
        ),
    )
    for key, text, is_claimed, refuting in claims:
        method = next((method for method in methods if method in refuting), None)
        if is_claimed and method is not None:
            message = f"{quote(text)} claims more safety than {method} allows"
            report.add(Code.UNSAFE_HINT, message, hints.at(key))
