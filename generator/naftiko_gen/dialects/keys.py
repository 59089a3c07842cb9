"""Rules for keys that a program with YAML 1.1 has changed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.dialects.rewriting import (
    CONSUMED_OPERATIONS,
    EXPOSED_ANSWERS,
    rewrite_all,
    rewrite_entries,
)
from naftiko_gen.syntax.tree import Entry, Mapping, Scalar

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report

_WORDS = {"true": ("on", "yes", "y"), "false": ("off", "no", "n")}
_NAMED = re.compile(r"(?:\{\{\s*)?(?:tools\.|rest\.)?(?P<word>[a-z]+)(?:\s*\}\})?")
_HOLDERS = (
    (*CONSUMED_OPERATIONS, "body", "data"),
    *((*unit, "with") for unit in EXPOSED_ANSWERS),
)


def boolean_key(tree: Mapping, report: Report) -> Mapping:
    """Read the key `true` as `on` if its value is the input `on`, and similar keys.

    YAML 1.1 reads `on`, `yes` and `y` as true, and `off`, `no` and `n` as false. A
    program that reads and writes a spec with YAML 1.1 therefore changes such keys.
    """

    def change(entry: Entry) -> Entry:
        word = _word(entry)
        if word is None or word == entry.key:
            return entry
        message = f"the key {quote(entry.key)} is read as {quote(word)}"
        report.add(Code.BOOLEAN_KEY, message, entry.span)
        return replace(entry, key=word)

    def change_all(holder: Mapping) -> Mapping:
        return rewrite_entries(holder, change, enter=lambda _: True)

    return rewrite_all(tree, _HOLDERS, change_all)


def _word(entry: Entry) -> str | None:
    """Return the original word of a boolean key, if the value names it."""
    match entry.value:
        case Scalar(value=str() as text):
            match = _NAMED.fullmatch(text)
            words = _WORDS.get(entry.key, ())
            return match["word"] if match and match["word"] in words else None
        case _:
            return None
