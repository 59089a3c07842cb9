"""Call targets: the operations that routes and tools name in `call`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language import models

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.resolve.catalogue import Catalogue, Declared

    Caller = models.RestOperation | models.Tool
    Adapter = models.Rest | models.Mcp | models.Skills | models.Control

_HINTED = 50
"""Unknown calls up to which a hint is worth the time of comparing names."""


def call_targets(
    adapters: Sequence[Adapter], catalogue: Catalogue, unknown: Code, report: Report
) -> dict[Caller, Declared]:
    """Return the operation of each route and tool that calls a declared one.

    The others are reported; `unknown` is the code of a call to an unknown operation.
    """
    callers = tuple(_callers(adapters))
    targets = _find_targets(callers, catalogue)
    hints = _hints([model for model in callers if model not in targets], catalogue)
    for model in callers:
        if model in targets:
            _report_assumed(model, targets[model], catalogue, report)
        else:
            _report_lost(model, unknown, hints.get(model), report)
    return targets


def _callers(adapters: Iterable[Adapter]) -> Iterator[Caller]:
    for adapter in adapters:
        match adapter:
            case models.Rest():
                for resource in adapter.resources:
                    yield from resource.operations
            case models.Mcp():
                yield from adapter.tools
            case models.Skills() | models.Control():
                pass


def _find_targets(
    callers: Iterable[Caller], catalogue: Catalogue
) -> dict[Caller, Declared]:
    calls = ((model, model.call) for model in callers if model.call is not None)
    found = ((model, catalogue.find(call)) for model, call in calls)
    return {model: declared for model, declared in found if declared is not None}


def _hints(lost: Iterable[Caller], catalogue: Catalogue) -> Mapping[Caller, str]:
    """Return the hints of the first unknown calls that are close to an operation."""
    calls = [(model, model.call) for model in lost if model.call is not None]
    near = ((model, catalogue.nearest(call)) for model, call in calls[:_HINTED])
    return {model: f"did you mean {shown(close)}?" for model, close in near if close}


def _report_assumed(
    model: Caller, declared: Declared, catalogue: Catalogue, report: Report
) -> None:
    """Report a call whose namespace is unknown."""
    if model.call is not None and not catalogue.is_exact(model.call, declared):
        name = shown(".".join(declared.key))
        message = f"{shown(model.call)} has an unknown namespace: it is read as {name}"
        report.add(Code.ASSUMED_NAMESPACE, message, model.node.value_span("call"))


def _report_lost(
    model: Caller, unknown: Code, hint: str | None, report: Report
) -> None:
    if model.call is None:
        message = f"{shown(model.name or model.node.plain())} calls no operation"
        report.add(Code.NO_CALL, message, model.node.value_span("name"))
    else:
        message = f"no consumes block declares the operation {shown(model.call)}"
        report.add(unknown, message, model.node.value_span("call"), hint)
