"""Examples of responses in OpenAPI documents: the mock answers with them."""

import json
from pathlib import Path
from typing import Any

import pytest

from naftiko_gen import frontend, ir
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.openapi.read.examples import LARGEST

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
    assert [diagnostic.message for diagnostic in read.diagnostics] == []
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
    response = operation(api({"content": {media_type: media}}), directory).example
    assert response is None or response.media_type == media_type
    return response.text if response else None


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
        ("text/csv", {"schema": PERSON}, "name,age\nAda,7\n"),
        (
            "text/csv",
            {"schema": {"type": "array", "items": PERSON}},
            "name,age\nAda,7\n",
        ),
        ("application/x-ndjson", {"schema": PERSON}, '{"name": "Ada", "age": 7}\n'),
        ("application/yaml", {"schema": PERSON}, '{"name": "Ada", "age": 7}'),
    ],
)
def test_text_has_its_media_type(
    media_type: str, media: Node, text: str | None, tmp_path: Path
) -> None:
    assert example(media_type, media, tmp_path) == text


def test_swagger_shows_examples_by_media_type(tmp_path: Path) -> None:
    schema = {"schema": {"type": "object"}, "examples": {JSON: {"a": 1}}}
    document = {**api(schema), "swagger": "2.0", "host": "people.example"}
    del document["openapi"], document["servers"]
    response = operation(document, tmp_path).example
    assert response is not None
    assert response.text == '{"a": 1}'


BYTES = {"schema": {"type": "string", "format": "binary"}}


@pytest.mark.parametrize("media", [BYTES, {}, {"schema": PERSON}])
@pytest.mark.parametrize(
    "media_type", ["image/png", "application/pdf", "application/octet-stream"]
)
def test_bytes_have_their_media_type(
    media_type: str, media: Node, tmp_path: Path
) -> None:
    response = operation(api({"content": {media_type: media}}), tmp_path).example
    assert response == ir.ResponseExample(media_type=media_type)


def test_a_text_of_an_unknown_form_is_any_text(tmp_path: Path) -> None:
    content = {"text/plain": {"schema": PERSON}}
    response = operation(api({"content": content}), tmp_path).example
    assert response == ir.ResponseExample(media_type="text/plain")


def answers(responses: Node, directory: Path) -> ir.ResponseExample | None:
    document = api({})
    document["paths"]["/a"]["get"]["responses"] = responses
    return operation(document, directory).example


FINE = {"description": "Fine."}
ERROR = {"description": "Broken.", "content": {JSON: {"schema": PERSON}}}


@pytest.mark.parametrize(
    ("responses", "status"),
    [
        ({"204": FINE}, 204),
        ({"204": FINE, "default": ERROR}, 204),
        ({"202": FINE, "404": ERROR}, 202),
        ({"200": FINE}, 200),
        ({"200": FINE, "204": FINE}, 200),
        ({"2XX": FINE}, 200),
        ({"default": FINE}, 200),
    ],
)
def test_a_response_without_content_is_empty(
    responses: Node, status: int, tmp_path: Path
) -> None:
    response = answers(responses, tmp_path)
    assert response == ir.ResponseExample(status=status, text="")


def test_a_response_has_its_status(tmp_path: Path) -> None:
    creation = {**FINE, "content": {JSON: {"schema": {"type": "object"}}}}
    assert answers({"201": creation}, tmp_path) == ir.ResponseExample(status=201)


def test_nothing_is_known_without_a_success(tmp_path: Path) -> None:
    assert answers({"404": ERROR}, tmp_path) is None


def test_a_file_of_swagger_is_bytes(tmp_path: Path) -> None:
    document = api({"schema": {"type": "file"}})
    swagger = {**document, "swagger": "2.0", "host": "people.example"}
    del swagger["openapi"], swagger["servers"]
    response = operation(swagger, tmp_path).example
    assert response == ir.ResponseExample(media_type="application/octet-stream")


ID = {"type": "integer", "example": 5, "xml": {"attribute": True}}
TAGS = {"type": "array", "items": {"type": "string", "example": "a&b"}}
BOOK = {"type": "object", "properties": {"id": ID, "title": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        (BOOK, '<root id="5"><title>text</title></root>'),
        ({**BOOK, "xml": {"name": "book"}}, '<book id="5"><title>text</title></book>'),
        (
            {"$ref": "#/components/schemas/Volume"},
            '<Volume id="5"><title>text</title></Volume>',
        ),
        (
            {"type": "array", "items": {"$ref": "#/components/schemas/Volume"}},
            '<root><Volume id="5"><title>text</title></Volume></root>',
        ),
        ({"properties": {"tags": TAGS}}, "<root><tags>a&amp;b</tags></root>"),
        (
            {"properties": {"tags": {**TAGS, "xml": {"wrapped": True}}}},
            "<root><tags><tags>a&amp;b</tags></tags></root>",
        ),
        (
            {
                "properties": {
                    "tags": {
                        **TAGS,
                        "items": {"type": "string", "xml": {"name": "tag"}},
                        "xml": {"nodeType": "element", "name": "all"},
                    }
                }
            },
            "<root><all><tag>text</tag></all></root>",
        ),
        (
            {
                "type": "object",
                "xml": {"namespace": "urn:x", "prefix": "b", "name": "c"},
            },
            '<b:c xmlns:b="urn:x"></b:c>',
        ),
        (
            {"properties": {"at": {"type": "string", "xml": {"name": "a t"}}}},
            "<root><at>text</at></root>",
        ),
    ],
)
def test_xml_has_the_form_that_the_schema_declares(
    schema: Node, text: str, tmp_path: Path
) -> None:
    content = {"application/xml": {"schema": schema}}
    components = {"schemas": {"Volume": BOOK}}
    response = operation(
        api({"content": content}, components=components), tmp_path
    ).example
    assert response is not None
    assert response.text == text
