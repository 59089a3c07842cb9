"""Styles of lists and objects in queries, forms, paths and headers."""

from __future__ import annotations

from enum import Enum

__all__ = ["Style", "Styles"]


class Style(Enum):
    """The parameters that a list or an object becomes.

    Without a style, a list is a parameter for each item, and an object is JSON.
    """

    COMMAS = "commas"
    SPACES = "spaces"
    PIPES = "pipes"
    MEMBERS = "members"
    """A parameter for each member of an object, with the member's name."""
    DEEP = "deep"
    """A parameter for each value in an object: `name[member]`."""
    SIMPLE = "simple"
    """Items between commas, as in a path or a header; members are `name,value`."""
    SIMPLE_MEMBERS = "simple-members"
    """As `SIMPLE`, with members as `name=value`."""
    LABEL = "label"
    """A dot, and items between commas, in a path."""
    LABEL_MEMBERS = "label-members"
    """A dot in front of each item, and of each member, as `name=value`."""
    MATRIX = "matrix"
    """A semicolon, the name, and items between commas, in a path."""
    MATRIX_MEMBERS = "matrix-members"
    """A semicolon in front of each `name=item`, and of each member, as `name=value`."""

    RESERVED = "reserved"
    """A text in a path, whose slashes and other reserved characters aren't encoded."""

    @property
    def separator(self) -> str | None:
        """Return the text between the items of a single parameter, or None."""
        return _SEPARATORS.get(self)

    @property
    def is_exploded(self) -> bool:
        """Return whether members are `name=value` in a path or a header."""
        return self in (Style.SIMPLE_MEMBERS, Style.LABEL_MEMBERS, Style.MATRIX_MEMBERS)


_SEPARATORS = {Style.COMMAS: ",", Style.SPACES: " ", Style.PIPES: "|"}

Styles = tuple[tuple[str, Style], ...]
"""The styles of parameters, by name."""
