"""Rules for what `with` refers to."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from naftiko_gen.codes import Code
from naftiko_gen.dialects.rewriting import EXPOSES, UNITS, rewrite, rewrite_all
from naftiko_gen.quoting import shown
from naftiko_gen.tree import Entry, Mapping, Scalar

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
    entries = tuple(_reference(entry, prefix, report) for entry in arguments.entries)
    return replace(arguments, entries=entries)


def _reference(entry: Entry, prefix: str, report: Report) -> Entry:
    text = entry.value.plain()
    if not isinstance(text, str) or text.startswith(prefix):
        return entry
    old = next((old for old in _PREFIXES if text.startswith(old) and text != old), None)
    if old is None:
        return entry
    name = text.removeprefix(old)
    report.add(
        Code.REFERENCE_PREFIX,
        f"{shown(text)} is read as the input {shown(name)}",
        entry.value.span,
    )
    return replace(entry, value=Scalar(prefix + name, entry.value.span))
