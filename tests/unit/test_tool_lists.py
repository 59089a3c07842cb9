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


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("max-tools = 1", "lists 2 tools (the limit is 1)"),
        ("max-tool-tokens = 50", "tokens (the limit is 50)"),
    ],
)
def test_a_list_above_a_limit_is_a_warning_in_every_run(
    limit: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("naftiko-gen.toml").write_text(f"{limit}\n", "utf-8")
    for _ in range(2):
        assert main(["shop.yaml"]) == Exit.DONE
        output = capsys.readouterr().err
        assert "warning[large-tool-list] 'shop'" in output
        assert message in output


@pytest.mark.parametrize("name", ["tools", "budget"])
def test_tools_are_listed_with_effect_and_group(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, "shop.yaml"]) == Exit.DONE
    first, *tools = capsys.readouterr().out.partition("  surfaces")[0].splitlines()
    assert first.startswith("shop.yaml: tools/list of shop: 2 tools, about ")
    assert [line.split()[1:] for line in tools] == [
        ["write", "books", "add-book"],
        ["read", "books", "list-books"],
    ]
    assert not Path("generated").exists()


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


@pytest.mark.parametrize("options", [["--strict"], ["--config", "gate.toml"]])
def test_a_remark_can_fail_a_run(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("gate.toml").write_text("[codes]\nmissing-purpose = 'error'\n", "utf-8")
    assert main(["tools", "shop.yaml", "-q", *options]) == Exit.FAILED
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("shop.yaml:21:39: error[missing-purpose] ")


def test_remarks_of_a_code_share_their_hint(capsys: pytest.CaptureFixture[str]) -> None:
    second = "    - {name: sell-book, description: Sell book, call: store.add-book}\n"
    Path("shop.yaml").write_text(SPEC + second, "utf-8")
    assert main(["tools", "shop.yaml"]) == Exit.DONE
    hint = "say in a sentence for which task it is"
    assert capsys.readouterr().err.splitlines() == [
        "shop.yaml:21:39: warning[missing-purpose] 'list-books' says no more than its"
        " name",
        "shop.yaml:27:38: warning[missing-purpose] 'sell-book' says no more than its"
        " name",
        f"shop.yaml: 2 missing-purpose: {hint}",
    ]


def test_annotations_are_the_remarks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tools", "shop.yaml", "--format", "github"]) == Exit.DONE
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("::warning file=shop.yaml,line=21,")


@pytest.mark.parametrize(
    ("tokens", "words"), [(7, "7"), (123, "123"), (1234, "1,230"), (206_987, "207,000")]
)
def test_tokens_are_rounded_to_three_digits(tokens: int, words: str) -> None:
    assert in_words(tokens) == f"about {words} tokens"
