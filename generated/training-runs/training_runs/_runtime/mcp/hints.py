"""The usual hints of tools, by the effect of their calls on an API."""

from mcp.types import ToolAnnotations

READS = ToolAnnotations(
    read_only_hint=True,
    destructive_hint=False,
    idempotent_hint=True,
    open_world_hint=True,
)
"""Calls change nothing, as GET."""
ADDS = ToolAnnotations(
    read_only_hint=False,
    destructive_hint=False,
    idempotent_hint=False,
    open_world_hint=True,
)
"""Calls add something, as POST."""
ALTERS = ToolAnnotations(
    read_only_hint=False,
    destructive_hint=True,
    idempotent_hint=False,
    open_world_hint=True,
)
"""Calls overwrite something, and a second one may change more, as PATCH."""
REPLACES = ToolAnnotations(
    read_only_hint=False,
    destructive_hint=True,
    idempotent_hint=True,
    open_world_hint=True,
)
"""Calls overwrite or delete something, and a second one changes no more, as PUT."""
