"""The rules of MCP clients for the tools of a list, read independently.

Some client refuses a tool, or all tools of a server, for each of these.
"""

from collections.abc import Iterator
from typing import Any

LEVELS = 5
SCALARS = {"string", "integer", "number", "boolean"}
KEYS = {
    "object": {"type", "description", "properties"},
    "array": {"type", "description", "items"},
    **{kind: {"type", "description"} for kind in SCALARS},
}
"""The keys of a part of an output: no references, unions, formats or limits."""


def broken_rules(tool: dict[str, Any]) -> Iterator[str]:
    """Yield the faults of a tool as its server lists it."""
    yield from broken_output_rules(tool)


def broken_output_rules(tool: dict[str, Any]) -> Iterator[str]:
    """Yield the faults of the schema of a tool's output, if it has one."""
    if "outputSchema" not in tool:
        return
    output = tool["outputSchema"]
    if output.get("type") != "object":
        yield "the root is no object"
    if "unexpected" in output.get("properties", {}):
        yield "nothing is left for responses that break the schema"
    for place, part, level in _parts("output", output, 1):
        yield from (f"{place} {fault}" for fault in _faults(part, level))


def _parts(place: str, part: Any, level: int) -> Iterator[tuple[str, Any, int]]:
    yield place, part, level
    if not isinstance(part, dict):
        return
    for name, inner in part.get("properties", {}).items():
        yield from _parts(f"{place}.{name}", inner, level + 1)
    if "items" in part:
        yield from _parts(f"{place}[]", part["items"], level + 1)


def _faults(part: Any, level: int) -> Iterator[str]:
    if not isinstance(part, dict):
        yield "is no object"
        return
    kind = part.get("type")
    if not isinstance(kind, str) or kind not in KEYS:
        yield f"is of the type {kind}"
    elif more := part.keys() - KEYS[kind]:
        yield f"has {', '.join(sorted(more))}"
    if kind == "array" and "items" not in part:
        yield "has no items"
    if level > LEVELS:
        yield f"is at level {level}"
    if part.get("description") == "" or len(part.get("description", "")) > 1_024:
        yield "has a description that is empty or too long"
