"""Dispatchers: tools that call the operations of other tools, each of one effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.ir import Effect

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.tools.definitions import Definition
    from naftiko_gen.ir import Tool

OPERATIONS_AT_ONCE = 50
"""The most operations of a dispatcher, whose names are an enumeration."""
MOST_DESCRIBED = 10
"""The most tools that are described at once."""

DESCRIBE = "describe_tools"
WORDS = {
    Effect.READ: "read",
    Effect.WRITE: "add",
    Effect.DESTRUCTIVE: "change or delete",
}
"""The effects as titles have them."""
CLAUSES = {
    Effect.READ: "that only reads",
    Effect.WRITE: "that adds something",
    Effect.DESTRUCTIVE: "that may change or delete something",
}
"""The effects as descriptions have them."""


@dataclass(frozen=True)
class Dispatcher:
    """A tool whose argument `key` names the operation to call.

    `operations` are the names of the tools that it calls, and `lines` follow its
    description: one for each operation, or none. With `is_listed`, the names of the
    operations are an enumeration.
    """

    name: str
    title: str
    description: str
    effect: Effect
    is_open: bool
    key: str
    operations: tuple[str, ...]
    lines: Mapping[str, str]
    is_listed: bool

    @property
    def text(self) -> str:
        """Return the description as clients see it."""
        return "\n".join((self.description, *self.lines.values()))

    @property
    def definition(self) -> Definition:
        """Return the tool as its server lists it."""
        name: dict[str, Plain] = {"type": "string"}
        if self.is_listed:
            name["enum"] = [*self.operations]
        return {
            "name": self.name,
            "title": self.title,
            "description": self.text,
            "inputSchema": object_schema(
                {
                    self.key: name,
                    "arguments": {"type": "object", "properties": {}},
                },
                (self.key,),
            ),
            "annotations": hints_of(self.effect, is_open=self.is_open),
        }

    @property
    def document(self) -> Plain:
        """Return the dispatcher for its server, which may leave out operations."""
        return {
            "key": self.key,
            "effect": self.effect.value,
            "definition": {**self.definition, "description": self.description},
            "operations": {name: self.lines.get(name, "") for name in self.operations},
        }


def describe_tool(label: str) -> Definition:
    """Return the definition of the tool that describes others."""
    names: Plain = {"type": "array", "items": {"type": "string"}}
    return {
        "name": DESCRIBE,
        "title": "Describe operations",
        "description": (
            f"Return the descriptions and the arguments of operations of {label}:"
            f" at most {MOST_DESCRIBED} at once."
        ),
        "inputSchema": object_schema({"names": names}, ("names",)),
        "annotations": hints_of(Effect.READ, is_open=False),
    }


def object_schema(properties: dict[str, Plain], required: Iterable[str]) -> Plain:
    """Return the schema of a dispatcher's arguments."""
    return {
        "type": "object",
        "properties": properties,
        "required": [*required],
        "additionalProperties": False,
    }


def hints_of(effect: Effect, *, is_open: bool) -> Plain:
    """Return all hints of a tool with an effect."""
    return {
        "readOnlyHint": effect is Effect.READ,
        "destructiveHint": effect is Effect.DESTRUCTIVE,
        "idempotentHint": effect is Effect.READ,
        "openWorldHint": is_open,
    }


def is_open(tools: Iterable[Tool]) -> bool:
    """Return whether one of the tools reaches things beyond the server."""
    return any(tool.hints.open_world is not False for tool in tools)


def free_name(name: str, used_names: set[str]) -> str:
    """Return a name that no tool has, and take it."""
    free, number = name, 1
    while free in used_names:
        number += 1
        free = f"{name}_{number}"
    used_names.add(free)
    return free
