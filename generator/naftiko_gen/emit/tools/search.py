"""The search surface: an index of tools (Okapi BM25F), and tools that search it."""

from __future__ import annotations

import runpy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import chain
from typing import Any

from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.literals import first_sentence
from naftiko_gen.emit.plain_text import plain
from naftiko_gen.emit.runtime.source import runtime_root
from naftiko_gen.emit.tools.definitions import Definition, listed_title
from naftiko_gen.emit.tools.dispatchers import (
    CLAUSES,
    WORDS,
    Dispatcher,
    DispatcherList,
    describe_tool,
    free_name,
    hints_of,
    is_open,
    object_schema,
)
from naftiko_gen.ir import Effect, McpAdapter, Tool
from naftiko_gen.openapi.prose import shorten

_SATURATION = 1.2
_LENGTH = 0.75
"""How much a long document loses, from 0 to 1."""
_SCALE = 1_000
"""The weight of a word is a whole number of such parts."""

Index = dict[str, str]


def rank(index: Mapping[str, str], query: str) -> list[int]:
    """Return the numbers of the documents that have words of a query, the best first.

    The code is that of the runtime, so servers find the same tools.
    """
    order: list[int] = _runtime()["rank"](index, query)
    return order


def words(text: str) -> list[str]:
    """Return the words of a text by which documents are found."""
    return list(_runtime()["words"](text))


def index_of(documents: Sequence[Sequence[tuple[str, int]]]) -> Index:
    """Return the index of documents, whose texts count as often as the number says.

    Documents have the same kinds of texts in the same order. The length of a text is
    compared with those of its kind, so a long description makes no name weaker.
    """
    counts = [[Counter(words(text)) for text, _ in texts] for texts in documents]
    averages = [
        max(1, sum(map(Counter.total, kind))) / len(counts)
        for kind in zip(*counts, strict=True)
    ]
    frequencies = Counter(word for texts in counts for word in {*chain(*texts)})
    index: dict[str, list[str]] = {word: [] for word in sorted(frequencies)}
    for number, (texts, document) in enumerate(zip(counts, documents, strict=True)):
        factors = [
            times / (1 - _LENGTH + _LENGTH * text.total() / average)
            for text, (_, times), average in zip(texts, document, averages, strict=True)
        ]
        for word in {*chain(*texts)}:
            pairs = zip(texts, factors, strict=True)
            count = sum(text[word] * factor for text, factor in pairs)
            rarity = _rarity(len(counts), frequencies[word])
            share = count * (_SATURATION + 1) / (count + _SATURATION)
            index[word].append(f"{number} {round(rarity * share * _SCALE)}")
    return {word: " ".join(entries) for word, entries in index.items()}


@cache
def _rarity(documents: int, frequency: int) -> float:
    """Return the weight of a word that some of the documents have.

    Decimal arithmetic rounds logarithms correctly; those of C libraries differ.
    """
    half = Decimal("0.5")
    ratio = (documents - frequency + half) / (frequency + half)
    return float((1 + ratio).ln())


@cache
def _runtime() -> dict[str, Any]:
    """Return the names of the runtime's module, which imports no other one."""
    return runpy.run_path(str(runtime_root() / "mcp" / "words.py"))


MOST_FOUND = 10
_LONGEST_SUMMARY = 120
_NAME_WEIGHT, _TITLE_WEIGHT = 3, 4


def search_list(adapter: McpAdapter, label: str) -> DispatcherList:
    """Return the list of an adapter, whose length doesn't depend on its tools."""
    used_names = {tool.name for tool in adapter.tools}
    search = _search_tool(label, used_names)
    describe = describe_tool(label, used_names)
    note = (
        f"{search['name']} finds its name, {describe['name']} describes its arguments."
    )
    callers = _callers(adapter, label, note, used_names)
    return DispatcherList({"search": search, "describe": describe}, tuple(callers))


def _search_tool(label: str, used_names: set[str]) -> Definition:
    query: Plain = {"type": "string", "description": "The task, in a few words."}
    limit: Plain = {"type": "integer", "description": f"At most {MOST_FOUND}."}
    return {
        "name": free_name("search_tools", used_names),
        "title": "Find operations",
        "description": (
            f"Find operations of {label} by words. Each result has a name, a summary,"
            " its kind, and the tool to call it with."
        ),
        "inputSchema": object_schema({"query": query, "limit": limit}, ("query",)),
        "annotations": hints_of(Effect.READ, is_open=False),
    }


def _callers(
    adapter: McpAdapter, label: str, note: str, used_names: set[str]
) -> Iterator[Dispatcher]:
    for effect in Effect:
        tools = [tool for tool in adapter.tools if tool.effect is effect]
        if tools:
            yield Dispatcher(
                name=free_name(f"call_{effect.value}_tool", used_names),
                title=f"Call an operation: {WORDS[effect]}",
                description=f"Call an operation of {label} {CLAUSES[effect]}. {note}",
                effect=effect,
                is_open=is_open(tools),
                key="name",
                operations=tuple(tool.name for tool in tools),
                is_listed=False,
            )


def summaries(adapter: McpAdapter) -> dict[str, str]:
    """Return the title and the first sentence of each tool, by name."""
    return {tool.name: _summary(tool) for tool in adapter.tools}


def _summary(tool: Tool) -> str:
    """Return the first sentence, after the spec's own title if that adds a word."""
    sentence = first_sentence(plain(tool.description))
    is_telling = tool.title and not {*words(tool.title)} <= {*words(sentence)}
    text = f"{listed_title(tool)}: {sentence}" if is_telling else sentence
    return shorten(text, _LONGEST_SUMMARY)


def tool_index(adapter: McpAdapter) -> Index:
    """Return the index of tools, which are numbered in the order of the adapter."""
    documents = []
    for tool in adapter.tools:
        names = (tool.name, _NAME_WEIGHT), (listed_title(tool), _TITLE_WEIGHT)
        documents.append((*names, (plain(tool.description), 1)))
    return index_of(documents)
