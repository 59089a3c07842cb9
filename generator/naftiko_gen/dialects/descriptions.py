"""Rules for what a document says beyond the official language, and what it needn't say.

Descriptions and types are kept; an output that describes nothing is left out.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from naftiko_gen.codes import Code
from naftiko_gen.dialects.rewriting import (
    CONSUMED_OPERATIONS,
    CONSUMED_RESOURCES,
    CONSUMES,
    EXPOSES,
    UNITS,
    rewrite,
    rewrite_all,
)
from naftiko_gen.expressions import json_path
from naftiko_gen.quoting import shown
from naftiko_gen.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from naftiko_gen.diagnostics import Report

_PARAMETERS = tuple(
    (*path, "inputParameters")
    for path in (CONSUMES, CONSUMED_RESOURCES, CONSUMED_OPERATIONS)
)


def adapter_description(tree: Mapping, report: Report) -> Mapping:
    """Keep the description of a REST adapter."""

    def change(adapter: Mapping) -> Mapping:
        kind = adapter.get("type")
        if kind is not None and kind.plain() == "rest" and "description" in adapter:
            message = "the description of a REST adapter is kept"
            report.add(
                Code.ADAPTER_DESCRIPTION, message, adapter.key_span("description")
            )
        return adapter

    return rewrite(tree, EXPOSES, change)


def parameter_metadata(tree: Mapping, report: Report) -> Mapping:
    """Keep `type`, `required` and `description` of consumed parameters."""

    def change(parameter: Mapping) -> Mapping:
        keys = [key for key in ("type", "required", "description") if key in parameter]
        if keys:
            message = f"a consumed parameter keeps {', '.join(map(shown, keys))}"
            report.add(Code.PARAMETER_METADATA, message, parameter.key_span(keys[0]))
        return parameter

    return rewrite_all(tree, _PARAMETERS, change)


def opaque_output(tree: Mapping, report: Report) -> Mapping:
    """Leave out outputs that are the whole answer: nothing declared means the same."""
    change = partial(_without_identity, report)
    return rewrite_all(tree, tuple((*EXPOSES, *unit) for unit in UNITS), change)


def _without_identity(report: Report, unit: Mapping) -> Mapping:
    outputs = unit.get("outputParameters")
    if not isinstance(outputs, Sequence) or len(outputs.items) != 1:
        return unit
    output = outputs.items[0]
    if not isinstance(output, Mapping) or not _is_identity(output):
        return unit
    message = "an output without properties or items is the answer as it is"
    report.add(Code.OPAQUE_OUTPUT, message, output.span)
    return unit.drop("outputParameters")


def _is_identity(output: Mapping) -> bool:
    kind, path = output.get("type"), output.get("mapping")
    return (
        {entry.key for entry in output.entries} == {"type", "mapping"}
        and kind is not None
        and kind.plain() in ("object", "array")
        and isinstance(path, Scalar)
        and json_path(str(path.value)) == ()
    )
