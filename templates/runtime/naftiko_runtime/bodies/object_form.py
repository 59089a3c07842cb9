"""URL-encoded request bodies of objects, some of whose members have a style."""

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote

from ..reply import Content
from ..styles import (
    SEPARATORS,
    Deep,
    delimited_items,
    exploded_members,
    reserved_parts,
)
from .form import form_body


def object_form(
    value: Any,
    *,
    styles: Mapping[str, str] | None = None,
    reserved: Collection[str] = (),
) -> Content | None:
    """Return a URL-encoded body of an object's members.

    `styles` are the styles of members by their names. In the members that `reserved`
    lists, reserved characters aren't encoded.
    """
    if not isinstance(value, dict):
        return form_body(value)
    fields: dict[str, Any] = {}
    for name, member in value.items():
        sent = reserved_parts(member) if name in reserved else member
        fields |= _fields((styles or {}).get(name), name, sent)
    return form_body(fields)


def _fields(style: str | None, name: str, value: object) -> dict[str, Any]:
    """Return the fields that a member becomes."""
    if style == "deep":
        return {name: Deep(value)}
    if style == "members":
        return exploded_members(name, value)
    if style is None:
        return {name: value}
    separator = SEPARATORS[style]
    encoded = separator if separator == "," else quote(separator, safe="")
    return {name: delimited_items(encoded, value)}
