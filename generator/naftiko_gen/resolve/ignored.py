"""Ignored parts of a spec that its readers may rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language import models
from naftiko_gen.language.expressions import json_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.report import Report


def report_ignored(capability: models.Capability, report: Report) -> None:
    """Report patterns that aren't checked, and JSONPaths that aren't read."""
    for model in _inputs(capability):
        if model.pattern is not None:
            message = (
                f"the pattern is ignored: values of {shown(model.name)} aren't checked"
            )
            span = model.node.value_span("pattern")
            report.add(Code.IGNORED_PATTERN, message, span)
    for output in _outputs(capability):
        if json_path(output.value) is None:
            path = shown(output.value)
            message = f"{path} is ignored: it holds more than names, indexes and [*]"
            span = output.node.value_span("value")
            report.add(Code.IGNORED_JSONPATH, message, span)


def _inputs(capability: models.Capability) -> Iterator[models.RestInput]:
    for adapter in capability.exposes:
        for resource in adapter.resources if isinstance(adapter, models.Rest) else ():
            yield from resource.inputs
            for operation in resource.operations:
                yield from operation.inputs


def _outputs(capability: models.Capability) -> Iterator[models.ConsumedOutput]:
    for consumes in capability.consumes:
        for resource in consumes.resources:
            for operation in resource.operations:
                yield from operation.outputs
