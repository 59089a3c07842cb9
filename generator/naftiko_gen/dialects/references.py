"""Rules for what `with` refers to."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from naftiko_gen.codes import Code
from naftiko_gen.dialects.rewriting import EXPOSES, UNITS, rewrite, rewrite_all
from naftiko_gen.quoting import shown
from naftiko_gen.tree import Mapping, Node, Scalar, Sequence, Span

if TYPE_CHECKING:
    from naftiko_gen.diagnostics import Report

_PREFIXES = ("rest.", "tools.")


def reference_prefix(tree: Mapping, report: Report) -> Mapping:
    """Write the adapter's namespace in front of `x` where `with` says `rest.x`."""

    def change(adapter: Mapping) -> Mapping:
        namespace = adapter.get("namespace")
        if namespace is None:
            return adapter
        rename = partial(_renamed, f"{namespace.plain()}.", report)
        paths = tuple((*unit, "with") for unit in UNITS)
        return rewrite_all(adapter, paths, rename)

    return rewrite(tree, EXPOSES, change)


def _renamed(prefix: str, report: Report, arguments: Mapping) -> Mapping:
    entries = tuple(
        replace(entry, value=_reference(entry.value, prefix, report))
        for entry in arguments.entries
    )
    return replace(arguments, entries=entries)


def _reference(node: Node, prefix: str, report: Report) -> Node:
    match node:
        case Scalar(value=str() as text) if not text.startswith(prefix):
            return Scalar(_renamed_text(text, prefix, node.span, report), node.span)
        case Sequence():
            items = (_reference(item, prefix, report) for item in node.items)
            return replace(node, items=tuple(items))
        case Mapping():
            return _renamed(prefix, report, node)
        case _:
            return node


def _renamed_text(text: str, prefix: str, span: Span, report: Report) -> str:
    old = next((old for old in _PREFIXES if text.startswith(old) and text != old), None)
    if old is None:
        return text
    name = text.removeprefix(old)
    message = f"{shown(text)} is read as the input {shown(name)}"
    report.add(Code.REFERENCE_PREFIX, message, span)
    return prefix + name
