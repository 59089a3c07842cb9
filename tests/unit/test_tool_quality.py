"""Remarks about tools that a model can't choose by their texts."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.tools.quality.confusion import confusable_pairs
from naftiko_gen.tools.quality.listing import Listing

HEAD = """\
naftiko: 1.0.0-alpha2
info: {label: Shop, description: Sells books by post.}
capability:
  consumes:
  - type: http
    namespace: api
    baseUri: https://api.test
    resources:
    - name: things
      path: /things
      operations:
      - {name: read, method: GET}
      - {name: drop, method: DELETE}
  exposes:
  - type: mcp
    namespace: shop
    port: 9090
    tools:
"""


def _reading(*tools: tuple[str, str, str]) -> frontend.Meaning:
    """Return a spec with tools: their names, descriptions and operations."""
    lines = (
        f"    - {{name: {name}, description: '{text}', call: api.{operation}}}\n"
        for name, text, operation in tools
    )
    content = (HEAD + "".join(lines)).encode()
    meaning = frontend.read(Path("shop.yaml"), Options(Path()), content).meaning
    assert meaning is not None
    return meaning


def _messages(*tools: tuple[str, str, str]) -> list[str]:
    return [item.message for item in _remarks(_reading(*tools))]


def _remarks(meaning: frontend.Meaning) -> Sequence[Diagnostic]:
    return Listing(Path("shop.yaml"), meaning).remarks


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (
            ("list-posts", "Lists the news of the shops.", "read"),
            ("posts-list", "List news of a shop. Sorted by day.", "read"),
            "'posts-list' reads like 'list-posts': their names and first sentences have"
            " the same words",
        ),
        (
            (
                "get-org-key",
                "Gets the key with which org secrets are encrypted",
                "read",
            ),
            (
                "get-repo-key",
                "Gets the key with which org secrets are encrypted first",
                "read",
            ),
            None,
        ),
        (
            ("get-label", "Finds a label by the colour, shape and age", "read"),
            ("get-labels", "Finds labels by colour, shape, age or size", "read"),
            "'get-labels' reads like 'get-label': only 'size' tells them apart",
        ),
        (
            ("get-label", "Finds a label by the colour, shape and age", "read"),
            ("get-labels", "Drops labels by colour, shape and age", "drop"),
            None,
        ),
        (
            ("get-label", "Handles a label by colour", "read"),
            ("get-labels", "Handles labels by colour", "drop"),
            "'get-labels' reads like 'get-label': their names and first sentences have"
            " the same words",
        ),
    ],
)
def test_tools_with_nearly_the_same_words_are_confusable(
    first: tuple[str, str, str], second: tuple[str, str, str], message: str | None
) -> None:
    assert _messages(first, second) == ([message] if message else [])


@pytest.mark.parametrize(
    ("text", "is_empty"),
    [
        ("Lists the books.", True),
        ("Books", True),
        ("List books of one author.", False),
        ("Tout sur les livres.", False),
    ],
)
def test_a_description_has_to_say_more_than_the_name(text: str, is_empty: bool) -> None:
    message = "'list-books' says no more than its name"
    assert _messages(("list-books", text, "read")) == ([message] if is_empty else [])


@pytest.mark.parametrize(
    ("about", "is_empty"),
    [("Sells books.", False), ("The shop", True), ("MCP adapter for the shop", True)],
)
def test_a_server_has_to_say_its_purpose(about: str, is_empty: bool) -> None:
    content = HEAD.replace(", description: Sells books by post.", "")
    content = content.replace("type: mcp", f"type: mcp\n    description: {about}")
    content += "    - {name: a, description: Finds books., call: api.read}\n"
    reading = frontend.read(Path("shop.yaml"), Options(Path()), content.encode())
    assert reading.meaning
    places = [
        (item.code.slug, item.span and item.span.line)
        for item in _remarks(reading.meaning)
    ]
    assert places == ([("missing-purpose", 16)] if is_empty else [])


def test_a_tool_has_few_pairs_with_others() -> None:
    (tool,) = _reading(("find", "Finds a book", "read")).capability.tools
    assert len(confusable_pairs([tool] * 200)) < 200 * 6
