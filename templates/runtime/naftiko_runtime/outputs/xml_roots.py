"""Parses XML for paths that may start with the name of the root element."""

from collections.abc import Callable
from typing import Any

from ..reply import Reply
from .xml import xml_document


def xml_below(name: str) -> Callable[[Reply], Any]:
    """Return a parser for paths that all start with a name.

    If the root element is called so and has no child of that name, the paths start
    above it, and else inside it.
    """

    def read(reply: Reply) -> Any:
        root = xml_document(reply)
        has_child = isinstance(root, dict) and name in root
        return {name: root} if root.name == name and not has_child else root

    return read
