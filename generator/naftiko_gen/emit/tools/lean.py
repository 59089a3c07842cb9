"""Lean lists of tools: the same tools with less text about each, until a limit is met.

A call is checked as without them, so a list says less than a call allows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from naftiko_gen import ir
from naftiko_gen.emit.tools.definitions import (
    Definition,
    definition,
    list_tokens,
    summary,
)
from naftiko_gen.emit.types.schemas import Schema

_LONGEST_TEXT = 100
"""The most characters of a tool's description, which has one sentence."""
_LONGEST_ARGUMENT = 80
_TEXTS = ("description", "default", "examples")
_MEMBERS = 8
"""The most members of an object whose names stand in its description."""


class Rung(NamedTuple):
    """A step down the ladder, and about how many tokens it saves."""

    name: str
    saved: int


@dataclass(frozen=True)
class LeanList:
    """The definitions of tools, and the steps that were taken."""

    tools: tuple[Definition, ...]
    rungs: tuple[Rung, ...] = ()


def lean_list(adapter: ir.McpAdapter) -> LeanList:
    """Return the list of an adapter after as many steps as its limit needs."""
    tools, rungs = tuple(map(definition, adapter.tools)), list[Rung]()
    tokens = list_tokens(tools)
    for name, change in _LADDER:
        if tokens <= adapter.token_limit:
            break
        tools = tuple(map(change, tools))
        left = list_tokens(tools)
        rungs.append(Rung(name, tokens - left))
        tokens = left
    return LeanList(tools, tuple(rungs))


def _without_output(tool: Definition) -> Definition:
    return {key: value for key, value in tool.items() if key != "outputSchema"}


def _with_short_texts(tool: Definition) -> Definition:
    description = summary(str(tool["description"]), _LONGEST_TEXT)
    return _with_arguments({**tool, "description": description}, _with_short_text)


def _with_short_text(schema: Schema) -> Schema:
    text = schema.get("description")
    if not isinstance(text, str):
        return schema
    return {**schema, "description": summary(text, _LONGEST_ARGUMENT)}


def _shallow(schema: Schema) -> Schema:
    """Return the schema of an argument without the members of objects in it."""
    members, item = schema.get("properties"), schema.get("items")
    if isinstance(members, dict) and members:
        return _open_object(schema, members)
    if isinstance(item, dict):
        return {**schema, "items": _shallow(item)}
    return schema


def _open_object(schema: Schema, members: Schema) -> Schema:
    """Return an object of any members, whose description has their names."""
    more = [] if len(members) <= _MEMBERS else ["…"]
    names = ", ".join([*list(members)[:_MEMBERS], *more])
    text = f"{schema.get('description', '')} {{{names}}}".strip()
    return {"type": "object", "description": text, "properties": {}}


def _open(tool: Definition) -> Definition:
    """Return a tool that doesn't say that it refuses further arguments.

    Clients that want this word add it, and the server refuses them anyway.
    """
    schema = tool["inputSchema"]
    if not isinstance(schema, dict) or schema.get("additionalProperties") is not False:
        return tool
    rest = {key: schema[key] for key in schema if key != "additionalProperties"}
    return {**tool, "inputSchema": rest}


def _bare(schema: Schema) -> Schema:
    """Return a schema without text and default; an object keeps its members' names."""
    item = schema.get("items")
    if schema.get("type") == "object" or (
        isinstance(item, dict) and item.get("type") == "object"
    ):
        return schema
    return {key: schema[key] for key in schema if key not in _TEXTS}


def _with_arguments(tool: Definition, change: Callable[[Schema], Schema]) -> Definition:
    schema = tool["inputSchema"]
    arguments = schema.get("properties") if isinstance(schema, dict) else None
    if not (isinstance(schema, dict) and isinstance(arguments, dict)):
        return tool
    schemas: Schema = {
        name: change(argument) if isinstance(argument, dict) else argument
        for name, argument in arguments.items()
    }
    return {**tool, "inputSchema": {**schema, "properties": schemas}}


_LADDER: tuple[tuple[str, Callable[[Definition], Definition]], ...] = (
    ("output schemas", _without_output),
    ("long texts", _with_short_texts),
    ("nested schemas", lambda tool: _with_arguments(tool, _shallow)),
    ("additionalProperties", _open),
    ("texts of arguments", lambda tool: _with_arguments(tool, _bare)),
)
