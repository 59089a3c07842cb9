"""The steps of a flow, in the order in which they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen import ir
from naftiko_gen.tools.explain.explanation import (
    CalledStep,
    FromStep,
    Lookup,
    ScriptRun,
    Step,
)
from naftiko_gen.tools.explain.requests import request
from naftiko_gen.tools.explain.sources import path_text, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def steps(flow: ir.Flow) -> Iterator[Step]:
    """Yield the steps of a flow."""
    projections = {step.name: parts for step, parts in ir.readings(flow)}
    for number, group in enumerate(flow.groups, 1):
        for step in group:
            yield _step(step, number, projections)


def _step(
    step: ir.FlowStep, group: int, projections: Mapping[str, ir.Projection]
) -> Step:
    match step:
        case ir.CallStep(name=name, call=call):
            return CalledStep(name, group, request(call, projections[name]))
        case ir.LookupStep(name=name, key=key, wanted=wanted):
            index = FromStep(step.index.step, path_text(step.index.parts))
            fields = tuple(name for name, _ in step.fields)
            return Lookup(name, group, index, path_text(key), source_of(wanted), fields)
        case ir.ScriptStep(name=name, files=files):
            return ScriptRun(name, group, tuple(file.path for file in files))
        case _:
            assert_never(step)
