"""Recognise URL paths that lead away from the base address."""

from __future__ import annotations

import re
from urllib.parse import unquote

_VARIABLE = re.compile(r"\{\{[^{}]*\}\}|\{[^{}]*\}")
_PLACEHOLDER = "\0"
"""Stands for a variable; its value is one segment or a part of one."""
_ADDRESS = re.compile(r"[\s/]*[A-Za-z][A-Za-z0-9+.-]*:[\\/]{2}")
_DECODINGS = 3
"""A server behind a proxy may decode a path more than once."""


def find_departure(path: str) -> str | None:
    """Return why a path leads away from its base address, or None if it doesn't.

    The path may have variables (`{x}`, `{{x}}`), a query and a fragment.
    """
    text = re.split("[?#]", _VARIABLE.sub(_PLACEHOLDER, path), maxsplit=1)[0]
    decoded_path = _decode(text)
    if _ADDRESS.match(text):
        return "is an address of its own"
    if "\\" in decoded_path:
        return "holds a backslash, which some servers read as a slash"
    if decoded_path.startswith("//"):
        return "begins with two slashes, so its first segment is a host"
    if any(map(_is_relative, decoded_path.split("/"))):
        return "holds a relative segment"
    return None


def _decode(text: str) -> str:
    for _ in range(_DECODINGS):
        text = unquote(text)
    return text


def _is_relative(segment: str) -> bool:
    """Return whether a segment is `.` or `..`, or `..` with variables around it.

    A single dot between variables is fine: `{name}.{format}` is a common file name.
    """
    name = segment.partition(";")[0]
    return name in {".", ".."} or name.replace(_PLACEHOLDER, "") == ".."
