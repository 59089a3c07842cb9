"""Paths in specs, with variables, a query and a fragment."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VARIABLE = re.compile(r"\{\{?\s*([^{}]+?)\s*\}?\}")


@dataclass(frozen=True)
class Locator:
    """A path, its query and its fragment, without `?` and `#`."""

    address: str
    query: str
    fragment: str

    @classmethod
    def of(cls, text: str) -> Locator:
        """Split a text like a URL."""
        rest, _, fragment = text.partition("#")
        address, _, query = rest.partition("?")
        return cls(address, query, fragment)

    def __str__(self) -> str:
        """Join the parts to a text."""
        query = f"?{self.query}" if self.query else ""
        fragment = f"#{self.fragment}" if self.fragment else ""
        return self.address + query + fragment


def variables(path: str) -> list[str]:
    """Return the names of a path's variables, in either spelling."""
    return _VARIABLE.findall(path)


def append_path(resource: str, path: str) -> str:
    """Append the path of an operation to the path of its resource."""
    start, end = Locator.of(resource), Locator.of(path)
    query = "&".join(filter(None, (start.query, end.query)))
    address = _continued_address(start.address, end.address)
    return str(Locator(address, query, end.fragment or start.fragment))


def _continued_address(start: str, end: str) -> str:
    """Join two paths; `/` alone adds nothing, and `:verb` is added without a slash."""
    if end in {"", "/"}:
        return start
    if end.startswith(":"):
        return start + end
    return f"{start.rstrip('/')}/{end.removeprefix('/')}"


def repeats(path: str, resource: str) -> bool:
    """Return whether a path starts with the segments of a resource, except the root."""
    start = _segments(resource)
    return bool(start) and _segments(path)[: len(start)] == start


def _segments(path: str) -> list[str]:
    address = _VARIABLE.sub(r"{\1}", Locator.of(path).address)
    return [segment for segment in address.split("/") if segment]
