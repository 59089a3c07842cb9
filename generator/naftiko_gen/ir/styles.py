"""Styles of lists and objects in queries and forms."""

from __future__ import annotations

from enum import Enum


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

    @property
    def separator(self) -> str | None:
        """Return the text between the items of a single parameter, or None."""
        return _SEPARATORS.get(self)


_SEPARATORS = {Style.COMMAS: ",", Style.SPACES: " ", Style.PIPES: "|"}

Styles = tuple[tuple[str, Style], ...]
"""The styles of parameters, by name."""
