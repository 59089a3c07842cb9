"""The usual hints of tools, by the effect of their calls on an API."""

from ..values import JsonObject

READS: JsonObject = {
    "readOnlyHint": True,
    "destructiveHint": False,
    "idempotentHint": True,
    "openWorldHint": True,
}
"""Calls change nothing, as GET."""
ADDS: JsonObject = {
    "readOnlyHint": False,
    "destructiveHint": False,
    "idempotentHint": False,
    "openWorldHint": True,
}
"""Calls add something, as POST."""
ALTERS: JsonObject = {
    "readOnlyHint": False,
    "destructiveHint": True,
    "idempotentHint": False,
    "openWorldHint": True,
}
"""Calls overwrite something, and a second one may change more, as PATCH."""
REPLACES: JsonObject = {
    "readOnlyHint": False,
    "destructiveHint": True,
    "idempotentHint": True,
    "openWorldHint": True,
}
"""Calls overwrite or delete something, and a second one changes no more, as PUT."""
