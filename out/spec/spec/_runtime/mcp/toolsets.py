"""The tools of a server, and how clients see them."""

import copy
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Generic, Self, TypeVar

import orjson

from ..errors import StartError
from ..settings import ToolChoice
from ..values import JsonObject
from .ranking import words
from .tools import Handler, Tool

C = TypeVar("C")
LONGEST_NAME = 100
SHOWN = 10
"""The most names in the message for a pattern that is like none."""
SIMILAR = 3
"""The most similar names in the message for an unknown one."""


class Toolset(Generic[C]):
    """Tools by name, each of which is listed and called as it is.

    Raises StartError if two tools have the same name.
    """

    def __init__(self, tools: Iterable[Tool[C]]) -> None:
        self.tools = _by_name(tools)

    def of(self, tools: Iterable[Tool[C]]) -> Self:
        """Return a set of the same kind with these tools."""
        toolset = copy.copy(self)
        toolset.tools = _by_name(tools)
        return toolset

    def choose(self, choice: ToolChoice) -> Self:
        """Return a set of the chosen tools; raises StartError for a useless pattern."""
        names = choice.patterns and frozenset(
            name for pattern in choice.patterns for name in self._matching(pattern)
        )
        return self.of(
            tool
            for name, tool in self.tools.items()
            if (not choice.patterns or name in names)
            and (not choice.read_only or _is_reading(tool))
        )

    def instructions(self, text: str | None, whole: "Toolset[C]") -> str | None:
        """Return the text for a whole set, and how many of its tools are left."""
        count = len(self.tools)
        if count == len(whole.tools):
            return text
        is_reading = all(map(_is_reading, self.tools.values()))
        more = ", none of which changes state" if is_reading else ""
        return f"{text or ''}\nHere, only {count} of these tools can be called{more}."

    def _matching(self, pattern: str) -> list[str]:
        names = [name for name in self.tools if fnmatchcase(name, pattern)]
        if not names:
            near = question(pattern.strip("*?"), self.tools)
            more = ", …" if len(self.tools) > SHOWN else ""
            choices = f"; it has {', '.join(islice(self.tools, SHOWN))}{more}"
            message = f"no tool of the MCP server matches {pattern!r}"
            raise StartError(message + (near or choices))
        return names

    @property
    def changing(self) -> frozenset[str]:
        """Return the names of the tools that may change state."""
        return frozenset(n for n, one in self.tools.items() if not _is_reading(one))

    @property
    def listed(self) -> list[JsonObject]:
        """Return the tools as clients see them."""
        return [tool.definition for tool in self.tools.values()]

    @property
    def handlers(self) -> Mapping[str, Handler[C]]:
        """Return the handlers of calls by name."""
        return {name: tool.call for name, tool in self.tools.items()}

    def target(self, name: str, arguments: JsonObject) -> tuple[str, JsonObject]:
        """Return the tool that a call is for, and the arguments of that tool."""
        return name, arguments


class LeanToolset(Toolset[C]):
    """Tools that are listed as the JSON file of their module's surface says."""

    def __init__(self, tools: Iterable[Tool[C]], module: str) -> None:
        super().__init__(tools)
        definitions = read_surface(module)["tools"]
        self._definitions = {one["name"]: one for one in definitions}

    @property
    def listed(self) -> list[JsonObject]:
        """Return the tools as clients see them."""
        return [
            self._definitions.get(name) or tool.definition
            for name, tool in self.tools.items()
        ]


def read_surface(module: str) -> JsonObject:
    """Return the values in the JSON file of the surface of a module."""
    content = Path(module).with_suffix(".surface.json").read_bytes()
    document: JsonObject = orjson.loads(content)
    return document


def _is_reading(tool: Tool[C]) -> bool:
    """Return whether a tool changes nothing, as its hints say."""
    return tool.hints is not None and tool.hints["readOnlyHint"] is True


def _by_name(tools: Iterable[Tool[C]]) -> Mapping[str, Tool[C]]:
    all_tools = list(tools)
    by_name = {tool.name: tool for tool in all_tools}
    if len(by_name) < len(all_tools):
        raise StartError("two tools of the MCP server have the same name")
    return by_name


def question(name: str, *choices: Iterable[str]) -> str:
    """Return a question for the names that an unknown one resembles, if any does.

    The later choices count if the earlier ones have none.
    """
    similar = (_similar_names(name[:LONGEST_NAME], names) for names in choices)
    near = next(filter(None, similar), None)
    return f"; did you mean {', '.join(near)}?" if near else ""


def _similar_names(name: str, names: Iterable[str]) -> list[str]:
    """Return the name with the same words, else those most like one.

    The letters count first, then the words in any order.
    """
    by_words = {" ".join(sorted(words(one))): one for one in names}
    own_words = " ".join(sorted(words(name)))
    if own_words in by_words:
        return [by_words[own_words]]
    similar = get_close_matches(own_words, by_words, SIMILAR)
    return get_close_matches(name, by_words.values(), SIMILAR) or [
        by_words[one] for one in similar
    ]
