"""The YAML of new mappings and lists: as blocks, or in brackets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.syntax.yaml_writer import spell

if TYPE_CHECKING:
    from collections.abc import Collection

Fields = dict[str, "str | bool | int | Fields"]
"""A new mapping."""


def list_lines(key: str, items: Collection[Fields]) -> list[str]:
    """Return the lines of a key with a list of mappings."""
    if not items:
        return [f"{key}: []"]
    return [f"{key}:", *(line for item in items for line in item_lines(item))]


def item_lines(fields: Fields) -> list[str]:
    """Return the lines of a mapping in a list."""
    lines = field_lines(fields)
    return [f"{'  ' if index else '- '}{line}" for index, line in enumerate(lines)]


def field_lines(fields: Fields) -> list[str]:
    """Return the lines of the entries of a mapping."""
    lines: list[str] = []
    for key, value in fields.items():
        if isinstance(value, dict):
            lines += [f"{spell(key)}:", *(f"  {line}" for line in field_lines(value))]
        else:
            lines.append(f"{spell(key)}: {spell(value)}")
    return lines


def in_braces(fields: Fields) -> str:
    """Return a mapping in braces, on one line."""
    entries = (_flow_entry(key, value) for key, value in fields.items())
    return "{" + ", ".join(entries) + "}"


def _flow_entry(key: str, value: str | bool | int | Fields) -> str:
    text = in_braces(value) if isinstance(value, dict) else spell(value, in_flow=True)
    return f"{spell(key, in_flow=True)}: {text}"
