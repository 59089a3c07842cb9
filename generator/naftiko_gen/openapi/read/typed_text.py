"""Texts of a document as they were typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.syntax.tree import Scalar

if TYPE_CHECKING:
    from naftiko_gen.syntax.tree import Node


def as_typed(node: Node | None) -> str:
    """Return text as it was typed; names such as `2015` look like numbers."""
    match node:
        case Scalar(typed=str() as text, value=value) if not isinstance(value, str):
            return text
        case Scalar(value=str() as text):
            return text
        case _:
            return ""
