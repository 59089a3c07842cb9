"""Rules for names and other texts that were typed as something else."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from naftiko_gen.codes import Code
from naftiko_gen.dialects.rewriting import CONSUMED_RESOURCES, rewrite
from naftiko_gen.quoting import shown
from naftiko_gen.tree import Entry, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from naftiko_gen.diagnostics import Report

TEXTS = frozenset(
    {
        "action",
        "call",
        "created",
        "description",
        "label",
        "modified",
        "name",
        "namespace",
        "path",
        "sourceNamespace",
        "tags",
        "title",
    }
)
_FREE = frozenset({"const", "data", "keys", "metadata", "value", "with"})
"""Keys that hold the author's own values."""


def read_as_text(tree: Mapping, report: Report) -> Mapping:
    """Read a number or boolean as it was typed where the language has a text."""
    entries = tuple(_with_text(entry, report) for entry in tree.entries)
    same = all(a is b for a, b in zip(entries, tree.entries, strict=True))
    return tree if same else replace(tree, entries=entries)


def _with_text(entry: Entry, report: Report) -> Entry:
    if entry.key in _FREE:
        return entry
    value = _inside(entry.value, entry.key in TEXTS, report)
    return entry if value is entry.value else replace(entry, value=value)


def _inside(node: Node, is_text: bool, report: Report) -> Node:
    match node:
        case Mapping():
            return read_as_text(node, report)
        case Sequence():
            items = tuple(_inside(item, is_text, report) for item in node.items)
            same = all(a is b for a, b in zip(items, node.items, strict=True))
            return node if same else replace(node, items=items)
        case Scalar(value=bool() | int() | float(), typed=str() as typed) if is_text:
            message = f"{typed} is read as the text {shown(typed)}"
            report.add(Code.READ_AS_TEXT, message, node.span)
            return Scalar(typed, node.span, typed)
        case _:
            return node


def resource_name(tree: Mapping, report: Report) -> Mapping:
    """Name a consumed resource without a name after its path."""

    def change(resource: Mapping) -> Mapping:
        name = resource.get("name")
        if name is not None and name.plain() not in (None, ""):
            return resource
        words = re.findall(r"[^\W_]+", resource.text("path") or "")
        derived = "-".join(words).lower() or "root"
        span = resource.key_span("name")
        message = f"the resource has no name, so it is {shown(derived)}"
        report.add(Code.RESOURCE_NAME, message, span)
        return resource.put("name", Scalar(derived, span))

    return rewrite(tree, CONSUMED_RESOURCES, change)
