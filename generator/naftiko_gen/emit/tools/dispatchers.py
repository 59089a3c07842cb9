"""Dispatchers: tools that call others, each of one effect, for groups or for all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property

from naftiko_gen.configuration.options import MAX_DESCRIPTION
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.code import naming
from naftiko_gen.emit.plain_text import plain
from naftiko_gen.emit.tools.definitions import (
    Definition,
    definition,
    list_tokens,
    summary,
)
from naftiko_gen.emit.tools.groups import OTHER, groups
from naftiko_gen.ir import Effect, McpAdapter, Tool
from naftiko_gen.openapi.prose import shorten

OPERATIONS_AT_ONCE = 50
"""The most operations of a dispatcher, whose names are an enumeration."""
MOST_DESCRIBED = 10
"""The most tools that are described at once."""

WORDS = {
    Effect.READ: "read",
    Effect.WRITE: "add or change",
    Effect.DESTRUCTIVE: "change or delete",
}
"""The effects as titles have them."""
CLAUSES = {
    Effect.READ: "that only reads",
    Effect.WRITE: "that adds or changes something",
    Effect.DESTRUCTIVE: "that may change or delete something",
}
"""The effects as descriptions have them."""


_ARGUMENTS: dict[str, Plain] = {"arguments": {"type": "object", "properties": {}}}


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
    lines: Mapping[str, str] = field(default_factory=dict)
    is_listed: bool = True

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
            "inputSchema": object_schema({self.key: name, **_ARGUMENTS}, (self.key,)),
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


@dataclass(frozen=True)
class DispatcherList:
    """The tools of a surface: helpers by their keys in a document, and dispatchers."""

    helpers: Mapping[str, Definition]
    dispatchers: tuple[Dispatcher, ...]

    @cached_property
    def tools(self) -> tuple[Definition, ...]:
        """Return the tools as the server lists them."""
        return *self.helpers.values(), *(d.definition for d in self.dispatchers)

    @property
    def document(self) -> dict[str, Plain]:
        """Return the tools for their server."""
        dispatchers = [dispatcher.document for dispatcher in self.dispatchers]
        return {**self.helpers, "dispatchers": dispatchers}


def describe_tool(label: str, used_names: set[str]) -> Definition:
    """Return the definition of the tool that describes others."""
    names: Plain = {"type": "array", "items": {"type": "string"}}
    return {
        "name": free_name("describe_tools", used_names),
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
    free = naming.free_name(name, used_names, "_")
    used_names.add(free)
    return free


_SHARE = 3, 5
"""The part of the limit that the list may take: a client has other servers."""
_LONGEST_NAME = 30
_LONGEST_GROUP = 60
_LONGEST_SUMMARY = 70
_PARAMETERS = 8
"""The most arguments of a signature."""
_SEPARATORS = re.compile(r"[^a-z0-9]+")


class Detail(IntEnum):
    """How much the description of a dispatcher says about each operation."""

    NAME = 0
    SIGNATURE = 1
    SUMMARY = 2


_STEPS: tuple[tuple[Detail, int], ...] = (
    (Detail.SUMMARY, 1),
    (Detail.SIGNATURE, 1),
    *((Detail.NAME, smallest) for smallest in (1, 2, 3, 4, 6, 8, 10, 12, 15, 20)),
)
"""Less and less detail, and the smallest group that has a tool of its own."""


def grouped_list(adapter: McpAdapter, label: str) -> DispatcherList:
    """Return the list of an adapter, with as much detail as its limit allows."""
    limit = adapter.token_limit * _SHARE[0] // _SHARE[1]
    grouping = _Grouping(adapter.tools, label)
    lists = (grouping.list_of(detail, smallest) for detail, smallest in _STEPS)
    return next(
        (dispatcher for dispatcher in lists if list_tokens(dispatcher.tools) <= limit),
        grouping.list_of(*_STEPS[-1]),
    )


_Key = tuple[str, Effect]


@dataclass(frozen=True)
class _Grouping:
    all_tools: Sequence[Tool]
    label: str

    def list_of(self, detail: Detail, smallest: int) -> DispatcherList:
        """Return the list; smaller groups than `smallest` share their tools."""
        used_names = {tool.name for tool in self.all_tools}
        describe = describe_tool(self.label, used_names)
        dispatchers = (
            self._dispatcher(key, part, tools, detail, used_names)
            for key, part, tools in self._parts(smallest)
        )
        # Without lines, the description says where the arguments are described.
        hint = f" See {describe['name']}."
        hinted_dispatchers = (
            d if d.lines else replace(d, description=d.description + hint)
            for d in dispatchers
        )
        return DispatcherList({"describe": describe}, tuple(hinted_dispatchers))

    def _parts(self, smallest: int) -> Iterator[tuple[_Key, str, Sequence[Tool]]]:
        """Yield the tools of each dispatcher, and the number of that, if it has one."""
        for key, tools in sorted(self._pairs(smallest).items(), key=_order):
            count = -(-len(tools) // OPERATIONS_AT_ONCE)
            size = -(-len(tools) // count)
            for number in range(count):
                part = str(number + 1) if count > 1 else ""
                yield key, part, tools[number * size :][:size]

    def _pairs(self, smallest: int) -> Mapping[_Key, Sequence[Tool]]:
        pairs: dict[_Key, list[Tool]] = {}
        for (group, effect), tools in self._grouped.items():
            name = group if len(tools) >= smallest else OTHER
            pairs.setdefault((name, effect), []).extend(tools)
        return pairs

    @cached_property
    def _grouped(self) -> Mapping[_Key, Sequence[Tool]]:
        tools_by_key: dict[_Key, list[Tool]] = {}
        pairs = zip(groups(self.all_tools), self.all_tools, strict=True)
        for group, tool in sorted(pairs, key=lambda pair: pair[1].name):
            name = shorten(" ".join(plain(group).split()), _LONGEST_GROUP) or OTHER
            tools_by_key.setdefault((name, tool.effect), []).append(tool)
        return tools_by_key

    def _dispatcher(
        self,
        key: _Key,
        part: str,
        tools: Sequence[Tool],
        detail: Detail,
        used_names: set[str],
    ) -> Dispatcher:
        """Return a dispatcher with less detail if its description would be too long."""
        group, effect = key
        name = "_".join(filter(None, (_slug(group), effect.value, part)))
        dispatcher = Dispatcher(
            name=free_name(name, used_names),
            title=" ".join(filter(None, (f"{group}: {WORDS[effect]}", part))),
            description=f"{self.label}: {group}, {WORDS[effect]}.",
            effect=effect,
            is_open=is_open(tools),
            key="operation",
            operations=tuple(tool.name for tool in tools),
        )
        for less in range(detail, Detail.NAME, -1):
            lines = {tool.name: self._line(tool, Detail(less)) for tool in tools}
            longer = replace(dispatcher, lines=lines)
            if len(longer.text) <= MAX_DESCRIPTION:
                return longer
        return dispatcher

    def _line(self, tool: Tool, detail: Detail) -> str:
        signature, text = self._lines[tool.name]
        is_summary = detail is Detail.SUMMARY and text
        return f"{signature} – {text}" if is_summary else signature

    @cached_property
    def _lines(self) -> Mapping[str, tuple[str, str]]:
        lines = {}
        for tool in self.all_tools:
            text = summary(plain(tool.description), _LONGEST_SUMMARY)
            lines[tool.name] = _signature(definition(tool)), text
        return lines


def _order(entry: tuple[_Key, Sequence[Tool]]) -> tuple[bool, str, int]:
    (group, effect), _ = entry
    return group == OTHER, group, [*Effect].index(effect)


def _slug(group: str) -> str:
    """Return a group as the start of a name that every client accepts."""
    plain_letters = unicodedata.normalize("NFKD", group).casefold()
    slug = _SEPARATORS.sub("_", plain_letters).strip("_")[:_LONGEST_NAME].strip("_")
    return slug if slug[:1].isalpha() else f"group_{slug}".strip("_")


def _signature(tool: Definition) -> str:
    """Return a tool as `name(argument, optional?)`."""
    schema = tool["inputSchema"]
    arguments = schema.get("properties") if isinstance(schema, dict) else None
    required = schema.get("required", []) if isinstance(schema, dict) else []
    names = [*arguments] if isinstance(arguments, dict) else []
    first = [name for name in names if isinstance(required, list) and name in required]
    optional = [f"{name}?" for name in names if name not in first]
    parameters = [*first, *optional]
    more = ["…"] if len(parameters) > _PARAMETERS else []
    return f"{tool['name']}({', '.join([*parameters[:_PARAMETERS], *more])})"
