"""The rule for properties that are a list of single keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.dialects.rewriting import rewrite_entries
from naftiko_gen.syntax.tree import Mapping, Sequence

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.syntax.tree import Entry

_DECLARATIONS = ("inputParameters", "outputParameters")
_VALUES = ("body", "const", "data", "default", "enum", "value", "with")
"""Keys of values, which may have any members."""


def listed_properties(tree: Mapping, report: Report) -> Mapping:
    """Read a list of single keys, below inputs and outputs, as a mapping."""
    change = partial(_as_mapping, report)

    def change_declaration(entry: Entry) -> Entry:
        if entry.key not in _DECLARATIONS or not isinstance(entry.value, Sequence):
            return entry
        items = (
            (
                rewrite_entries(item, change, _declares)
                if isinstance(item, Mapping)
                else item
            )
            for item in entry.value.items
        )
        return entry.with_value(entry.value.with_items(items))

    return rewrite_entries(tree, change_declaration, _holds_declarations)


def _holds_declarations(entry: Entry) -> bool:
    return _declares(entry) and entry.key not in _DECLARATIONS


def _declares(entry: Entry) -> bool:
    return entry.key not in _VALUES


def _as_mapping(report: Report, entry: Entry) -> Entry:
    """Return properties as a mapping, any other entry unchanged."""
    if entry.key != "properties" or not isinstance(entry.value, Sequence):
        return entry
    items = [item for item in entry.value.items if isinstance(item, Mapping)]
    entries = [member for item in items for member in item.entries]
    keys = {member.key for member in entries}
    if not len(entry.value.items) == len(items) == len(entries) == len(keys) > 0:
        return entry
    message = "the list of properties is read as a mapping"
    report.add(Code.LISTED_PROPERTIES, message, entry.span)
    return entry.with_value(Mapping(tuple(entries), entry.value.span))
