"""Imports keep the pagination that a document declares."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from naftiko_gen import ir
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.frontend import read

TABLES = yaml.safe_load(Path(__file__).with_name("imported_paging.yaml").read_text())
GETS, POSTS = TABLES["gets"], TABLES["posts"]
"""Declarations of operations, and the paging of their tools."""


def document(declaration: dict[str, Any], method: str = "get") -> dict[str, Any]:
    operation = deepcopy(TABLES["operation"])
    links = declaration.get("responses", {}).get("200", {})
    operation["responses"]["200"] |= links
    operation |= {k: v for k, v in declaration.items() if k != "responses"}
    if method == "post":
        operation["requestBody"] = TABLES["body"]
    return {
        "openapi": "3.0.3",
        "info": {"title": "Things", "version": "1"},
        "servers": [{"url": "https://things.example.com"}],
        "paths": {"/things": {method: operation}},
    }


@pytest.mark.parametrize("name", GETS)
def test_a_declared_pagination_is_that_of_the_tool(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    declaration, expected = GETS[name]
    tool = imported_tool(document(declaration), tmp_path)
    assert tool, capsys.readouterr()
    assert words(tool) == expected


@pytest.mark.parametrize("reference", [(), ("--reference",)], ids=["whole", "short"])
@pytest.mark.parametrize("name", POSTS)
def test_a_search_with_declared_pages_only_reads(
    tmp_path: Path,
    name: str,
    reference: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    declaration, expected = POSTS[name]
    is_kept = expected != "none"
    tool = imported_tool(
        document(declaration, "post"), tmp_path, *reference, strict=is_kept
    )
    assert tool, capsys.readouterr()
    assert words(tool) == expected
    assert tool.hints.read_only == is_kept


def imported_tool(
    content: dict[str, Any], directory: Path, *options: str, strict: bool = True
) -> ir.Tool | None:
    """Return the only tool of a document; None if its spec has faults."""
    source, spec = directory / "things.json", directory / "things.yaml"
    source.write_text(json.dumps(content), "utf-8")
    main(["import", str(source), "-o", str(spec), *options])
    meaning = read(spec, Options(directory / "out", strict=strict)).meaning
    return meaning.capability.mcp[0].tools[0] if meaning else None


def words(tool: ir.Tool) -> str:
    """Return the paging of a tool in words."""
    paging = tool.items.paging if tool.items else None
    if paging is None:
        return "none"
    return f"{paging.kind} {paging.argument or ''} {'.'.join(paging.next or ())}"
