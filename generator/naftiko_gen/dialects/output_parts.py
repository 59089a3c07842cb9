"""The parts of an output: its properties and its items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.syntax.tree import Entry, Mapping, Node

if TYPE_CHECKING:
    from collections.abc import Callable


def rewrite_parts(
    output: Mapping,
    change_property: Callable[[str, Node], Node],
    change_items: Callable[[Node], Node],
) -> Mapping:
    """Apply a function to each property, with its name, and another to the items."""

    def change_entry(entry: Entry) -> Entry:
        match entry:
            case Entry(key="properties", value=Mapping() as properties):
                members = (
                    member.with_value(change_property(member.key, member.value))
                    for member in properties.entries
                )
                return entry.with_value(properties.with_entries(members))
            case Entry(key="items", value=items):
                return entry.with_value(change_items(items))
            case _:
                return entry

    return output.with_entries(map(change_entry, output.entries))
