"""Schemas of OpenAPI documents become declarations of inputs, not prose."""

import json
from pathlib import Path
from typing import Any

import pytest
from written import HEAD, compile_strictly

from naftiko_gen import frontend, ir
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.emit.tools.arguments import arguments_schema
from naftiko_gen.emit.tools.outputs import listed_output
from naftiko_gen.emit.types.schemas import (
    describe,
    type_schema,
    with_default,
    with_example,
)
from naftiko_gen.openapi.prose import brief, cut, html_text, prose
from naftiko_gen.openapi.read.description import open_description
from steps import IN_PROPORTION, growth

Schema = dict[str, Any]


def api(operation: Schema, schemas: Schema | None = None) -> Schema:
    components = {"schemas": schemas or {}}
    paths = {"/books": {"post": {"operationId": "act", **operation}}}
    return {**HEAD, "components": components, "paths": paths}


def tool_of(document: Schema, directory: Path) -> ir.Tool:
    """Import a document, and compile it without a note; return its only tool."""
    file = directory / "api.json"
    file.write_text(json.dumps(document), "utf-8")
    spec = directory / "spec.yaml"
    assert main(["import", str(file), "-q", "--force", "-o", str(spec)]) == 0
    [tool] = compile_strictly(spec).tools
    return tool


def properties(tool: ir.Tool) -> dict[str, Schema]:
    """Return the schemas of a tool's inputs."""
    schemas = {}
    for source in tool.inputs:
        schema = describe(type_schema(source.type), source.description)
        schema = with_example(schema, source.example)
        schemas[source.name] = with_default(schema, source.default)
    return schemas


def body(schema: Schema, directory: Path, schemas: Schema | None = None) -> Schema:
    """Return the schema of the argument for a JSON body with a schema."""
    content = {"application/json": {"schema": schema}}
    request = {"requestBody": {"description": "N.", "content": content}}
    tool = tool_of(api(request, schemas), directory)
    return properties(tool)["body"]


TEXT = {"type": "string"}


@pytest.mark.parametrize(
    "others", [{"": TEXT}, {f"m{number}": TEXT for number in range(500)}]
)
def test_members_that_cannot_be_declared_may_be_sent(
    others: Schema, tmp_path: Path
) -> None:
    members = {"title": TEXT, **others}
    node = {"type": "object", "properties": members, "additionalProperties": False}
    schema = body(node, tmp_path)

    assert schema["properties"]["title"] == TEXT
    assert "additionalProperties" not in schema


@pytest.mark.parametrize(
    ("others", "is_invited"), [(None, False), (False, False), (True, True), ({}, True)]
)
def test_tools_take_the_members_that_a_document_invites(
    others: bool | Schema | None, is_invited: bool, tmp_path: Path
) -> None:
    key = {} if others is None else {"additionalProperties": others}
    schema = {"type": "object", "properties": {"title": TEXT}, **key}
    content = {"application/json": {"schema": schema}}
    tool = tool_of(api({"requestBody": {"content": content}}), tmp_path)

    assert arguments_schema(tool)["additionalProperties"] is is_invited
    is_open = "additionalProperties" not in properties(tool)["body"]
    assert is_open == (others is not False)


def extending(base: str, **members: Schema) -> Schema:
    reference = {"$ref": f"#/components/schemas/{base}"}
    return {"allOf": [reference, {"type": "object", "properties": members}]}


def union_by_kind(mapping: dict[str, str], **members: Schema) -> Schema:
    return {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": TEXT, **members},
        "discriminator": {"propertyName": "kind", "mapping": mapping},
    }


def test_alternatives_take_time_in_proportion(tmp_path: Path) -> None:
    def work(count: int) -> None:
        names = [f"S{number}" for number in range(count)]
        recursive = {"$ref": "#/components/schemas/Base"}
        own = {"type": "object", "properties": {"next": recursive}}
        schemas = {
            "Base": union_by_kind({name: name for name in names}, next=recursive),
            **{name: extending("Base", **{name: own}, same=own) for name in names},
        }
        content = {"application/json": {"schema": recursive}}
        file = tmp_path / "api.json"
        file.write_text(json.dumps(api({"requestBody": {"content": content}}, schemas)))
        assert open_description(file).api is not None

    assert growth(work, 100) < IN_PROPORTION


def response(schema: Schema, directory: Path, schemas: Schema | None = None) -> Any:
    """Return the schema of the output of a tool for a response with a schema."""
    content = {"application/json": {"schema": schema}}
    answer = {"responses": {"200": {"description": "OK", "content": content}}}
    return listed_output(tool_of(api(answer, schemas), directory))


def test_a_response_is_the_output_of_its_tool(tmp_path: Path) -> None:
    node = {
        "type": "object",
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "secret": {"type": "string", "writeOnly": True},
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/N"}},
        },
        "required": ["id"],
    }
    schema = response({"$ref": "#/components/schemas/N"}, tmp_path, {"N": node})

    def level(below: Schema) -> Schema:
        children = {"type": "array", "items": below}
        properties = {"id": {"type": "integer"}, "children": children}
        return {"type": "object", "properties": properties}

    last = {"type": "object", "description": "Members: id, children"}
    assert schema == level(level(last))


def test_tools_of_a_short_capability_have_the_schemas(tmp_path: Path) -> None:
    schema = {"type": "integer", "minimum": 1, "default": 2}
    parameter = {"name": "n", "in": "query", "description": "N.", "schema": schema}
    (tmp_path / "api.json").write_text(
        json.dumps(api({"parameters": [parameter], "responses": {}})), "utf-8"
    )
    spec = tmp_path / "spec.yaml"
    wanted = ["--tools", "act", "-q", "-o", str(spec)]
    assert main(["import", str(tmp_path / "api.json"), *wanted]) == 0
    reading = frontend.read(spec, Options(tmp_path))
    assert reading.meaning
    [tool] = reading.meaning.capability.tools
    assert properties(tool)["n"] == {**schema, "description": "N."}


def test_a_response_without_a_schema_has_no_output(tmp_path: Path) -> None:
    assert response({}, tmp_path) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>One <b>two</b>.</p><p>Three</p>", "One two.\n\nThree"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("See <a href='x'>here</a> &amp; <code>there</code>", "See here & `there`"),
        ("An <id> and a < b, `<br>`", "An <id> and a < b, `<br>`"),
        ("a<!-- b -->c", "ac"),
    ],
)
def test_html_becomes_text(text: str, expected: str) -> None:
    assert prose(text) == expected
    assert html_text(expected) == expected


def test_long_texts_are_cut_between_words() -> None:
    assert cut("one two three", 20) == "one two three"
    assert cut("one two three", 10) == "one two …"
    assert cut("onetwothree", 8) == "onetwo …"
    assert brief("one\n\ttwo three", 10) == "one two …"
    assert len(prose("word " * 9_000)) <= 2_000
