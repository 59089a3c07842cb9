"""Intents: tasks in words, with the tools that a model should and shouldn't call.

Programs that test agents take their cases from files of intents.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from itertools import chain
from pathlib import Path

from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.plain_text import plain
from naftiko_gen.emit.tools.arguments import argument_inputs
from naftiko_gen.emit.tools.groups import groups
from naftiko_gen.ir import Effect, McpAdapter, Tool, calls
from naftiko_gen.publish import atomic
from naftiko_gen.tools.quality.arazzo import Workflow
from naftiko_gen.tools.quality.confusion import (
    confusable_pairs,
    first_sentence,
    words,
    words_of,
)

EXAMPLE = "example"
"""The source of titles with values, which no search knows."""
MOST_NEIGHBOURS = 5
"""The most destructive tools that are forbidden for an intent."""
_VARIABLE = re.compile(r"\{[^{}]*\}")
_NO_LETTERS = re.compile(r"[\W_]")
_KEYS = ["id", "input", "expected", "forbidden", "source"]


@dataclass(frozen=True)
class Intent:
    """A task in words.

    Attributes:
        source: The origin of the words: `title`, `description`, `example`, `step` or
            `workflow`.
        tools: The tools that do it, in their order.
        forbidden: Tools that a model might take for them, or that destroy something
            nearby.
    """

    name: str
    source: str
    text: str
    tools: tuple[Tool, ...]
    forbidden: tuple[str, ...] = ()

    @property
    def expected(self) -> tuple[str, ...]:
        """Return the names of the tools."""
        return tuple(tool.name for tool in self.tools)


def intents_of(adapter: McpAdapter, workflows: Iterable[Workflow]) -> list[Intent]:
    """Return the intents that a server's texts and workflows state, each text once.

    A text that stands for several tools is no intent, and no workflow is one that needs
    other operations than those of the tools.
    """
    neighbours = _Neighbours(adapter.tools)
    by_text: dict[str, list[Intent]] = {}
    sources = (
        _of_texts(adapter),
        _of_examples(adapter),
        _of_workflows(adapter, workflows),
    )
    for intent in chain(*sources):
        if line := " ".join(intent.text.split()):
            same = by_text.setdefault(line.casefold().rstrip("."), [])
            same.append(replace(intent, text=line))
    return [
        replace(intent, forbidden=neighbours.near(intent))
        for intent, *others in by_text.values()
        if all(other.tools == intent.tools for other in others)
    ]


class _Neighbours:
    """The tools of a server that an intent forbids."""

    def __init__(self, tools: Sequence[Tool]) -> None:
        self._groups = dict(zip((t.name for t in tools), groups(tools), strict=True))
        self._words = {tool.name: words_of(tool) for tool in tools}
        self._like: defaultdict[str, set[str]] = defaultdict(set)
        for pair in confusable_pairs(tools):
            self._like[pair.first.name].add(pair.second.name)
            self._like[pair.second.name].add(pair.first.name)
        self._destructive: defaultdict[str, list[Tool]] = defaultdict(list)
        for tool in tools:
            if tool.effect is Effect.DESTRUCTIVE:
                self._destructive[self._groups[tool.name]].append(tool)

    def near(self, intent: Intent) -> tuple[str, ...]:
        """Return confusable tools, and the nearest destructive ones of the group."""
        names = {
            name
            for tool in intent.tools
            for name in (*self._like[tool.name], *self._nearest(tool))
        }
        return tuple(sorted(names.difference(intent.expected)))

    def _nearest(self, tool: Tool) -> Iterator[str]:
        own_words = self._words[tool.name]

        def distance(other: Tool) -> tuple[int, str]:
            return -len(own_words & self._words[other.name]), other.name

        group = self._destructive[self._groups[tool.name]]
        others = (other for other in group if other is not tool)
        return (other.name for other in nsmallest(MOST_NEIGHBOURS, others, distance))


def _of_texts(adapter: McpAdapter) -> Iterator[Intent]:
    for tool in adapter.tools:
        title = plain(tool.title or "")
        yield Intent(f"{tool.name}/title", "title", title, (tool,))
        sentence = first_sentence(plain(tool.description))
        if words(sentence) != words(title):
            yield Intent(f"{tool.name}/description", "description", sentence, (tool,))


def _of_examples(adapter: McpAdapter) -> Iterator[Intent]:
    """Yield the titles of tools with the examples of their arguments."""
    for tool in adapter.tools:
        examples = [
            f"{source.name}: {_text_of(json.loads(source.example))}"
            for source in argument_inputs(tool)
            if source.example
        ]
        if examples:
            text = f"{plain(tool.title or tool.name)} ({'; '.join(examples)})"
            yield Intent(f"{tool.name}/example", EXAMPLE, text, (tool,))


def _text_of(value: Plain) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# --- workflows -------------------------------------------------------------------


def _of_workflows(
    adapter: McpAdapter, workflows: Iterable[Workflow]
) -> Iterator[Intent]:
    tools = {key: tool for tool in adapter.tools for key in _keys(tool)}
    for workflow in workflows:
        keys = [_key(step.operation) for step in workflow.steps]
        if keys and all(key in tools for key in keys):
            name, steps = workflow.name, tuple(tools[key] for key in keys)
            yield Intent(f"{name}/workflow", "workflow", workflow.text, steps)
            for i, step in enumerate(workflow.steps):
                yield Intent(f"{name}/{i + 1}", "step", step.text, (steps[i],))


def missing_operations(adapters: Sequence[McpAdapter], workflow: Workflow) -> list[str]:
    """Return the operations of a workflow that no tool calls."""
    tools = (tool for adapter in adapters for tool in adapter.tools)
    keys = {key for tool in tools for key in _keys(tool)}
    operations = (step.operation for step in workflow.steps)
    return [operation for operation in operations if _key(operation) not in keys]


def _keys(tool: Tool) -> Iterator[str]:
    """Yield the names, and method and path, by which a workflow calls a tool."""
    yield _key(tool.name)
    match calls(tool.implementation):
        case (call,):
            operation = call.operation
            yield _key(operation.name)
            parts = (p if isinstance(p, str) else "{}" for p in operation.path)
            yield f"{operation.method} {''.join(parts)}"
        case _:
            pass


def _key(operation: str) -> str:
    """Return the letters of an id, or a method and path without names of variables."""
    if " /" in operation:
        return _VARIABLE.sub("{}", operation)
    return _NO_LETTERS.sub("", operation).casefold()


# --- files -----------------------------------------------------------------------


class ForeignFileError(Exception):
    """The file has other lines than those that this module writes."""


def eval_lines(server: str, intents: Iterable[Intent]) -> str:
    """Return a line of JSON for each intent of a server."""
    lines = (
        {
            "id": f"{server}/{intent.name}",
            "input": intent.text,
            "expected": intent.expected,
            "forbidden": intent.forbidden,
            "source": intent.source,
        }
        for intent in intents
    )
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)


def write_evals(file: Path, text: str) -> None:
    """Write a file of intents in the place of an older one.

    Raises:
        ForeignFileError: The file has other lines, so it isn't replaced.
        OSError: It can't be written.
    """
    try:
        old_content = file.read_bytes()
    except FileNotFoundError:
        atomic.create(file, text.encode())
        return
    if not all(map(_is_own, old_content.splitlines())):
        raise ForeignFileError
    atomic.replace(file, text.encode())


def _is_own(line: bytes) -> bool:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and list(value) == _KEYS
