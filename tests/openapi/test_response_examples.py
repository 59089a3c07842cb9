"""Examples of responses in OpenAPI documents: the mock answers with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from naftiko_gen import frontend
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.openapi.read.examples import LARGEST

if TYPE_CHECKING:
    from pathlib import Path

    from naftiko_gen import ir

Node = dict[str, Any]
JSON = "application/json"
NAME = {"type": "string", "example": "Ada"}
PERSON = {"type": "object", "properties": {"name": NAME, "age": {"type": "integer"}}}


def operation(api: Node, directory: Path) -> ir.Operation:
    """Import a document with one operation, which compiles without a note."""
    document, spec = directory / "api.json", directory / "spec.yaml"
    document.write_text(json.dumps(api), "utf-8")
    assert main(["import", str(document), "-o", str(spec), "-q"]) == 0
    read = frontend.read(spec, Options(directory, strict=True))
    assert [one.message for one in read.diagnostics] == []
    assert read.meaning
    [only] = read.meaning.capability.operations
    return only


def api(response: Node, **more: Node) -> Node:
    answers = {"200": {"description": "Fine.", **response}}
    head = {"openapi": "3.1.0", "info": {"title": "People", "version": "1"}}
    servers = [{"url": "https://people.example"}]
    paths = {"/a": {"get": {"operationId": "act", "responses": answers}}}
    return {**head, "servers": servers, "paths": paths, **more}


def example(media_type: str, media: Node, directory: Path) -> str | None:
    """Return the example that the import writes for a response, None without one."""
    found = operation(api({"content": {media_type: media}}), directory).example
    assert found is None or found.media_type == media_type
    return found.text if found else None


@pytest.mark.parametrize(
    "media",
    [
        {"example": {"a": [[1], None]}},
        {"example": '{"a": [[1], null]}', "schema": {"type": "object"}},
        {"examples": {"one": {"value": {"a": [[1], None]}}, "two": {"value": 2}}},
        {"schema": {"type": "object", "example": {"a": [[1], None]}}},
        {"schema": {"type": "object", "examples": [{"a": [[1], None]}, {}]}},
    ],
)
def test_json_has_the_first_example(media: Node, tmp_path: Path) -> None:
    assert example(JSON, media, tmp_path) == '{"a": [[1], null]}'


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (PERSON, {"name": "Ada", "age": 7}),
        ({"type": "array", "items": PERSON}, [{"name": "Ada", "age": 7}]),
        ({"anyOf": [PERSON, {"type": "array"}]}, {"name": "Ada", "age": 7}),
        ({"type": "string", "example": 2015}, "2015"),
        ({"type": "integer", "example": 3}, 3),
    ],
)
def test_json_is_composed_of_examples(
    schema: Node, value: object, tmp_path: Path
) -> None:
    text = example(JSON, {"schema": schema}, tmp_path)
    assert text is not None
    assert json.loads(text) == value


@pytest.mark.parametrize(
    "media",
    [
        {"schema": {"type": "object", "properties": {"name": {"type": "string"}}}},
        {"schema": {"type": "integer", "example": "many"}},
        {"schema": {"type": "object"}, "example": "no JSON"},
        {"example": "x" * LARGEST},
        {"example": ["x"] * LARGEST},
        {"examples": {"far": {"externalValue": "https://people.example/far"}}},
    ],
)
def test_a_schema_serves_without_a_usable_example(media: Node, tmp_path: Path) -> None:
    assert example(JSON, media, tmp_path) is None


@pytest.mark.parametrize(
    ("media_type", "media", "text"),
    [
        ("text/plain", {"example": "  Ada\n\a: #\n"}, "  Ada\n\a: #\n"),
        ("text/plain", {"schema": NAME}, "Ada"),
        ("text/csv", {}, "text"),
        ("application/xml", {"example": "<a>ü</a>"}, "<a>ü</a>"),
        (
            "application/xml",
            {"schema": PERSON},
            "<root><name>Ada</name><age>7</age></root>",
        ),
        ("image/png", {"schema": {"type": "string", "format": "binary"}}, None),
        ("text/plain", {"schema": PERSON}, None),
    ],
)
def test_text_has_its_media_type(
    media_type: str, media: Node, text: str | None, tmp_path: Path
) -> None:
    assert example(media_type, media, tmp_path) == text


def test_swagger_shows_examples_by_media_type(tmp_path: Path) -> None:
    response = {"schema": {"type": "object"}, "examples": {JSON: {"a": 1}}}
    document = {**api(response), "swagger": "2.0", "host": "people.example"}
    del document["openapi"], document["servers"]
    found = operation(document, tmp_path).example
    assert found is not None
    assert found.text == '{"a": 1}'
