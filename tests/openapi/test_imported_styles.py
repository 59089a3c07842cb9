"""Styles of lists and objects in imported APIs: the requests are as documents say."""

import json
from pathlib import Path
from typing import Any

import pytest
from written import tools

from naftiko_gen import frontend, ir
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options

RESERVED = {"allowReserved": True}
TEXT = {"type": "string"}
LIST = {"type": "array", "items": {"type": "string"}}
OBJECT = {"type": "object", "properties": {"a": {"type": "integer"}}}
OPEN = {"type": "object", "additionalProperties": True}
EITHER = {"anyOf": [OBJECT, {"type": "string"}]}


def import_operation(
    operation: dict[str, Any], directory: Path, path: str = "/a", **head: Any
) -> tuple[ir.Operation, list[dict[str, Any]]]:
    """Import an operation; return it, and the inputs of its tool."""
    document, spec = directory / "api.json", directory / "spec.yaml"
    head = head or {"openapi": "3.0.3", "servers": [{"url": "https://x.test"}]}
    head["info"] = {"title": "API", "version": "1"}
    paths = {path: {"post": {"responses": {}, **operation}}}
    document.write_text(json.dumps({**head, "paths": paths}))
    assert main(["import", str(document), "-o", str(spec), "-q"]) == 0
    read = frontend.read(spec, Options(directory, strict=True))
    assert [f"{d.span} {d.message}" for d in read.diagnostics] == []
    assert main(["drift", str(spec), "--openapi", str(document), "--breaking"]) == 0
    assert read.meaning
    [tool] = tools(spec).values()
    inputs = tool.get("inputParameters", [])
    return read.meaning.capability.operations[0], inputs


@pytest.mark.parametrize(
    ("schema", "keys", "style", "kind"),
    [
        (LIST, {}, None, "array"),
        (LIST, {"explode": False}, ir.Style.COMMAS, "array"),
        (LIST, {"style": "spaceDelimited"}, ir.Style.SPACES, "array"),
        (LIST, {"style": "pipeDelimited"}, ir.Style.PIPES, "array"),
        (OBJECT, {"style": "deepObject"}, ir.Style.DEEP, "object"),
        (OBJECT, {"style": "deepObject", "explode": True}, ir.Style.DEEP, "object"),
        (OBJECT, {"explode": False}, ir.Style.COMMAS, "object"),
        (OPEN, {}, ir.Style.MEMBERS, "object"),
        (EITHER, {}, ir.Style.MEMBERS, None),
        (EITHER, {"style": "deepObject"}, ir.Style.DEEP, None),
        ({"type": "string"}, {"explode": False}, None, "string"),
    ],
)
def test_a_parameter_of_the_query_has_its_style(
    schema: object,
    keys: dict[str, Any],
    style: ir.Style | None,
    kind: str | None,
    tmp_path: Path,
) -> None:
    parameter = {"name": "p", "in": "query", "schema": schema, **keys}
    operation, [input_] = import_operation({"parameters": [parameter]}, tmp_path)

    assert dict(operation.styles).get("p") is style
    assert input_["name"] == "p"
    assert input_.get("type") == kind


def test_members_that_a_document_names_are_parameters(tmp_path: Path) -> None:
    parameter = {"name": "p", "in": "query", "schema": OBJECT}
    operation, [input_] = import_operation({"parameters": [parameter]}, tmp_path)

    assert operation.styles == ()
    assert [name for name, _ in operation.query] == ["a"]
    assert input_["type"] == "integer"


@pytest.mark.parametrize("other", ["query", "header", "cookie"])
def test_members_with_the_name_of_another_input_stay_in_an_object(
    tmp_path: Path, other: str
) -> None:
    """None of the two is left out."""
    parameters = [
        {"name": "p", "in": "query", "schema": OBJECT},
        {"name": "a", "in": other, "schema": TEXT},
        {"name": "q", "in": "query", "schema": OBJECT},
    ]
    operation, inputs = import_operation({"parameters": parameters}, tmp_path)

    assert dict(operation.styles) == dict.fromkeys("pq", ir.Style.MEMBERS)
    assert {i["name"]: i["type"] for i in inputs} == {
        **dict.fromkeys("pq", "object"),
        "a": "string",
    }


def test_the_second_of_two_objects_with_equal_members_stays_whole(
    tmp_path: Path,
) -> None:
    parameters = [{"name": n, "in": "query", "schema": OBJECT} for n in "pq"]
    operation, inputs = import_operation({"parameters": parameters}, tmp_path)

    assert dict(operation.styles) == {"q": ir.Style.MEMBERS}
    assert [i["name"] for i in inputs] == ["a", "q"]


FIELDS = {"l": LIST, "o": OBJECT, "e": EITHER, "s": {"type": "string"}}


@pytest.mark.parametrize(
    ("encoding", "styles"),
    [
        ({}, {}),
        ({"o": {"style": "deepObject"}, "s": {}}, {"o": ir.Style.DEEP}),
        ({"e": {"style": "deepObject", "explode": True}}, {"e": ir.Style.DEEP}),
        ({"l": {"explode": False}}, {"l": ir.Style.COMMAS}),
        ({"l": {"explode": True}, "o": {"explode": True}}, {"o": ir.Style.MEMBERS}),
        ({"s": {"style": "deepObject"}}, {}),
    ],
)
@pytest.mark.parametrize(
    "media_type", ["application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_field_of_a_form_has_its_style(
    encoding: dict[str, Any],
    styles: dict[str, ir.Style],
    media_type: str,
    tmp_path: Path,
) -> None:
    media = {"schema": {"properties": FIELDS}, "encoding": encoding}
    body = {"required": True, "content": {media_type: media}}
    operation, inputs = import_operation({"requestBody": body}, tmp_path)

    match operation.body:
        case ir.FormBody(styles=form_styles):
            assert dict(form_styles) == styles
        case ir.MultipartBody(parts=parts):
            own = {
                part.name: part.style
                for part in parts
                if isinstance(part, ir.FieldPart)
            }
            # The members of an object have no parts of their own.
            expected = {k: v for k, v in styles.items() if v is not ir.Style.MEMBERS}
            assert {name: style for name, style in own.items() if style} == expected
        case _:
            pytest.fail(f"{operation.body} is no form")
    kinds = {item["name"]: item.get("type") for item in inputs}
    assert kinds == {"l": "array", "o": "object", "e": None, "s": "string"}


@pytest.mark.parametrize(
    ("collection", "style"),
    [
        (None, ir.Style.COMMAS),
        ("ssv", ir.Style.SPACES),
        ("pipes", ir.Style.PIPES),
        ("multi", None),
    ],
)
@pytest.mark.parametrize("place", ["query", "formData"])
def test_a_list_of_swagger_has_its_format(
    collection: str | None, style: ir.Style | None, place: str, tmp_path: Path
) -> None:
    parameter = {"name": "p", "in": place, **LIST}
    if collection:
        parameter["collectionFormat"] = collection
    operation = {
        "parameters": [parameter],
        "consumes": ["application/x-www-form-urlencoded"],
    }
    head = {"swagger": "2.0", "host": "x.test"}
    request, [input_] = import_operation(operation, tmp_path, **head)

    styles = (
        request.body.styles if isinstance(request.body, ir.FormBody) else request.styles
    )
    assert dict(styles).get("p") is style
    assert input_["type"] == "array"


@pytest.mark.parametrize(
    ("place", "schema", "keys", "style", "kind"),
    [
        ("path", LIST, {}, ir.Style.SIMPLE, "array"),
        ("path", LIST, {"explode": True}, ir.Style.SIMPLE, "array"),
        ("path", OBJECT, {}, ir.Style.SIMPLE, "object"),
        ("path", OBJECT, {"explode": True}, ir.Style.SIMPLE_MEMBERS, "object"),
        ("path", LIST, {"style": "label"}, ir.Style.LABEL, "array"),
        (
            *("path", LIST, {"style": "label", "explode": True}),
            *(ir.Style.LABEL_MEMBERS, "array"),
        ),
        ("path", LIST, {"style": "matrix"}, ir.Style.MATRIX, "array"),
        (
            *("path", OBJECT, {"style": "matrix", "explode": True}),
            *(ir.Style.MATRIX_MEMBERS, "object"),
        ),
        ("path", {"type": "string"}, {}, None, "string"),
        ("path", {"type": "string"}, {"style": "label"}, ir.Style.LABEL, "string"),
        ("path", {"type": "string"}, {"style": "matrix"}, ir.Style.MATRIX, "string"),
        ("header", LIST, {}, ir.Style.SIMPLE, "array"),
        ("header", OBJECT, {"explode": True}, ir.Style.SIMPLE_MEMBERS, "object"),
        ("header", EITHER, {}, ir.Style.SIMPLE, None),
        ("header", {"type": "integer"}, {}, None, "integer"),
    ],
)
def test_a_path_and_a_header_have_their_styles(
    place: str,
    schema: object,
    keys: dict[str, Any],
    style: ir.Style | None,
    kind: str | None,
    tmp_path: Path,
) -> None:
    own = {"name": "p", "in": place, "required": True, "schema": schema, **keys}
    path = "/a/{p}" if place == "path" else "/a"
    operation, [input_] = import_operation({"parameters": [own]}, tmp_path, path=path)

    styles = operation.path_styles if place == "path" else operation.header_styles
    assert dict(styles).get("p") is style
    assert input_.get("type") == kind


@pytest.mark.parametrize("place", ["path", "header"])
def test_a_list_of_swagger_has_commas_in_a_path_and_a_header(
    place: str, tmp_path: Path
) -> None:
    own = {"name": "p", "in": place, "required": True, **LIST}
    path = "/a/{p}" if place == "path" else "/a"
    head = {"swagger": "2.0", "host": "x.test"}
    operation, [input_] = import_operation(
        {"parameters": [own]}, tmp_path, path=path, **head
    )

    styles = operation.path_styles if place == "path" else operation.header_styles
    assert (dict(styles), input_["type"]) == ({"p": ir.Style.SIMPLE}, "array")


def test_reserved_characters_are_allowed(tmp_path: Path) -> None:
    parameters = [
        {"name": "a", "in": "query", "allowReserved": True, "schema": TEXT},
        {"name": "b", "in": "query", "allowReserved": True, "schema": LIST},
        {"name": "c", "in": "query", "allowReserved": False, "schema": TEXT},
        {
            "name": "d",
            "in": "query",
            "allowReserved": True,
            "style": "deepObject",
            "schema": OBJECT,
        },
    ]
    fields = {"x": TEXT, "y": TEXT}
    media = {"schema": {"properties": fields}, "encoding": {"x": RESERVED}}
    content = {"application/x-www-form-urlencoded": media}
    operation = {"parameters": parameters, "requestBody": {"content": content}}
    consumed, _ = import_operation(operation, tmp_path)

    assert consumed.reserved == ("a", "b", "d")
    assert dict(consumed.styles) == {"d": ir.Style.DEEP}
    assert isinstance(consumed.body, ir.FormBody)
    assert consumed.body.reserved == ("x",)


def test_reserved_characters_are_allowed_in_a_path(tmp_path: Path) -> None:
    parameters = [
        {"name": "a", "in": "path", "required": True, **RESERVED, "schema": TEXT},
        {"name": "b", "in": "path", "required": True, **RESERVED, "schema": LIST},
        {"name": "c", "in": "path", "required": True, "schema": TEXT},
    ]
    consumed, _ = import_operation(
        {"parameters": parameters}, tmp_path, "/x/{a}/{b}/{c}"
    )

    styles = {"a": ir.Style.RESERVED, "b": ir.Style.SIMPLE}
    assert dict(consumed.path_styles) == styles


def test_parts_have_headers(tmp_path: Path) -> None:
    headers = {
        "X-Kind": {"schema": {"type": "string", "enum": ["scan"]}},
        "X-Name": {"required": True, "schema": TEXT, "description": "A name."},
        "Content-Type": {"schema": TEXT},
        "no header": {"schema": TEXT},
    }
    media = {
        "schema": {"properties": {"p": TEXT}, "required": ["p"]},
        "encoding": {"p": {"headers": headers}},
    }
    body = {"required": True, "content": {"multipart/form-data": media}}
    operation, inputs = import_operation({"requestBody": body}, tmp_path)

    assert isinstance(operation.body, ir.MultipartBody)
    [part] = operation.body.parts
    (kind, kind_header), (name, value) = part.headers
    assert (kind, kind_header) == ("X-Kind", ir.Constant("scan"))
    assert (name, isinstance(value, ir.Argument)) == ("X-Name", True)
    assert [(parameter["name"], parameter["required"]) for parameter in inputs] == [
        ("p", True),
        ("X-Name", True),
    ]
