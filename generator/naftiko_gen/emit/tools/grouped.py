"""The grouped surface: a dispatcher for each group of tools and each effect."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING

from naftiko_gen.configuration.options import MAX_DESCRIPTION
from naftiko_gen.emit.plain_text import plain
from naftiko_gen.emit.tools.definitions import definition, list_tokens
from naftiko_gen.emit.tools.dispatchers import (
    DESCRIBE,
    OPERATIONS_AT_ONCE,
    WORDS,
    Dispatcher,
    describe_tool,
    free_name,
    is_open,
)
from naftiko_gen.emit.tools.groups import OTHER, groups
from naftiko_gen.emit.tools.texts import summary
from naftiko_gen.ir import Effect
from naftiko_gen.openapi.prose import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from naftiko_gen.emit.tools.definitions import Definition
    from naftiko_gen.ir import McpAdapter, Tool

_SHARE = 3, 5
"""The part of the limit that the list may take: a client has other servers."""
_LONGEST_NAME = 30
_LONGEST_GROUP = 60
_LONGEST_SUMMARY = 70
_ARGUMENTS = 8
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


@dataclass(frozen=True)
class GroupedList:
    """The tools of a grouped surface: dispatchers, and one that describes others."""

    dispatchers: tuple[Dispatcher, ...]
    description: Definition

    @cached_property
    def tools(self) -> tuple[Definition, ...]:
        """Return the tools as the server lists them."""
        return self.description, *(
            dispatcher.definition for dispatcher in self.dispatchers
        )


def grouped_list(adapter: McpAdapter, label: str) -> GroupedList:
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
    """The tools of a server with their groups, and the label of its API."""

    all_tools: Sequence[Tool]
    label: str

    def list_of(self, detail: Detail, smallest: int) -> GroupedList:
        """Return the list; smaller groups than `smallest` share their tools."""
        used_names = {tool.name for tool in self.all_tools}
        describe = describe_tool(self.label)
        describe["name"] = free_name(DESCRIBE, used_names)
        dispatchers = (
            self._dispatcher(key, part, tools, detail, used_names)
            for key, part, tools in self._parts(smallest)
        )
        hint = f" See {describe['name']}."
        return GroupedList(
            tuple(_with_hint(dispatcher, hint) for dispatcher in dispatchers), describe
        )

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
            lines={},
            is_listed=True,
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
        """Return the signature of each tool, and its first words."""
        return {
            tool.name: (
                _signature(definition(tool)),
                summary(plain(tool.description), _LONGEST_SUMMARY),
            )
            for tool in self.all_tools
        }


def _with_hint(dispatcher: Dispatcher, hint: str) -> Dispatcher:
    """Return a dispatcher that says where the arguments are described."""
    if dispatcher.lines:
        return dispatcher
    return replace(dispatcher, description=dispatcher.description + hint)


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
    more = ["…"] if len(parameters) > _ARGUMENTS else []
    return f"{tool['name']}({', '.join([*parameters[:_ARGUMENTS], *more])})"
