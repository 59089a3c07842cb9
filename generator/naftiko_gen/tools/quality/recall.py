"""How often the search of a server finds the tool that a task needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from naftiko_gen.emit.tools.search import rank, tool_index
from naftiko_gen.tools.quality.intents import EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen.ir import McpAdapter
    from naftiko_gen.tools.quality.intents import Intent

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


def measure_recall(adapter: McpAdapter, intents: Sequence[Intent]) -> Iterator[Recall]:
    """Yield the recall for each source of tasks, and for the tasks in other words."""
    index = tool_index(adapter)
    intents = [intent for intent in intents if intent.source != EXAMPLE]
    names = [tool.name for tool in adapter.tools]

    def results(text: str) -> list[str]:
        return [names[number] for number in rank(index, text)[: DEPTHS[-1]]]

    for source in dict.fromkeys(intent.source for intent in intents):
        tasks = [intent for intent in intents if intent.source == source]
        pairs = [(results(task.text), task.expected) for task in tasks]
        yield Recall(source, len(tasks), _shares(pairs))
    reworded_tasks = [task for task in intents if _reword(task.text) != task.text]
    if reworded_tasks:
        pairs = [(results(_reword(t.text)), t.expected) for t in reworded_tasks]
        yield Recall("reworded", len(reworded_tasks), _shares(pairs))


def _shares(pairs: Sequence[tuple[list[str], tuple[str, ...]]]) -> tuple[Fraction, ...]:
    """Return which part of the expected tools is found at each depth, on average."""
    return tuple(
        sum(
            (
                Fraction(len({*expected} & {*names[:depth]}), len({*expected}))
                for names, expected in pairs
            ),
            Fraction(),
        )
        / len(pairs)
        for depth in DEPTHS
    )


def _reword(text: str) -> str:
    """Return a task with an everyday verb, if it begins with one of documents."""
    match = _WORD.match(text.lower())
    verb = match[0] if match else ""
    everyday = _EVERYDAY.get(verb) or _EVERYDAY.get(verb.removesuffix("s"))
    return f"{everyday}{text[len(verb) :]}" if everyday else text
