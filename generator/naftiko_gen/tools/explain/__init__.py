"""Explaining a spec without compiling it, route by route and tool by tool.

An explanation is computed from the intermediate representation: the inputs of each
unit, its upstream request, its response, and the assumptions of the compiler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.rendering import sort
from naftiko_gen.emit.package.names import base_uri_variable
from naftiko_gen.emit.package.routing import route_template
from naftiko_gen.tools.explain import explanation
from naftiko_gen.tools.explain.assumptions import Assumptions
from naftiko_gen.tools.explain.credentials import credential, guard
from naftiko_gen.tools.explain.explanation import Explanation
from naftiko_gen.tools.explain.inputs import describe_input
from naftiko_gen.tools.explain.requests import (
    base_uri,
    forwarded_request,
    request,
)
from naftiko_gen.tools.explain.responses import answer, composed_answer
from naftiko_gen.tools.explain.source_ranges import SourceRanges
from naftiko_gen.tools.explain.steps import steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.frontend import Meaning

__all__ = ["Explanation", "explain"]


def explain(
    spec: str, meaning: Meaning, findings: tuple[Diagnostic, ...]
) -> Explanation:
    """Return the explanation of a spec; `findings` are all of its diagnostics."""
    ranges = SourceRanges.of(meaning.tree, meaning.document)
    assumptions = Assumptions(meaning.origins, ranges, sort(findings))
    capability = meaning.capability
    upstreams = tuple(
        _upstream(upstream, assumptions) for upstream in capability.upstreams
    )
    units = tuple(_unit(unit, capability, assumptions) for unit in capability.exposed)
    return Explanation(
        spec,
        capability.slug,
        capability.label,
        upstreams,
        units,
        assumptions.others(),
        tuple(_files(capability)),
        tuple(_prompts(capability)),
    )


def _upstream(upstream: ir.Upstream, assumptions: Assumptions) -> explanation.Upstream:
    return explanation.Upstream(
        upstream.namespace,
        base_uri(upstream),
        base_uri_variable(upstream),
        credential(upstream.credential),
        assumptions.of_upstream(upstream),
    )


def _files(capability: ir.Capability) -> Iterator[explanation.File]:
    for adapter in capability.mcp:
        for file in adapter.files:
            size = len(file.content)
            yield explanation.File(file.uri, adapter.namespace, file.media_type, size)


def _prompts(capability: ir.Capability) -> Iterator[explanation.Prompt]:
    for adapter in capability.mcp:
        for prompt in adapter.prompts:
            yield explanation.Prompt(
                prompt.name,
                adapter.namespace,
                prompt.description,
                tuple(map(_argument, prompt.arguments)),
            )


def _argument(argument: ir.PromptArgument) -> explanation.Input:
    return explanation.Input(
        argument.name,
        "argument",
        "",
        "string",
        argument.required,
        argument.description,
    )


def _unit(
    unit: ir.Exposed, capability: ir.Capability, assumptions: Assumptions
) -> explanation.Unit:
    adapter = capability.exposing(unit)
    return explanation.Unit(
        _explain_unit(unit),
        unit.name,
        adapter.namespace,
        guard(adapter.guard),
        unit.description,
        tuple(_inputs(unit)),
        _request(unit.implementation),
        _steps(unit.implementation),
        _answer(unit.implementation),
        assumptions.of_unit(unit),
    )


def _explain_unit(unit: ir.Exposed) -> explanation.Exposed:
    match unit:
        case ir.Route(method=method, route=route):
            return explanation.Route(method, route_template(route))
        case ir.Tool(name=name):
            return explanation.Tool(name)
        case ir.Resource(template=uri):
            return explanation.Resource(uri)
        case _:
            assert_never(unit)


def _inputs(unit: ir.Exposed) -> Iterator[explanation.Input]:
    """Yield the inputs, and the headers that a forward passes on."""
    yield from map(describe_input, unit.inputs)
    for name in ir.passed_headers(unit.implementation):
        yield explanation.Input(name, "header", "", "string", False, None)


def _request(implementation: ir.Implementation) -> explanation.Request | None:
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


def _steps(implementation: ir.Implementation) -> tuple[explanation.Step, ...]:
    match implementation:
        case ir.Flow():
            return tuple(steps(implementation))
        case ir.ProjectedCall() | ir.Forward():
            return ()
        case _:
            assert_never(implementation)


def _answer(implementation: ir.Implementation) -> explanation.Answer:
    match implementation:
        case ir.Flow(answer=ir.Mapped() as composition):
            return composed_answer(composition)
        case _:
            return answer(ir.projection_of(implementation))
