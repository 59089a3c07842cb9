"""Rules for the parameters of consumed operations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from naftiko_gen.codes import Code
from naftiko_gen.dialects.rewriting import (
    CONSUMED_OPERATIONS,
    CONSUMED_RESOURCES,
    CONSUMES,
    rewrite_all,
)
from naftiko_gen.quoting import shown
from naftiko_gen.tree import Mapping, Node, Sequence

if TYPE_CHECKING:
    from naftiko_gen.diagnostics import Report

_HOLDERS = (CONSUMES, CONSUMED_RESOURCES, CONSUMED_OPERATIONS)
_PARAMETERS = tuple((*holder, "inputParameters") for holder in _HOLDERS)


def empty_name(tree: Mapping, report: Report) -> Mapping:
    """Leave out parameters whose name is empty."""

    def change(holder: Mapping) -> Mapping:
        parameters = holder.get("inputParameters")
        if not isinstance(parameters, Sequence):
            return holder
        nameless = [each for each in parameters.items if _has_empty_name(each)]
        for each in nameless:
            message = "a parameter without a name is left out"
            report.add(Code.EMPTY_NAME, message, each.span)
        kept = tuple(each for each in parameters.items if each not in nameless)
        changed = replace(parameters, items=kept)
        return holder.put("inputParameters", changed) if nameless else holder

    return rewrite_all(tree, _HOLDERS, change)


def _has_empty_name(parameter: Node) -> bool:
    name = parameter.get("name") if isinstance(parameter, Mapping) else None
    return name is not None and name.plain() == ""


def parameter_metadata(tree: Mapping, report: Report) -> Mapping:
    """Keep `type`, `required` and `description` of consumed parameters."""

    def change(parameter: Mapping) -> Mapping:
        keys = [key for key in ("type", "required", "description") if key in parameter]
        if keys:
            names = ", ".join(map(shown, keys))
            message = f"the inputs that feed this parameter take over {names}"
            report.add(Code.PARAMETER_METADATA, message, parameter.key_span(keys[0]))
        return parameter

    return rewrite_all(tree, _PARAMETERS, change)
