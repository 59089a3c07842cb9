"""Call targets: the operations that routes, tools and steps name in `call`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.language import models
from naftiko_gen.resolve.mocks import is_mock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.resolve.catalogue import Catalogue, DeclaredOperation

    Unit = models.ExposedUnit
    Calling = Unit | models.CallStep
    Targets = Mapping[Calling, DeclaredOperation]
    """The operations that routes, tools and steps call."""
    Adapter = models.Rest | models.Mcp | models.Skills | models.Control

_HINTED = 50
"""Unknown calls up to which a hint is worth the time of comparing names."""


def call_targets(
    adapters: Sequence[Adapter], catalogue: Catalogue, unknown: Code, report: Report
) -> dict[Calling, DeclaredOperation]:
    """Return the operation of each route, tool and step that calls a declared one.

    The others are reported; `unknown` is the code of a call to an unknown operation.
    """
    for unit in _exposed_units(adapters):
        _check_steps(unit, report)
    callers = tuple(_callers(adapters))
    targets = _find_targets(callers, catalogue)
    hints = _hints([model for model in callers if model not in targets], catalogue)
    for model in callers:
        if model in targets:
            _report_assumed(model, targets[model], catalogue, report)
        else:
            _report_lost(model, unknown, hints.get(model), report)
    return targets


def _callers(adapters: Iterable[Adapter]) -> Iterator[Calling]:
    """Yield the routes and tools, or their steps that call operations."""
    for unit in _exposed_units(adapters):
        if unit.steps:
            yield from (s for s in unit.steps if isinstance(s, models.CallStep))
        elif not is_mock(unit):
            yield unit


def _check_steps(unit: Unit, report: Report) -> None:
    """Report a call beside steps, and mappings without steps."""
    if unit.steps and unit.call is not None:
        message = "'call' and 'steps' exclude each other"
        report.add(Code.MIXED_STEPS, message, unit.node.key_span("call"))
    if unit.mappings and not unit.steps:
        message = "'mappings' refer to steps, and there are none"
        report.add(Code.MIXED_STEPS, message, unit.node.key_span("mappings"))


def _exposed_units(adapters: Iterable[Adapter]) -> Iterator[Unit]:
    for adapter in adapters:
        match adapter:
            case models.Rest():
                for resource in adapter.resources:
                    yield from resource.operations
            case models.Mcp():
                yield from adapter.tools
                yield from adapter.answered_resources
            case models.Skills() | models.Control():
                pass


def _find_targets(
    callers: Iterable[Calling], catalogue: Catalogue
) -> dict[Calling, DeclaredOperation]:
    calls = ((model, model.call) for model in callers if model.call is not None)
    targets = ((model, catalogue.find(call)) for model, call in calls)
    return {
        model: declaration for model, declaration in targets if declaration is not None
    }


def _hints(
    lost_calls: Iterable[Calling], catalogue: Catalogue
) -> Mapping[Calling, str]:
    """Return the hints of the first unknown calls that are close to an operation."""
    calls = [(model, model.call) for model in lost_calls if model.call is not None]
    near = ((model, catalogue.nearest(call)) for model, call in calls[:_HINTED])
    return {model: f"did you mean {quote(close)}?" for model, close in near if close}


def _report_assumed(
    model: Calling, declaration: DeclaredOperation, catalogue: Catalogue, report: Report
) -> None:
    """Report a call whose namespace is unknown."""
    if model.call is not None and not catalogue.is_exact(model.call, declaration):
        name = quote(".".join(declaration.key))
        message = f"{quote(model.call)} has an unknown namespace: it is read as {name}"
        report.add(Code.ASSUMED_NAMESPACE, message, model.node.value_span("call"))


def _report_lost(
    model: Calling, unknown: Code, hint: str | None, report: Report
) -> None:
    if not isinstance(model, models.CallStep) and model.ref is not None:
        return  # the function of a `ref` is unknown, which is reported already
    if model.call is None:
        message = f"{quote(model.name or model.node.plain())} calls no operation"
        report.add(Code.NO_CALL, message, model.node.value_span("name"))
    else:
        message = f"no consumes block declares the operation {quote(model.call)}"
        report.add(unknown, message, model.node.value_span("call"), hint)
