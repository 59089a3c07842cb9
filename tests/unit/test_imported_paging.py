"""Imports keep the pagination that a document declares."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from naftiko_gen import ir
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.frontend import read

if TYPE_CHECKING:
    from pathlib import Path

ITEMS = {
    "type": "array",
    "items": {"type": "object", "properties": {"id": {"type": "string"}}},
}
CURSOR_PARAMETER = {"name": "cursor", "in": "parameters", "type": "cursor"}
DECLARATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "Speakeasy, cursor": (
        {
            "x-speakeasy-pagination": {
                "type": "cursor",
                "inputs": [CURSOR_PARAMETER],
                "outputs": {"results": "$.things", "nextCursor": "$.rest.at"},
            }
        },
        "Cursor cursor rest.at",
    ),
    "Speakeasy, last item": (
        {
            "x-speakeasy-pagination": {
                "type": "cursor",
                "inputs": [CURSOR_PARAMETER],
                "outputs": {"nextCursor": "$.things[-1].id"},
            }
        },
        "LastItem cursor ",
    ),
    "Speakeasy, page": (
        {
            "x-speakeasy-pagination": {
                "type": "offsetLimit",
                "inputs": [{"name": "number", "in": "parameters", "type": "page"}],
                "outputs": {"results": "$.things"},
            }
        },
        "PageNumber number ",
    ),
    "Fern": (
        {
            "x-fern-pagination": {
                "cursor": "$request.cursor",
                "next_cursor": "$response.rest.at",
                "results": "$response.things",
            }
        },
        "Cursor cursor rest.at",
    ),
    "Datadog": (
        {
            "x-pagination": {
                "limitParam": "number",
                "cursorParam": "cursor",
                "cursorPath": "rest.at",
                "resultsPath": "things",
            }
        },
        "Cursor cursor rest.at",
    ),
    "AutoRest": (
        {"x-ms-pageable": {"nextLinkName": "url", "itemName": "things"}},
        "NextUrl  url",
    ),
    "AutoRest, one page": ({"x-ms-pageable": {"nextLinkName": None}}, "none"),
    "a link": (
        {
            "links": {
                "next": {
                    "operationId": "listThings",
                    "parameters": {"cursor": "$response.body#/rest/at"},
                }
            }
        },
        "Cursor cursor rest.at",
    ),
    "a parameter that isn't there": (
        {"x-pagination": {"cursorParam": "body.cursor", "cursorPath": "rest.at"}},
        "none",
    ),
}


SEARCHES: dict[str, tuple[dict[str, Any], str]] = {
    "Speakeasy": (
        {
            "x-speakeasy-pagination": {
                "type": "cursor",
                "inputs": [{"name": "token", "in": "requestBody", "type": "cursor"}],
                "outputs": {"results": "$.things", "nextCursor": "$.rest.at"},
            }
        },
        "Cursor body.token rest.at",
    ),
    "Datadog": (
        {
            "x-pagination": {
                "limitParam": "body.page.limit",
                "cursorParam": "body.page.cursor",
                "cursorPath": "rest.at",
            }
        },
        "Cursor body.page.cursor rest.at",
    ),
    "Fern": (
        {
            "x-fern-pagination": {
                "offset": "$request.page.number",
                "results": "$response.things",
            }
        },
        "PageNumber body.page.number ",
    ),
    "a cursor in the query": (
        {"x-pagination": {"cursorParam": "cursor", "cursorPath": "rest.at"}},
        "Cursor cursor rest.at",
    ),
    "a URL, which is read by GET": (
        {"x-ms-pageable": {"nextLinkName": "url", "itemName": "things"}},
        "none",
    ),
    "a member that isn't there": (
        {"x-pagination": {"cursorParam": "body.cursor", "cursorPath": "rest.at"}},
        "none",
    ),
}
"""Declarations of a POST, and the paging of its tool."""
PLACE = {
    "type": "object",
    "properties": {
        "cursor": {"type": "string"},
        "limit": {"type": "integer"},
        "number": {"type": "integer"},
    },
}
BODY = {"type": "object", "properties": {"token": {"type": "string"}, "page": PLACE}}


def document(declaration: dict[str, Any], method: str = "get") -> dict[str, Any]:
    links = declaration.get("links", {})
    properties = {
        "things": ITEMS,
        "url": {"type": "string"},
        "rest": {"type": "object", "properties": {"at": {"type": "string"}}},
    }
    schema = {"type": "object", "properties": properties}
    content = {"application/json": {"schema": schema}}
    parameters = [
        {"name": "cursor", "in": "query", "schema": {"type": "string"}},
        {"name": "number", "in": "query", "schema": {"type": "integer"}},
    ]
    operation = {
        "operationId": "listThings",
        "parameters": parameters,
        "responses": {
            "200": {"description": "All.", "content": content, "links": links}
        },
        **{key: value for key, value in declaration.items() if key != "links"},
    }
    if method == "post":
        operation["requestBody"] = {"content": {"application/json": {"schema": BODY}}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Things", "version": "1"},
        "servers": [{"url": "https://things.example.com"}],
        "paths": {"/things": {method: operation}},
    }


@pytest.mark.parametrize("name", DECLARATIONS)
def test_a_declared_pagination_is_that_of_the_tool(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    declaration, expected = DECLARATIONS[name]
    tool = imported_tool(document(declaration), tmp_path)
    assert tool, capsys.readouterr()
    assert words(tool) == expected


@pytest.mark.parametrize("reference", [(), ("--reference",)], ids=["whole", "short"])
@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_with_declared_pages_only_reads(
    tmp_path: Path,
    name: str,
    reference: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    declaration, expected = SEARCHES[name]
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
