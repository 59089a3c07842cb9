"""Rules for the outputs of routes and tools."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.dialects.rewriting import (
    CONSUMED_OPERATIONS,
    EXPOSED_ANSWERS,
    mappings,
    rewrite_all,
)
from naftiko_gen.language.expressions import json_path
from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report

_STRUCTURES = ("object", "array")
_KNOWN = frozenset({"properties", "items", "value", "const"})
"""Keys that define the content of an output."""


def opaque_output(tree: Mapping, report: Report) -> Mapping:
    """Drop outputs that are the whole response, which is the default.

    They stay beside other formats than JSON, whose responses they convert.
    """
    formats = (
        node.text("outputRawFormat") for node in mappings(tree, CONSUMED_OPERATIONS)
    )
    if any(name is not None and name.lower() != "json" for name in formats):
        return tree
    change = partial(_without_identity, report)
    return rewrite_all(tree, EXPOSED_ANSWERS, change)


def _without_identity(report: Report, unit: Mapping) -> Mapping:
    outputs = unit.get("outputParameters")
    if not isinstance(outputs, Sequence) or len(outputs.items) != 1:
        return unit
    output = outputs.items[0]
    if not isinstance(output, Mapping) or not _is_identity(output):
        return unit
    message = "untyped output: the upstream response is returned unchanged"
    report.add(Code.OPAQUE_OUTPUT, message, output.span)
    return unit.drop("outputParameters")


def passed_on(tree: Mapping, report: Report) -> Mapping:
    """Report objects and arrays in outputs that declare no parts."""

    def change(unit: Mapping) -> Mapping:
        outputs = unit.get("outputParameters")
        for output in outputs.items if isinstance(outputs, Sequence) else ():
            _note_opaque(output, report)
        return unit

    return rewrite_all(tree, EXPOSED_ANSWERS, change)


def _note_opaque(output: Node, report: Report) -> None:
    """Report an object or array without parts, at any depth."""
    if not isinstance(output, Mapping):
        return
    if _KNOWN.isdisjoint(entry.key for entry in output.entries):
        if output.text("type") in _STRUCTURES:
            message = f"untyped {output.text('type')}: it is returned unchanged"
            report.add(Code.OPAQUE_OUTPUT, message, output.span)
        return
    properties, items = output.get("properties"), output.get("items")
    if isinstance(properties, Mapping):
        for entry in properties.entries:
            _note_opaque(entry.value, report)
    if items is not None:
        _note_opaque(items, report)


def named_outputs(tree: Mapping, report: Report) -> Mapping:
    """Report outputs with names, which are read as the members of one object."""

    def change(unit: Mapping) -> Mapping:
        outputs = unit.get("outputParameters")
        if not isinstance(outputs, Sequence) or not outputs.items:
            return unit
        if "mappings" in unit or not ("call" in unit or "steps" in unit):
            return unit
        members = [output for output in outputs.items if _name(output) is not None]
        if len(members) == len(outputs.items):
            message = "outputs with names are read as the members of one object"
            report.add(Code.NAMED_OUTPUTS, message, outputs.items[0].span)
        return unit

    return rewrite_all(tree, EXPOSED_ANSWERS, change)


def _name(output: Node) -> str | None:
    return output.text("name") if isinstance(output, Mapping) else None


def _is_identity(output: Mapping) -> bool:
    kind, path = output.get("type"), output.get("mapping")
    return (
        {entry.key for entry in output.entries} == {"type", "mapping"}
        and kind is not None
        and kind.plain() in _STRUCTURES
        and isinstance(path, Scalar)
        and json_path(str(path.value)) == ()
    )
