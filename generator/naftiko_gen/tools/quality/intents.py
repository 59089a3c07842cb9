"""Intents: tasks in words, with the tools that a model should and shouldn't call."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from heapq import nsmallest
from typing import TYPE_CHECKING

from naftiko_gen.emit.plain_text import plain
from naftiko_gen.emit.tools.arguments import argument_inputs
from naftiko_gen.emit.tools.groups import groups
from naftiko_gen.ir import Effect, calls
from naftiko_gen.tools.quality.confusion import confusable_pairs
from naftiko_gen.tools.quality.words import first_sentence, words, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.ir import McpAdapter, Operation, Tool
    from naftiko_gen.tools.quality.arazzo import Workflow

EXAMPLE = "example"
"""The source of titles with values, which no search knows."""
MOST_NEIGHBOURS = 5
"""The most destructive tools that are forbidden for an intent."""
_VARIABLE = re.compile(r"\{[^{}]*\}")
_NO_LETTERS = re.compile(r"[\W_]")


@dataclass(frozen=True)
class Intent:
    """A task in words.

    Attributes:
        source: The origin of the words: `title`, `description`, `example`, `step` or
            `workflow`.
        expected: The names of the tools that do it, in their order.
        forbidden: Tools that a model might take for them, or that destroy something
            nearby.
    """

    name: str
    source: str
    text: str
    expected: tuple[str, ...]
    forbidden: tuple[str, ...]


class _Neighbours:
    """The tools of a server that an intent forbids."""

    def __init__(self, adapter: McpAdapter) -> None:
        tools = adapter.tools
        self._groups = dict(zip((t.name for t in tools), groups(tools), strict=True))
        self._words = {tool.name: words_of(tool) for tool in tools}
        self._like: dict[str, set[str]] = {}
        for pair in confusable_pairs(tools):
            self._like.setdefault(pair.first.name, set()).add(pair.second.name)
            self._like.setdefault(pair.second.name, set()).add(pair.first.name)
        self._destructive: dict[str, list[Tool]] = {}
        for tool in tools:
            if tool.effect is Effect.DESTRUCTIVE:
                self._destructive.setdefault(self._groups[tool.name], []).append(tool)

    def near(self, expected: Sequence[Tool]) -> tuple[str, ...]:
        """Return confusable tools, and the nearest destructive ones of the group."""
        names = {name for tool in expected for name in self._like.get(tool.name, ())}
        for tool in expected:
            names.update(self._nearest(tool))
        return tuple(sorted(names - {tool.name for tool in expected}))

    def _nearest(self, tool: Tool) -> Iterator[str]:
        own_words = self._words[tool.name]

        def distance(other: Tool) -> tuple[int, str]:
            return -len(own_words & self._words[other.name]), other.name

        group = self._destructive.get(self._groups[tool.name], ())
        others = (other for other in group if other is not tool)
        return (other.name for other in nsmallest(MOST_NEIGHBOURS, others, distance))


def intents_of(adapter: McpAdapter, workflows: Iterable[Workflow]) -> list[Intent]:
    """Return the intents that a server's texts and workflows state, each text once.

    A text that stands for several tools is no intent, and no workflow is one that needs
    other operations than those of the tools.
    """
    neighbours = _Neighbours(adapter)
    sources = (
        *_of_texts(adapter),
        *_of_examples(adapter),
        *_of_workflows(adapter, workflows),
    )
    by_text: dict[str, list[tuple[str, str, str, tuple[Tool, ...]]]] = {}
    for name, source, text, tools in sources:
        line = " ".join(text.split())
        if line:
            key = line.casefold().rstrip(".")
            by_text.setdefault(key, []).append((name, source, line, tools))
    return [
        Intent(
            name,
            source,
            text,
            tuple(tool.name for tool in tools),
            neighbours.near(tools),
        )
        for (name, source, text, tools), *others in by_text.values()
        if all(same_tools == tools for *_, same_tools in others)
    ]


_Source = tuple[str, str, str, tuple["Tool", ...]]
"""A name, the origin of a text, the text, and its tools."""


def _of_texts(adapter: McpAdapter) -> Iterator[_Source]:
    for tool in adapter.tools:
        title = plain(tool.title or "")
        yield f"{tool.name}/title", "title", title, (tool,)
        sentence = first_sentence(plain(tool.description))
        if words(sentence) != words(title):
            yield f"{tool.name}/description", "description", sentence, (tool,)


def _of_examples(adapter: McpAdapter) -> Iterator[_Source]:
    """Yield the titles of tools with the examples of their arguments."""
    for tool in adapter.tools:
        examples = [
            f"{source.name}: {_text_of(json.loads(source.example))}"
            for source in argument_inputs(tool)
            if source.example
        ]
        title = plain(tool.title or tool.name)
        if examples:
            text = f"{title} ({'; '.join(examples)})"
            yield f"{tool.name}/example", EXAMPLE, text, (tool,)


def _text_of(value: Plain) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _of_workflows(
    adapter: McpAdapter, workflows: Iterable[Workflow]
) -> Iterator[_Source]:
    tools = {key: tool for tool in adapter.tools for key in _keys(tool)}
    for workflow in workflows:
        keys = [_key(step.operation) for step in workflow.steps]
        if keys and all(key in tools for key in keys):
            steps = [tools[key] for key in keys]
            yield f"{workflow.name}/workflow", "workflow", workflow.text, tuple(steps)
            for number, step in enumerate(workflow.steps, 1):
                name = f"{workflow.name}/{number}"
                yield name, "step", step.text, (steps[number - 1],)


def missing_operations(adapters: Sequence[McpAdapter], workflow: Workflow) -> list[str]:
    """Return the operations of a workflow that no tool calls."""
    tools = (tool for adapter in adapters for tool in adapter.tools)
    keys = {key for tool in tools for key in _keys(tool)}
    operations = (step.operation for step in workflow.steps)
    return [operation for operation in operations if _key(operation) not in keys]


def _keys(tool: Tool) -> Iterator[str]:
    """Yield the names, and method and path, by which a workflow calls a tool."""
    yield _key(tool.name)
    operations: list[Operation] = [c.operation for c in calls(tool.implementation)]
    if len(operations) == 1:
        [operation] = operations
        path = "".join(
            part if isinstance(part, str) else "{}" for part in operation.path
        )
        yield _key(operation.name)
        yield f"{operation.method} {path}"


def _key(operation: str) -> str:
    """Return the letters of an id, or a method and path without names of variables."""
    if " /" in operation:
        return _VARIABLE.sub("{}", operation)
    return _NO_LETTERS.sub("", operation).casefold()
