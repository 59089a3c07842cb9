"""Moving keys of a skills adapter into a skill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.yaml_writer import spell

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.tools.fix.context import FixContext, Proposal


def write_skill(context: FixContext, span: Span) -> Proposal | None:
    """Move the tools of a skills adapter into a skill of that adapter."""
    place = context.places.keys.get(point(span))
    adapter, entry = (place.mapping, place.entry) if place else (None, None)
    canonical = context.canonical(adapter) if adapter else None
    name = canonical.text("namespace") if canonical else None
    if adapter is None or entry is None or name is None or "skills" in adapter:
        return None
    if context.text.is_flow(adapter):
        return None
    description = adapter.text("description")
    lines = [f"- name: {spell(name)}"]
    lines += [f"  description: {spell(description)}"] if description else []
    return context.put_into(entry, ["skills:", *lines], "  ")
