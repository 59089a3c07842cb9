"""Rules for what an answer looks like."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from naftiko_gen.codes import Code
from naftiko_gen.dialects.rewriting import EXPOSES, UNITS, rewrite_all
from naftiko_gen.expressions import json_path
from naftiko_gen.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from naftiko_gen.diagnostics import Report


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
