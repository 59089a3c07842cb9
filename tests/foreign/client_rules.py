"""The rules of MCP clients for the tools of a list, read independently.

Some client refuses a tool, or all tools of a server, for each of these.
"""

import re
from collections.abc import Iterator
from typing import Any

TITLE = 80
DESCRIPTION = 600
MARKUP = re.compile(r"\]\((http|/|#)|<(br|p|a|b|ul|li)\b[^a-z ]|&nbsp;|:::|\[!NOTE")
"""Marks of Markdown and HTML that only a page can use."""
LEVELS = 5
VALUES = 50
INPUT_KEYS = {"enum", "required"}
SCALARS = {"string", "integer", "number", "boolean"}
KEYS = {
    "object": {"type", "description", "properties"},
    "array": {"type", "description", "items"},
    **{kind: {"type", "description"} for kind in SCALARS},
}
"""The keys of a part of an output: no references, unions, formats or limits."""


def broken_rules(tool: dict[str, Any]) -> Iterator[str]:
    """Yield the faults of a tool as its server lists it."""
    yield from broken_text_rules(tool)
    yield from broken_output_rules(tool)
    yield from broken_input_rules(tool)


def broken_input_rules(tool: dict[str, Any]) -> Iterator[str]:
    """Yield the faults of the schema of a tool's arguments."""
    schema = tool["inputSchema"]
    if schema.keys() - {"required"} != {"type", "properties", "additionalProperties"}:
        yield f"the arguments have {', '.join(schema)}"
    for place, part, level in _parts("input", schema, 1):
        if level > 1:
            plain = {key: part[key] for key in part if key not in INPUT_KEYS}
            yield from (f"{place} {fault}" for fault in _faults(plain, level))
        yield from (f"{place} {fault}" for fault in _input_faults(part))


def _input_faults(part: Any) -> Iterator[str]:
    properties = part.get("properties", {})
    for name in properties:
        if not re.fullmatch(r"[a-zA-Z0-9_.-]{1,64}", name):
            yield f"has the member {name}"
    if not properties.keys() >= set(part.get("required", [])):
        yield "requires a member that it doesn't have"
    values = part.get("enum", ["-"])
    if part.get("type") != "string" and "enum" in part:
        yield "lists values that are no texts"
    if not values or not all(isinstance(v, str) and v for v in values):
        yield "lists a value that is no text, or an empty one"
    if len(set(values)) < len(values) or len(values) > VALUES:
        yield "lists a value twice, or too many"


def broken_text_rules(tool: dict[str, Any]) -> Iterator[str]:
    """Yield the faults of the texts of a tool: its own, and those of its schemas."""
    title = tool.get("title", "")
    if not title or len(title) > TITLE or "\n" in title:
        yield f"the title is {title!r}"
    if not 0 < len(tool["description"]) <= DESCRIPTION:
        yield f"the description has {len(tool['description'])} characters"
    for text in (title, *_descriptions(tool)):
        if MARKUP.search(text):
            yield f"{text!r} has markup"


def _descriptions(part: Any) -> Iterator[str]:
    inner = part.values() if isinstance(part, dict) else part
    if not isinstance(part, dict | list):
        return
    if isinstance(part, dict) and isinstance(part.get("description"), str):
        yield part["description"]
    for value in inner:
        yield from _descriptions(value)


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
