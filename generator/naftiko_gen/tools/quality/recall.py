"""How often the search of a server finds the tool that a task needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from naftiko_gen.emit.tools.search import rank, tool_index
from naftiko_gen.ir import McpAdapter
from naftiko_gen.tools.quality.intents import EXAMPLE, Intent

DEPTHS = (1, 5, 10)
"""The numbers of results among which a tool counts as found."""
_EVERYDAY = {
    "add": "put in",
    "cancel": "call off",
    "change": "alter",
    "check": "see whether",
    "create": "make",
    "delete": "get rid of",
    "find": "look for",
    "get": "show me",
    "list": "which are the",
    "remove": "take away",
    "replace": "swap",
    "retrieve": "show me",
    "return": "show me",
    "search": "look for",
    "send": "pass on",
    "set": "make it",
    "update": "alter",
}
"""Words of people for the verbs of documents; indexes hardly have them."""
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Recall:
    """The shares of tools that are found, for the tasks of one source."""

    source: str
    tasks: int
    shares: tuple[Fraction, ...]
    """A share for each of `DEPTHS`."""

    @property
    def percentages(self) -> list[float]:
        """Return the shares in percent with one digit, which is never rounded up."""
        return [share * 1000 // 1 / 10 for share in self.shares]


def measure_recall(adapter: McpAdapter, intents: Iterable[Intent]) -> Iterator[Recall]:
    """Yield the recall for each source of tasks, and for the tasks in other words."""
    tasks = [intent for intent in intents if intent.source != EXAMPLE]
    others = [replace(t, source="reworded", text=_reword(t.text)) for t in tasks]
    changes = [
        other for t, other in zip(tasks, others, strict=True) if t.text != other.text
    ]
    index = tool_index(adapter)
    shares: dict[str, list[list[Fraction]]] = {}
    for task in (*tasks, *changes):
        results = [adapter.tools[number].name for number in rank(index, task.text)]
        expected = {*task.expected}
        rows = shares.setdefault(task.source, [])
        rows.append(
            [
                Fraction(len(expected.intersection(results[:depth])), len(expected))
                for depth in DEPTHS
            ]
        )
    for source, rows in shares.items():
        columns = zip(*rows, strict=True)
        averages = (sum(column, Fraction()) / len(rows) for column in columns)
        yield Recall(source, len(rows), tuple(averages))


def _reword(text: str) -> str:
    """Return a task with an everyday verb, if it begins with one of documents."""
    match = _WORD.match(text.lower())
    verb = match[0] if match else ""
    everyday = _EVERYDAY.get(verb) or _EVERYDAY.get(verb.removesuffix("s"))
    return f"{everyday}{text[len(verb) :]}" if everyday else text
