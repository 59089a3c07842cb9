"""Explaining a spec without compiling it, route by route and tool by tool.

An explanation is computed from the intermediate representation: the inputs of each
unit, its upstream request, its response, and the assumptions of the compiler.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.emit.code.names import base_uri_variable, spell_template
from naftiko_gen.emit.package.command import metric_series
from naftiko_gen.emit.tools.arguments import argument_inputs, constant_inputs
from naftiko_gen.frontend import Meaning
from naftiko_gen.tools.explain import explanation as facts
from naftiko_gen.tools.explain.assumptions import Assumptions
from naftiko_gen.tools.explain.requests import (
    base_uri,
    credential,
    forwarded_request,
    request,
    single,
)
from naftiko_gen.tools.explain.values import (
    answer,
    below,
    inner_path,
    source_of,
    type_words,
)


def explain(
    spec: str, meaning: Meaning, findings: tuple[Diagnostic, ...]
) -> facts.Explanation:
    """Return the explanation of a spec; `findings` are all of its diagnostics."""
    assumptions = Assumptions(meaning, findings)
    capability = meaning.capability
    upstreams = tuple(
        facts.Upstream(
            upstream.namespace,
            base_uri(upstream),
            base_uri_variable(upstream),
            credential(upstream.credential),
            assumptions.of_upstream(upstream),
        )
        for upstream in capability.upstreams
    )
    units = tuple(_unit(unit, capability, assumptions) for unit in capability.exposed)
    return facts.Explanation(
        spec,
        capability.slug,
        capability.label,
        upstreams,
        units,
        assumptions.others(),
        tuple(_files(capability)),
        tuple(_prompts(capability)),
        metric_series(capability),
    )


def _files(capability: ir.Capability) -> Iterator[facts.File]:
    for adapter in capability.mcp:
        for file in adapter.files:
            size = len(file.content)
            yield facts.File(file.uri, adapter.namespace, file.media_type, size)


def _prompts(capability: ir.Capability) -> Iterator[facts.Prompt]:
    for adapter in capability.mcp:
        for prompt in adapter.prompts:
            arguments = (
                facts.Input(
                    source.name,
                    "argument",
                    required=source.required,
                    description=source.description,
                )
                for source in prompt.arguments
            )
            name, about = prompt.name, prompt.description
            yield facts.Prompt(name, adapter.namespace, about, tuple(arguments))


# --- units -----------------------------------------------------------------------


def _unit(
    exposed: ir.Exposed, capability: ir.Capability, assumptions: Assumptions
) -> facts.Unit:
    adapter = capability.exposing(exposed)
    unit = partial(
        facts.Unit,
        name=exposed.name,
        adapter=adapter.namespace,
        clients=single(adapter.guard) if adapter.guard else None,
        description=exposed.description,
        inputs=tuple(_inputs(exposed)),
        request=_request(exposed.implementation),
        steps=tuple(_steps(exposed.implementation)),
        answer=answer(exposed.implementation),
        assumptions=assumptions.of_unit(exposed),
    )
    match exposed:
        case ir.Route(method=method, route=route):
            return unit("route", method=method, path=spell_template(route))
        case ir.Tool():
            return unit("tool")
        case ir.Resource(template=uri):
            return unit("resource", uri=uri)
        case _:
            assert_never(exposed)


def _request(implementation: ir.Implementation) -> facts.Request | None:
    """Return the only request; None if there are steps."""
    match implementation:
        case ir.ProjectedCall(call=call, output=output):
            return request(call, output)
        case ir.Flow():
            return None
        case ir.Forward():
            return forwarded_request(implementation)
        case _:
            assert_never(implementation)


def _steps(implementation: ir.Implementation) -> Iterator[facts.Step]:
    """Yield the steps of a flow, in the order in which they run."""
    if isinstance(implementation, ir.Flow):
        projections = {step.name: parts for step, parts in ir.readings(implementation)}
        for number, group in enumerate(implementation.groups, 1):
            for step in group:
                yield _step(step, number, projections)


def _step(
    step: ir.FlowStep, group: int, projections: Mapping[str, ir.Projection]
) -> facts.Step:
    match step:
        case ir.CallStep(name=name, call=call):
            return facts.CalledStep(name, group, request(call, projections[name]))
        case ir.LookupStep(name=name, key=key, wanted=wanted):
            index = facts.FromStep(step.index.step, inner_path(step.index.parts))
            fields = tuple(name for name, _ in step.fields)
            source = source_of(wanted)
            return facts.Lookup(name, group, index, inner_path(key), source, fields)
        case ir.ScriptStep(name=name, files=files):
            return facts.ScriptRun(name, group, tuple(file.path for file in files))
        case _:
            assert_never(step)


# --- inputs ----------------------------------------------------------------------

_PLACES: dict[type[ir.Location], str] = {
    ir.InPath: "path",
    ir.InQuery: "query",
    ir.InHeader: "header",
    ir.InCookie: "cookie",
    **dict.fromkeys((ir.InBody, ir.InText, ir.InContent, ir.InField), "body"),
    ir.InArguments: "argument",
}
_CHECKS = {
    ir.Check.STRICT: "",
    ir.Check.SHALLOW: ", of which only types are checked",
    ir.Check.NONE: ", unchecked",
}
"""How much of a value is checked, unless all of it is."""


def _inputs(unit: ir.Exposed) -> Iterator[facts.Input]:
    """Yield the inputs, and the headers that a forward passes on."""
    match unit:
        case ir.Tool():
            inputs = (*argument_inputs(unit), *constant_inputs(unit))
        case ir.Route() | ir.Resource():
            inputs = unit.inputs
        case _:
            assert_never(unit)
    yield from map(_input, inputs)
    yield from (facts.Input(name, "header") for name in unit.implementation.trusted)


def _input(source: ir.Input) -> facts.Input:
    """Return an input as its client sees it; its pointer leads into the body."""
    location = source.location
    path = location.path if isinstance(location, ir.InField) else ()
    default = "" if source.default is None else f", else {source.default.text}"
    return facts.Input(
        source.name,
        _PLACES[type(location)],
        "".join(below("", key) for key in path),
        type_words(source.type) + default + _CHECKS[source.check],
        source.is_demanded,
        source.description,
    )
