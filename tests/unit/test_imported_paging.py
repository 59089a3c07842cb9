"""Imports keep the pagination that a document declares."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

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


def document(declaration: dict[str, Any]) -> dict[str, Any]:
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
    return {
        "openapi": "3.0.3",
        "info": {"title": "Things", "version": "1"},
        "servers": [{"url": "https://things.example.com"}],
        "paths": {"/things": {"get": operation}},
    }


@pytest.mark.parametrize("name", DECLARATIONS)
def test_a_declared_pagination_is_that_of_the_tool(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    declaration, expected = DECLARATIONS[name]
    source, spec = tmp_path / "things.json", tmp_path / "things.yaml"
    source.write_text(json.dumps(document(declaration)), "utf-8")
    main(["import", str(source), "-o", str(spec)])
    meaning = read(spec, Options(tmp_path / "out", strict=True)).meaning
    assert meaning, capsys.readouterr()
    [tool] = meaning.capability.mcp[0].tools
    assert tool.items
    paging = tool.items.paging
    parts = paging and (
        f"{paging.kind} {paging.argument or ''} {'.'.join(paging.next or ())}"
    )
    assert (parts or "none") == expected
