"""Pages of very many routes, and of schemas without an end, stay small."""

import json
from typing import Any

from naftiko_runtime.http.page import Surroundings, page
from naftiko_runtime.http.routes import RoutesPage

LARGEST = 2_000_000
WIDE = {
    "type": "object",
    "properties": {f"member{number}": {"type": "string"} for number in range(40)},
}
ENDLESS: Any = {
    "type": "object",
    "required": [f"member{number}" for number in range(300)],
    "properties": {
        f"member{number}": {"$ref": "#/components/schemas/Endless"}
        for number in range(300)
    },
    "allOf": [{"$ref": "#/components/schemas/Endless"}],
}


def draw_page(count: int, schema: Any) -> str:
    """Return the page of so many routes with a body and an answer of a schema."""
    content = {"application/json": {"schema": schema}}
    parameters = [
        {"name": f"p{number}", "in": "query", "description": "Words. " * 40}
        for number in range(20)
    ]
    operation = {
        "description": "A long text. " * 400,
        "parameters": parameters,
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "An answer.", "content": content}},
    }
    document = {
        "info": {"title": "Large", "version": "1"},
        "paths": {f"/things/{number}": {"post": operation} for number in range(count)},
        "components": {"schemas": {"Endless": ENDLESS}},
    }
    source = RoutesPage(json.dumps(document).encode(), ["/openapi.json"])
    return page(source.contents(), Surroundings())


def test_a_page_of_700_routes_stays_small() -> None:
    page = draw_page(700, WIDE)

    assert len(page.encode()) < LARGEST
    assert page.count("<article ") == 700
    assert "A long text. A long text. " in page


def test_a_schema_without_an_end_has_a_shape_and_a_sample() -> None:
    page = draw_page(1, {"$ref": "#/components/schemas/Endless"})

    assert len(page.encode()) < LARGEST
    assert "member299" in page
