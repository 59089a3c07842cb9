"""Parts of a document that nothing is generated from, and that readers may rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import spec
from naftiko_gen.codes import Code
from naftiko_gen.expressions import json_path
from naftiko_gen.quoting import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics import Report


def report_ignored(capability: spec.Capability, report: Report) -> None:
    """Report patterns that nothing checks, and paths by which nothing is read."""
    for model in _inputs(capability):
        if model.pattern is not None:
            message = f"values of {shown(model.name)} aren't checked by the pattern"
            span = model.node.value_span("pattern")
            report.add(Code.IGNORED_PATTERN, message, span)
    for output in _outputs(capability):
        if json_path(output.value) is None:
            message = f"{shown(output.value)} uses more than names, indexes and [*]"
            span = output.node.value_span("value")
            report.add(Code.IGNORED_JSONPATH, message, span)


def _inputs(capability: spec.Capability) -> Iterator[spec.RestInput]:
    for adapter in capability.exposes:
        for resource in adapter.resources if isinstance(adapter, spec.Rest) else ():
            yield from resource.inputs
            for operation in resource.operations:
                yield from operation.inputs


def _outputs(capability: spec.Capability) -> Iterator[spec.ConsumedOutput]:
    for consumes in capability.consumes:
        for resource in consumes.resources:
            for operation in resource.operations:
                yield from operation.outputs
