"""Rules for keys that a program with YAML 1.1 has changed."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.dialects.rewriting import CONSUMED_OPERATIONS, EXPOSES, UNITS, rewrite
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report

_WORDS = {"true": ("on", "yes", "y"), "false": ("off", "no", "n")}
_NAMED = re.compile(r"(?:\{\{\s*)?(?:tools\.|rest\.)?(?P<word>[a-z]+)(?:\s*\}\})?")
_HOLDERS = (
    (*CONSUMED_OPERATIONS, "body", "data"),
    *((*EXPOSES, *unit, "with") for unit in UNITS),
)


def boolean_key(tree: Mapping, report: Report) -> Mapping:
    """Read the key `true` as `on` if its value is the input `on`, and similar keys.

    YAML 1.1 reads `on`, `yes` and `y` as true, and `off`, `no` and `n` as false. A
    program that reads and writes a spec with YAML 1.1 therefore changes such keys.
    """
    for path in _HOLDERS:
        tree = rewrite(tree, path, partial(_spelt, report))
    return tree


def _spelt(report: Report, holder: Mapping) -> Mapping:
    return holder.with_entries([_entry(entry, report) for entry in holder.entries])


def _entry(entry: Entry, report: Report) -> Entry:
    word = _word(entry)
    if word is None or word == entry.key:
        return entry.with_value(_value(entry.value, report))
    message = f"the key {shown(entry.key)} is read as {shown(word)}"
    report.add(Code.BOOLEAN_KEY, message, entry.span)
    return replace(entry, key=word)


def _word(entry: Entry) -> str | None:
    """Return the original word of a boolean key, if the value names it."""
    match entry.value:
        case Scalar(value=str() as text):
            found = _NAMED.fullmatch(text)
            words = _WORDS.get(entry.key, ())
            return found["word"] if found and found["word"] in words else None
        case _:
            return None


def _value(node: Node, report: Report) -> Node:
    match node:
        case Mapping():
            return _spelt(report, node)
        case Sequence():
            return node.with_items([_value(item, report) for item in node.items])
        case Scalar():
            return node
