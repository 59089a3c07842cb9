"""JSONPaths of a spec that aren't read, although its readers may rely on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.language.expressions import json_path
from naftiko_gen.language.json_paths import PathError, query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.language import models


def report_ignored_json_paths(capability: models.Capability, report: Report) -> None:
    """Report JSONPaths that aren't read."""
    for output in _outputs(capability):
        span = output.node.value_span("value")
        if not output.is_path:
            message = f"{quote(output.value)} is a constant, not a path"
            report.add(Code.CONSTANT_OUTPUT, message, span)
        elif fault := _fault(output.value):
            message = f"{quote(output.value)} is ignored: {fault}"
            report.add(Code.IGNORED_JSONPATH, message, span)


def _fault(path: str) -> str | None:
    """Return the fault of a JSONPath, if it has one."""
    if json_path(path) is not None:
        return None
    try:
        query(path)
    except PathError as error:
        return str(error)
    return None


def _outputs(capability: models.Capability) -> Iterator[models.ConsumedOutput]:
    for consumes in capability.consumes:
        for resource in consumes.resources:
            for operation in resource.operations:
                yield from operation.outputs
