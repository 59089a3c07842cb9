"""The rule for outputs of steps, whose arrays list the members of their items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.dialects.rewriting import ANSWERS, EXPOSES, rewrite_all
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.report import Report


_FUNCTIONS = ("capability", "aggregates", "functions")


def listed_items(tree: Mapping, _: Report) -> Mapping:
    """Read a list of named `items` as the properties of an object."""

    def change(unit: Mapping) -> Mapping:
        outputs = unit.get("outputParameters")
        if "steps" not in unit or not isinstance(outputs, Sequence):
            return unit
        return unit.put("outputParameters", _with_properties(outputs))

    units = tuple((*EXPOSES, *unit) for unit in ANSWERS)
    return rewrite_all(tree, (*units, _FUNCTIONS), change)


def _with_properties(node: Node) -> Node:
    match node:
        case Sequence():
            return node.with_items(map(_with_properties, node.items))
        case Mapping():
            return node.with_entries(map(_entry, node.entries))
        case Scalar():
            return node


def _entry(entry: Entry) -> Entry:
    match entry:
        case Entry(key="items", value=Sequence() as items):
            return entry.with_value(_with_properties(_item(items)))
        case Entry(key="items", value=item):
            return entry.with_value(_with_properties(item))
        case Entry(key="properties", value=Mapping() as properties):
            members = (
                member.with_value(_with_properties(member.value))
                for member in properties.entries
            )
            return entry.with_value(properties.with_entries(members))
        case _:
            return entry


def _item(items: Sequence) -> Node:
    """Return the item that a list describes: an object, or a single type."""
    match items.items:
        case (Mapping() as only,) if "name" not in only:
            return only
        case _:
            members = Mapping(tuple(_members(items)), items.span)
            kind = Entry("type", items.span, Scalar("object", items.span))
            properties = Entry("properties", items.span, members)
            return Mapping((kind, properties), items.span)


def _members(items: Sequence) -> Iterator[Entry]:
    for item in items.items:
        name = item.entry("name") if isinstance(item, Mapping) else None
        if name is not None:
            yield Entry(str(name.value.plain()), name.span, item)
