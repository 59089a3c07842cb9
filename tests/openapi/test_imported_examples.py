"""Examples of OpenAPI documents reach the descriptions of arguments."""

from pathlib import Path
from typing import Any

import pytest
from test_imported_schemas import api, tool_of

from naftiko_gen.emit.tools.definitions import definition

Schema = dict[str, Any]


def texts(operation: Schema, directory: Path) -> dict[str, str]:
    """Return the descriptions of a tool's arguments, and of members of its body."""
    schema: Any = definition(tool_of(api(operation), directory))
    arguments = schema["inputSchema"]["properties"]
    members = arguments.pop("body", {}).get("properties", {})
    return {
        name: part.get("description", "").partition(" {")[0]
        for name, part in (*arguments.items(), *members.items())
    }


@pytest.mark.parametrize(
    ("parameter", "example"),
    [
        ({"schema": {"type": "string", "example": "rough"}}, "rough"),
        ({"schema": {"type": "string"}, "example": 'a "b"'}, 'a "b"'),
        ({"schema": {"type": "integer", "examples": [7, 8]}}, "7"),
        ({"schema": {"type": "number"}, "examples": {"x": {"value": 2.5}}}, "2.5"),
        (
            {
                "schema": {
                    "type": "array",
                    "items": {"type": "string"},
                    "example": ["a"],
                }
            },
            "[a]",
        ),
        # These say nothing more.
        ({"schema": {"type": "string", "example": "string"}}, ""),
        ({"schema": {"type": "string", "enum": ["a", "b"], "example": "a"}}, ""),
        ({"schema": {"type": "integer", "default": 3, "example": 4}}, ""),
        ({"schema": {"type": "string", "default": "a", "example": "a"}}, ""),
        ({"schema": {"type": "boolean", "example": True}}, ""),
        ({"schema": {"type": "string", "format": "uuid", "example": "3b"}}, ""),
        ({"schema": {"type": "string", "example": "N"}}, ""),
        # These are too long, of another type, or beyond a limit.
        ({"schema": {"type": "string", "example": "x" * 39}}, ""),
        ({"schema": {"type": "integer", "example": "many"}}, ""),
        ({"schema": {"type": "integer", "minimum": 5, "example": 3}}, ""),
        ({"schema": {"type": "string", "maxLength": 3, "example": "long"}}, ""),
    ],
)
def test_a_parameter_shows_its_example(
    parameter: Schema, example: str, tmp_path: Path
) -> None:
    complete = {"name": "n", "in": "query", "description": "N.", **parameter}

    descriptions = texts({"parameters": [complete]}, tmp_path)

    assert descriptions == {"n": f"N. E.g. {example}" if example else "N."}


def test_members_show_their_own_example_or_that_of_the_body(tmp_path: Path) -> None:
    author = {"type": "object", "properties": {"name": {"type": "string"}}}
    members = {
        "title": {"type": "string", "description": "T.", "example": "Emma"},
        "pages": {"type": "integer", "example": 90},
        "year": {"type": "integer"},
        "author": author,
    }
    example = {"title": "Other", "year": 1815, "author": {"name": "Jane"}, "x": 1}
    media = {"schema": {"type": "object", "properties": members}, "example": example}

    descriptions = texts(
        {"requestBody": {"content": {"application/json": media}}}, tmp_path
    )

    assert descriptions == {
        "title": "T. E.g. Emma",
        "pages": "E.g. 90",
        "year": "E.g. 1815",
        "author": "",
    }
    assert "example: Jane" in (tmp_path / "spec.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    "name", ["api_key", "X-Access-Token", "password", "clientSecret", "signature"]
)
def test_a_secret_has_no_example(name: str, tmp_path: Path) -> None:
    schema = {"type": "string", "example": "sk_live_4711"}
    parameter = {"name": f"{name}", "in": "query", "schema": schema}
    members = {"schema": {"type": "object", "properties": {name: schema}}}
    operation = {
        "parameters": [parameter],
        "requestBody": {"content": {"application/json": members}},
    }
    tool_of(api(operation), tmp_path)

    assert "4711" not in (tmp_path / "spec.yaml").read_text("utf-8")
