"""The sizes of lists of tools, and the limits that they have."""

import json
from pathlib import Path

import pytest
from documents import capability

from naftiko_gen.cli.main import main
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.emit.tools.lists import tool_lists
from naftiko_gen.openapi.prose import in_words, token_count

SPEC = Path(__file__).with_name("tool_lists.yaml").read_text("utf-8")
ADD_BOOK = {
    "name": "add-book",
    "title": "Add book",
    "description": "Adds a book of any kind, with the facts that the shop shows.",
    "inputSchema": {
        "type": "object",
        "properties": {"title": {"type": "string", "description": "The title."}},
        "required": ["title"],
        "additionalProperties": False,
    },
    "annotations": {
        "readOnlyHint": False,
        "destructiveHint": False,
        "idempotentHint": False,
        "openWorldHint": True,
    },
}


@pytest.fixture(autouse=True)
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(SPEC, "utf-8")


def test_a_tool_has_the_tokens_of_its_definition() -> None:
    (tool_list,) = tool_lists(capability(SPEC))
    definition = json.dumps(ADD_BOOK, separators=(",", ":"))
    tokens = {tool.name: tool.tokens for tool in tool_list.tools}
    assert tokens["add-book"] == token_count(definition)
    assert tokens["list-books"] < tokens["add-book"]
    assert tool_list.tokens == sum(tokens.values())


def test_a_compilation_ends_with_the_size_of_the_list(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tool_list,) = tool_lists(capability(SPEC))
    assert main(["shop.yaml"]) == Exit.DONE
    output = capsys.readouterr().err
    assert f"shop.yaml: tools/list: 2 tools, {in_words(tool_list.tokens)}\n" in output
    assert "large-tool-list" not in output


def test_programs_get_tools_and_remarks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tools", "shop.yaml", "--json"]) == Exit.DONE
    (document,) = json.loads(capsys.readouterr().out)
    (server,) = document["servers"]
    assert server["namespace"] == "shop"
    assert server["tokens"] == sum(tool["tokens"] for tool in server["tools"])
    assert [(tool["effect"], tool["group"]) for tool in server["tools"]] == [
        ("read", "books"),
        ("write", "books"),
    ]
    tokens = {name: entry["tokens"] for name, entry in server["surfaces"].items()}
    assert list(tokens) == ["full", "lean", "grouped", "search"]
    assert tokens["full"] == server["tokens"]
    assert [(item["line"], item["code"]) for item in document["remarks"]] == [
        (21, "missing-purpose")
    ]


@pytest.mark.parametrize(
    ("tokens", "words"), [(7, "7"), (123, "123"), (1234, "1,230"), (206_987, "207,000")]
)
def test_tokens_are_rounded_to_three_digits(tokens: int, words: str) -> None:
    assert in_words(tokens) == f"about {words} tokens"
