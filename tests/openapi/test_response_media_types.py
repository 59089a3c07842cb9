"""Responses of several media types: the package asks for JSON, and knows its schema."""

import json
from pathlib import Path
from typing import Any

import pytest

from naftiko_gen import frontend, ir
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options

Node = dict[str, Any]
JSON = "application/json"
VENDOR = "application/vnd.people.v2+json"
NAME = {"type": "object", "properties": {"name": {"type": "string"}}}
AGE = {"type": "object", "properties": {"age": {"type": "integer"}}}
TEXT = {"type": "string"}


def api(content: Node, *parameters: Node) -> Node:
    responses = {"200": {"description": "Fine.", "content": content}}
    act = {"operationId": "act", "parameters": parameters, "responses": responses}
    return {
        "openapi": "3.1.0",
        "info": {"title": "People", "version": "1"},
        "servers": [{"url": "https://people.example"}],
        "paths": {"/a": {"get": act}},
    }


def operation(document: Node, directory: Path) -> ir.Operation:
    """Import a document with one operation, which compiles without a note."""
    source, spec = directory / "api.json", directory / "spec.yaml"
    source.write_text(json.dumps(document), "utf-8")
    assert main(["import", str(source), "-o", str(spec), "-q"]) == 0
    read = frontend.read(spec, Options(directory, strict=True))
    assert [diagnostic.message for diagnostic in read.diagnostics] == []
    assert read.meaning
    assert main(["drift", str(spec), "--openapi", str(source), "--breaking"]) == 0
    [only] = read.meaning.capability.operations
    return only


def media_types_of(**schemas: Node) -> Node:
    types = {
        "json": JSON,
        "vendor": VENDOR,
        "xml": "application/xml",
        "csv": "text/csv",
    }
    return {types[name]: {"schema": schema} for name, schema in schemas.items()}


@pytest.mark.parametrize(
    ("content", "accept"),
    [
        (media_types_of(json=NAME, xml=AGE), JSON),
        (media_types_of(csv=TEXT, json=NAME), JSON),
        (media_types_of(vendor=AGE, json=NAME), JSON),
        (media_types_of(csv=TEXT, vendor=NAME), VENDOR),
    ],
)
def test_json_is_asked_for(content: Node, accept: str, tmp_path: Path) -> None:
    request = operation(api(content), tmp_path)

    assert request.headers == (("Accept", ir.Constant(accept)),)
    assert isinstance(request.answer, ir.Object)
    assert [field.name for field in request.answer.fields] == ["name"]


@pytest.mark.parametrize(
    "content", [media_types_of(json=NAME), media_types_of(csv=TEXT, xml=TEXT)]
)
def test_nothing_is_asked_for_without_a_choice(content: Node, tmp_path: Path) -> None:
    assert operation(api(content), tmp_path).headers == ()


def test_two_versions_of_json_need_no_header(tmp_path: Path) -> None:
    content = {f"{JSON};v={n}": {"schema": NAME} for n in (1, 2)}
    assert operation(api(content), tmp_path).headers == ()


def test_callers_choose_if_the_document_lets_them(tmp_path: Path) -> None:
    parameter = {"name": "Accept", "in": "header", "type": "string"}
    document = api({}, parameter)
    act = document["paths"]["/a"]["get"]
    act["produces"] = ["text/csv", JSON]
    act["responses"] = {"200": {"description": "Fine.", "schema": NAME}}
    swagger = {**document, "swagger": "2.0", "host": "people.example"}
    del swagger["openapi"], swagger["servers"]

    [(name, value)] = operation(swagger, tmp_path).headers

    assert name == "Accept"
    assert isinstance(value, ir.Argument)
