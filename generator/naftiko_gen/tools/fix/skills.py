"""Skills: what an adapter has that is one skill's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.yaml_writer import spell

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.tools.fix.context import Proposal, Reading


def one_skill(reading: Reading, span: Span) -> Proposal | None:
    """Make a skill of the tools that stand in an adapter of skills itself."""
    place = reading.places.keys.get(point(span))
    adapter, entry = (place.mapping, place.entry) if place else (None, None)
    meant = reading.canonical(adapter) if adapter else None
    name = meant.text("namespace") if meant else None
    if adapter is None or entry is None or name is None or "skills" in adapter:
        return None
    if reading.text.is_flow(adapter):
        return None
    said = adapter.text("description")
    lines = [f"- name: {spell(name)}"]
    lines += [f"  description: {spell(said)}"] if said else []
    return reading.put_into(entry, ["skills:", *lines], "  ")
