"""Proposals that consist of several parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.tools.fix.context import Proposal


def combine(*parts: Proposal | None) -> Proposal | None:
    """Return the edits of all parts, or None if a part has none."""
    edits = tuple(edit for part in parts for edit in part or ())
    return edits if all(parts) else None
