"""Schemas of OpenAPI documents become declarations of inputs, not prose."""

import json
from pathlib import Path
from typing import Any

import pytest

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
    return {
        "openapi": "3.1.0",
        "info": {"title": "Books", "version": "1.0.0"},
        "servers": [{"url": "https://books.example"}],
        "components": {"schemas": schemas or {}},
        "paths": {"/books": {"post": {"operationId": "act", **operation}}},
    }


def tool_of(document: Schema, directory: Path) -> ir.Tool:
    """Import a document, and compile it without a note; return its only tool."""
    file = directory / "api.json"
    file.write_text(json.dumps(document), "utf-8")
    spec = directory / "spec.yaml"
    assert main(["import", str(file), "-q", "--force", "-o", str(spec)]) == 0
    reading = frontend.read(spec, Options(directory, strict=True))
    assert [f"{d.span}: {d.message}" for d in reading.diagnostics] == []
    assert reading.meaning
    [tool] = reading.meaning.capability.tools
    [route] = reading.meaning.capability.routes
    assert [p.type for p in route.inputs] == [p.type for p in tool.inputs]
    return tool


def properties(tool: ir.Tool) -> dict[str, Schema]:
    """Return the schemas of a tool's inputs."""
    schemas = {}
    for source in tool.inputs:
        schema = describe(type_schema(source.type), source.description)
        schema = with_example(schema, source.example)
        schemas[source.name] = with_default(schema, source.default)
    return schemas


def argument(schema: Schema, directory: Path, schemas: Schema | None = None) -> Schema:
    """Return the schema of the argument for a parameter with a schema."""
    parameter = {"name": "n", "in": "query", "description": "N.", "schema": schema}
    tool = tool_of(api({"parameters": [parameter]}, schemas), directory)
    return properties(tool)["n"]


def body(schema: Schema, directory: Path, schemas: Schema | None = None) -> Schema:
    """Return the schema of the argument for a JSON body with a schema."""
    content = {"application/json": {"schema": schema}}
    request = {"requestBody": {"description": "N.", "content": content}}
    tool = tool_of(api(request, schemas), directory)
    return properties(tool)["body"]


TEXT = {"type": "string"}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "enum": ["a", "b"]},
        {"type": "integer", "enum": [1, 2], "default": 1},
        {"type": "string", "pattern": "^[a-z]+$"},
        {"type": "string", "format": "date-time"},
        {"type": "string", "minLength": 2, "maxLength": 3},
        {"type": "string", "pattern": "^[a-z]+$", "maxLength": 3},
        {"type": "integer", "minimum": 1, "maximum": 3, "default": 2},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5},
        {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 9},
        {"anyOf": [{"type": "integer", "minimum": 1}, {"enum": ["all"], **TEXT}]},
        {"oneOf": [{"type": "integer"}, {"type": "string", "format": "date"}]},
    ],
)
def test_a_parameter_keeps_its_schema(schema: Schema, tmp_path: Path) -> None:
    assert argument(schema, tmp_path) == {**schema, "description": "N."}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "enum": ["a", None]}, {**TEXT, "enum": ["a"]}),
        ({"type": "string", "enum": [1, "b"]}, {**TEXT, "enum": ["1", "b"]}),
        ({"const": "a"}, {**TEXT, "enum": ["a"]}),
        ({"type": ["string", "null"]}, TEXT),
        ({"type": ["string", "integer"]}, {"anyOf": [TEXT, {"type": "integer"}]}),
        ({"type": "integer", "format": "int64"}, {"type": "integer"}),
        ({"type": "integer", "maximum": 2**63 - 1}, {"type": "integer"}),
        ({"type": "integer", "default": "x"}, {"type": "integer"}),
        ({"type": "string", "minLength": 0}, TEXT),
        ({"type": "string", "minLength": 3, "maxLength": 2}, TEXT),
        (
            {"type": "integer", "minimum": 1, "exclusiveMinimum": True},
            {"type": "integer", "exclusiveMinimum": 1},
        ),
        ({"type": "array"}, {"type": "array", "items": {}}),
        (
            {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 9}]},
            {"anyOf": [{"type": "integer"}, {"type": "number", "minimum": 9}]},
        ),
        ({"oneOf": [{"type": "null"}, {"type": "boolean"}]}, {"type": "boolean"}),
    ],
)
def test_a_schema_is_written_as_the_language_has_it(
    schema: Schema, expected: Schema, tmp_path: Path
) -> None:
    assert argument(schema, tmp_path) == {**expected, "description": "N."}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string", "pattern": "^(?!a)b"}, "N. Matches ^(?!a)b."),
        ({"type": "integer", "multipleOf": 5}, "N. A multiple of 5."),
        ({"type": "integer", "enum": [*range(500)]}, "N. One of 0, 1, 2, "),
        ({"enum": ["a", 1]}, "N. One of a, 1."),
    ],
)
def test_words_say_the_rest(schema: Schema, words: str, tmp_path: Path) -> None:
    declaration = argument(schema, tmp_path)
    assert declaration["description"].startswith(words)
    assert declaration.keys() == {"type", "description"}


def test_a_body_has_three_levels_and_names_the_fourth(tmp_path: Path) -> None:
    node = {
        "type": "object",
        "properties": {"child": {"$ref": "#/components/schemas/N"}},
    }
    schema = body({"$ref": "#/components/schemas/N"}, tmp_path, {"N": node})
    last = {"type": "object", "description": "It has child."}
    inner = {"type": "object", "properties": {"child": last}}
    middle = {"type": "object", "properties": {"child": inner}}
    assert schema == {
        "type": "object",
        "properties": {"child": middle},
        "description": "N.",
    }


def test_a_body_keeps_required_and_possible_members(tmp_path: Path) -> None:
    properties = {
        "id": {"type": "string", "readOnly": True},
        "title": {"type": "string", "description": "Its title.", "nullable": True},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "any": {},
    }
    schema = {"type": "object", "properties": properties, "required": ["title"]}
    assert body({**schema, "additionalProperties": False}, tmp_path) == {
        "type": "object",
        "properties": {
            "title": {"type": ["string", "null"], "description": "Its title."},
            "labels": {"type": "object", "additionalProperties": TEXT},
            "any": {},
        },
        "required": ["title"],
        "additionalProperties": False,
        "description": "N.",
    }


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


def test_parts_that_are_required_elsewhere_are_merged(tmp_path: Path) -> None:
    base = {"type": "object", "properties": {"a": TEXT, "b": {"type": "integer"}}}
    node = {"allOf": [{"$ref": "#/components/schemas/B"}, {"required": ["b"]}]}
    schema = body(node, tmp_path, {"B": base})
    assert schema["properties"] == base["properties"]
    assert schema["required"] == ["b"]


def test_a_body_may_be_one_of_several_objects(tmp_path: Path) -> None:
    cat = {"type": "object", "properties": {"kind": {"const": "cat"}}}
    dog = {"type": "object", "properties": {"kind": {"const": "dog"}}}
    schema = body({"oneOf": [cat, dog]}, tmp_path)
    kinds = [kind["properties"]["kind"]["enum"] for kind in schema["anyOf"]]
    assert kinds == [["cat"], ["dog"]]


def alternative(kind: str, value: Schema, **more: Schema) -> Schema:
    members = {"kind": {**TEXT, "enum": [kind]}, "value": value, **more}
    return {"type": "object", "required": ["kind"], "properties": members}


LIMITED = {**TEXT, "minLength": 1, "maxLength": 9}
ALTERNATIVES = [
    alternative("options", {"type": "integer"}, label={**LIMITED, "maxLength": 5}),
    alternative("text", LIMITED, label=LIMITED),
    alternative("note", {**LIMITED, "pattern": "^a"}, extra=TEXT),
]
UNITED = {
    "kind": {**TEXT, "enum": ["options", "text", "note"]},
    "value": {"anyOf": [{"type": "integer"}, LIMITED]},
    "label": {**TEXT, "minLength": 1},
    "extra": TEXT,
}


@pytest.mark.parametrize("key", ["oneOf", "anyOf"])
def test_alternatives_unite_in_a_body_with_members(key: str, tmp_path: Path) -> None:
    own = {"type": "object", "properties": {"name": TEXT}}
    schema = body({**own, key: ALTERNATIVES}, tmp_path)
    assert schema["properties"] == {"name": TEXT, **UNITED}
    assert schema["required"] == ["kind"]


def test_alternatives_unite_in_a_form(tmp_path: Path) -> None:
    content = {"multipart/form-data": {"schema": {"oneOf": ALTERNATIVES}}}
    tool = tool_of(api({"requestBody": {"content": content}}), tmp_path)
    declarations = properties(tool)
    for schema in declarations.values():
        del schema["description"]
    assert declarations == UNITED


INNER = [{"type": "object", "properties": {name: TEXT}} for name in "ab"]
KNOWN = {"anyOf": [TEXT, {**TEXT, "enum": ["a"]}]}


@pytest.mark.parametrize(
    ("values", "expected"),
    [(INNER, {"anyOf": INNER}), ([INNER[0]] * 2, INNER[0]), ([KNOWN], KNOWN)],
)
def test_alternatives_keep_the_types_of_their_members(
    values: list[Schema], expected: Schema, tmp_path: Path
) -> None:
    alternatives = [alternative("x", value) for value in values]
    more = {"type": "object", "properties": {"more": TEXT}}
    own = {"type": "object", "properties": {}, "oneOf": [more, *alternatives]}
    form = {"requestBody": {"content": {"multipart/form-data": {"schema": own}}}}
    value = properties(tool_of(api(form), tmp_path))["value"]
    assert {**value, "description": ""} == {**expected, "description": ""}


LISTED = {**TEXT, "enum": ["a", "b"]}
ONE_OR_MORE = {"oneOf": [LISTED, {"type": "array", "items": LISTED}]}


@pytest.mark.parametrize("beside", [{}, {"default": "a"}, {"maxLength": 3}])
def test_a_type_that_is_extended_keeps_its_alternatives(
    beside: Schema, tmp_path: Path
) -> None:
    reference = {"$ref": "#/components/schemas/Sort"}
    schemas = {"Sort": ONE_OR_MORE}
    schema = argument({"allOf": [reference], **beside}, tmp_path, schemas)
    default = {"default": "a"} if "default" in beside else {}
    assert schema == {**ONE_OR_MORE, **default, "description": "N."}


def test_alternatives_have_the_limits_of_their_type(tmp_path: Path) -> None:
    texts = [{**TEXT, "pattern": "^a"}, {**TEXT, "format": "date"}]
    expected = {"anyOf": [{**text, "maxLength": 9} for text in texts]}
    node = {**TEXT, "oneOf": texts, "maxLength": 9}
    assert argument(node, tmp_path) == {**expected, "description": "N."}


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


PETS = {
    "Pet": union_by_kind(
        {"cat": "#/components/schemas/Cat", "dog": "Dog", "pet": "Pet"}, name=TEXT
    ),
    "Cat": extending("Pet", lives={"type": "integer"}, mood={"const": "bad"}),
    "Dog": extending("Pet", mood={"const": "good"}),
}
WHOLE = {
    "kind": TEXT,
    "name": TEXT,
    "lives": {"type": "integer"},
    "mood": {**TEXT, "enum": ["bad", "good"]},
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Pet", WHOLE),
        ("Dog", {"mood": {**TEXT, "enum": ["good"]}, "kind": TEXT, "name": TEXT}),
    ],
)
def test_an_object_has_the_members_of_the_schemas_that_it_lists(
    name: str, expected: Schema, tmp_path: Path
) -> None:
    reference = {"$ref": f"#/components/schemas/{name}"}
    node = {"allOf": [reference], "description": "N."}
    for schema in (reference, node):
        declarations = body(schema, tmp_path, PETS)
        assert declarations["properties"] == expected
        assert declarations["required"] == ["kind"]


def test_a_form_has_the_members_of_the_schemas_that_it_lists(tmp_path: Path) -> None:
    schema = {"$ref": "#/components/schemas/Pet"}
    content = {"application/x-www-form-urlencoded": {"schema": schema}}
    tool = tool_of(api({"requestBody": {"content": content}}, PETS), tmp_path)
    assert properties(tool).keys() == WHOLE.keys()


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


def test_a_large_body_has_fewer_levels(tmp_path: Path) -> None:
    inner = {f"p{n}": TEXT for n in range(20)}
    middle = {"type": "object", "properties": inner}
    schema = body(
        {"type": "object", "properties": {f"m{n}": middle for n in range(20)}}, tmp_path
    )
    assert len(schema["properties"]) == 20
    assert "properties" not in schema["properties"]["m0"]
    assert schema["properties"]["m0"]["description"].startswith("It has p0, p1, ")


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


def test_alternatives_without_a_description_have_that_of_one(tmp_path: Path) -> None:
    number = {"type": "integer", "description": "The number of the milestone."}
    milestone = {"oneOf": [{"type": "string"}, number]}
    schema = body({"type": "object", "properties": {"at": milestone}}, tmp_path)
    assert schema["properties"]["at"]["description"] == "The number of the milestone."
