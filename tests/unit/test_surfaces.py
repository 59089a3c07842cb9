"""The surfaces of MCP servers: their settings, and the lists that they make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from naftiko_gen.cli.main import main
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.emit.tools.definitions import list_tokens
from naftiko_gen.emit.tools.search import index_of, rank

if TYPE_CHECKING:
    from naftiko_gen.emit.tools.definitions import Definition

SPEC = Path(__file__).with_name("surfaces.yaml").read_text("utf-8")
SURFACE = Path("generated/shop/shop/mcp_server.surface.json")


@pytest.fixture(autouse=True)
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(SPEC, "utf-8")


def compile_surface(*arguments: str, settings: str = "") -> dict[str, Definition]:
    """Compile the spec; return the tools of its surface by name."""
    Path("naftiko-gen.toml").write_text(settings, "utf-8")
    assert main(["shop.yaml", *arguments]) == Exit.DONE
    if not SURFACE.exists():
        return {}
    return {tool["name"]: tool for tool in json.loads(SURFACE.read_text())["tools"]}


@pytest.mark.parametrize(
    ("key", "settings", "arguments", "is_lean"),
    [
        ("", "", (), False),
        ("surface: lean", "", (), True),
        ("surface: lean", 'surface = "full"', (), False),
        ("", 'surface = "lean"', (), True),
        ("", 'surface = {"*" = "full", shop = "lean"}', (), True),
        ("", 'surface = {"*" = "lean", shop = "full"}', (), False),
        ("", 'surface = {other = "lean"}', (), False),
        ("", 'surface = "full"', ("--surface", "shop=lean"), True),
        ("", 'surface = {shop = "full"}', ("--surface", "lean"), False),
    ],
)
def test_the_nearest_setting_chooses_the_surface(
    key: str, settings: str, arguments: tuple[str, ...], *, is_lean: bool
) -> None:
    text = SPEC.replace("    tools:", f"    {key}\n    tools:")
    Path("shop.yaml").write_text(text, "utf-8")
    assert bool(compile_surface(*arguments, settings=settings)) == is_lean


def test_the_budget_shows_the_steps_of_a_lean_list(
    capsys: pytest.CaptureFixture[str],
) -> None:
    compile_surface(settings="max-tool-tokens = 1")
    capsys.readouterr()
    assert main(["budget", "shop.yaml", "--surface=lean", "--json"]) == Exit.DONE
    (document,) = json.loads(capsys.readouterr().out)
    (server,) = document["servers"]
    assert list(server["saved"]) == [
        *("output schemas", "long texts", "nested schemas"),
        *("additionalProperties", "texts of arguments"),
    ]
    assert main(["budget", "shop.yaml", "--json"]) == Exit.DONE
    (document,) = json.loads(capsys.readouterr().out)
    (full,) = document["servers"]
    assert full["tokens"] - server["tokens"] == sum(server["saved"].values())


def test_a_lean_list_leaves_out_no_more_than_its_limit_needs() -> None:
    full = compile_surface("--surface=lean")
    assert "outputSchema" in full["list-books"]
    limit = list_tokens(full.values()) - 1
    some = compile_surface("--surface=lean", settings=f"max-tool-tokens = {limit}")
    assert "outputSchema" not in some["list-books"]
    assert some["add-book"] == full["add-book"]
    least = compile_surface("--surface=lean", settings="max-tool-tokens = 1")
    assert least["list-books"]["description"] == "Lists books"
    assert least["add-book"]["inputSchema"] == {
        "type": "object",
        "properties": {
            "book": {
                "type": "object",
                "description": "The book {title, year}",
                "properties": {},
            }
        },
        "required": ["book"],
    }


def test_a_large_list_names_the_surface_that_fits(
    capsys: pytest.CaptureFixture[str],
) -> None:
    least = compile_surface("--surface=lean", settings="max-tool-tokens = 1")
    assert "hint: `naftiko-gen tools` lists" in capsys.readouterr().err
    compile_surface(settings=f"max-tool-tokens = {list_tokens(least.values())}")
    assert "hint: `--surface lean` lists about" in capsys.readouterr().err


def test_a_dispatcher_has_less_detail_in_a_small_limit() -> None:
    lines = [dispatcher_lines(limit) for limit in (25_000, 465, 1)]
    assert lines == [
        [
            "list-books(fields?) – Lists books",
            "add-book(book) – Adds a book of any kind, with all facts",
        ],
        ["list-books(fields?)", "add-book(book)"],
        ["", ""],
    ]


def dispatcher_lines(limit: int) -> list[str]:
    """Return the lines of dispatchers about their operations."""
    arguments = ("--surface=grouped",)
    Path("naftiko-gen.toml").write_text(f"max-tool-tokens = {limit}\n", "utf-8")
    assert main(["shop.yaml", *arguments]) == Exit.DONE
    rows = json.loads(SURFACE.read_text("utf-8"))["dispatchers"]
    return [line for row in rows for line in row["operations"].values()]


def test_words_of_names_count_more_than_those_of_descriptions() -> None:
    tools = [
        (("add-book", 3), ("Adds a thing to the orders.", 1)),
        (("list-orders", 3), ("Lists all orders of a person.", 1)),
        (("delete-order", 3), ("Removes the order of a book.", 1)),
    ]
    index = index_of(tools)
    assert rank(index, "which ORDERS exist? list them") == [1, 2, 0]
    assert rank(index, "books") == [0, 2]
    assert rank(index, "deleteOrder") == [2, 1, 0]
    assert rank(index, "the of") == rank(index, "") == []


def test_a_long_description_makes_no_name_weaker() -> None:
    long_text = "Any user may. " + "This sends many mails. " * 40
    tools = [
        (("add-label", 3), ("Add a label", 4), ("Adds a label to an issue", 1)),
        (("add", 3), ("Add an issue", 4), (long_text, 1)),
        (("add-comment", 3), ("Add a comment", 4), ("Adds a text to an issue", 1)),
    ]
    assert rank(index_of(tools), "add an issue")[0] == 1


def test_a_result_has_the_title_before_a_sentence_that_says_something_else() -> None:
    label = "label: Register a volume\n      description: Adds"
    text = SPEC.replace("description: Adds", label).replace(
        "description: Lists", "label: Lists all books\n      description: Lists all"
    )
    Path("shop.yaml").write_text(text, "utf-8")
    assert main(["shop.yaml", "--surface=search"]) == Exit.DONE
    assert json.loads(SURFACE.read_text("utf-8"))["summaries"] == {
        "list-books": "Lists all books",
        "add-book": "Register a volume: Adds a book of any kind, with all facts",
    }


@pytest.mark.parametrize(
    ("surface", "noun"), [("full", "tools"), ("grouped", "operations")]
)
def test_instructions_count_the_operations_behind_tools(
    surface: str, noun: str
) -> None:
    assert main(["shop.yaml", f"--surface={surface}"]) == Exit.DONE
    module = SURFACE.with_name("mcp_server.py").read_text("utf-8")
    assert f"{noun} may change state, the others only read." in module
