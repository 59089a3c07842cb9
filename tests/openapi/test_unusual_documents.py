"""Documents that are unusual: in their names, keys, version, files or source."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from written import HEAD, compile_strictly, repeat_functions, tools, write_api

from naftiko_gen.cli.main import main


def import_document(document: Path, *arguments: str) -> dict[str, Any]:
    """Import a document, which has to compile; return its tools by their names."""
    spec = document.with_name("spec.yaml")
    assert main(["import", str(document), "-o", str(spec), "-q", *arguments]) == 0
    compile_strictly(spec)
    return tools(spec)


def document(directory: Path, operation: object, **more: object) -> Path:
    """Write a document with one operation, `a`."""
    return write_api(directory, {"/a": {"post": operation}}, **more)


def inputs(tool: dict[str, Any]) -> list[str]:
    return [item["name"] for item in tool.get("inputParameters", [])]


def test_a_property_can_be_called_ref(tmp_path: Path) -> None:
    form = {"properties": {"$ref": {"type": "string"}, "b": {"$ref": "#/x-b"}}}
    content = {"application/x-www-form-urlencoded": {"schema": form}}
    body = {"requestBody": {"content": content}, "operationId": "a", "responses": {}}
    tools = import_document(document(tmp_path, body, **{"x-b": {"type": "integer"}}))

    assert inputs(tools["a"]) == ["ref", "b"]
    assert tools["a"]["inputParameters"][1]["type"] == "integer"


def test_an_anchor_is_a_target(tmp_path: Path) -> None:
    parameter = {"name": "p", "in": "query", "schema": {"$ref": "#count"}}
    operation = {"parameters": [parameter], "operationId": "a", "responses": {}}
    schemas = {"schemas": {"Count": {"$anchor": "count", "type": "integer"}}}
    tools = import_document(document(tmp_path, operation, components=schemas))

    assert tools["a"]["inputParameters"][0]["type"] == "integer"


def test_names_that_differ_in_punctuation_are_told_apart(tmp_path: Path) -> None:
    names = ["Date", "Date<", "Date>", "Date>=", "date.", "da-te"]
    parameters = [{"name": name, "in": "query"} for name in names]
    operation = {"parameters": parameters, "operationId": "a", "responses": {}}
    tools = import_document(document(tmp_path, operation))

    assert inputs(tools["a"])[:4] == ["Date", "Date-lt", "Date-gt", "Date-gte"]
    assert len(set(inputs(tools["a"]))) == len(names)
    [operation_] = compile_strictly(tmp_path / "spec.yaml").operations
    assert [name for name, _ in operation_.query] == names


def test_a_field_of_a_form_without_a_name_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names: list[dict[str, object]] = [{"name": 0}, {}]
    fields = [{**name, "in": "formData", "type": "string"} for name in names]
    paths = {"/a": {"post": {"operationId": "a", "parameters": fields}}}
    path = tmp_path / "api.json"
    swagger = {"swagger": "2.0", "info": HEAD["info"], "host": "x.test"}
    path.write_text(json.dumps({**swagger, "schemes": ["https"], "paths": paths}))

    assert main(["import", str(path)]) == 0
    assert "a parameter is left out: it has no name" in capsys.readouterr().err
    assert inputs(import_document(path, "--force")["a"]) == ["0"]


@pytest.mark.parametrize("file", ["api.json", "api.yaml"])
def test_members_with_an_empty_key_are_left_out(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parameter = {"name": "a", "in": "query", "": 1, "schema": {"$ref": "a.json"}}
    schema = {"properties": {"": {"type": "string"}, "b": {"type": "string"}}}
    form = {"application/x-www-form-urlencoded": {"schema": schema}, "": {}}
    operation = {
        "operationId": "act",
        "parameters": [parameter],
        "requestBody": {"content": form},
        "responses": {"": {}, "200": {"description": "OK", "headers": {"": {}}}},
        "": {"": []},
    }
    path = tmp_path / file
    api = {**HEAD, "": "", "paths": {"/a": {"": {}, "post": operation}}}
    dump = json.dumps if file.endswith("json") else yaml.safe_dump
    path.write_text(dump(api))
    (tmp_path / "a.json").write_text('{"type": "string", "": 1}')

    assert main(["import", str(path)]) == 0
    errors = capsys.readouterr().err
    assert inputs(import_document(path)["act"]) == ["a", "b"]
    message = "note[not-carried-over] members with an empty key are left out"
    assert errors.count(message) == 2  # one for each file
    assert f"{tmp_path / 'a.json'}:1:20: {message}" in errors


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_one_of_two_equal_keys_can_be_chosen(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = document(tmp_path, {"operationId": "a", "responses": {}})
    text = path.read_text("utf-8")
    text = text.replace('"operationId"', '"operationId": "b", "operationId"')
    if form == "yaml":
        text = yaml.safe_dump(json.loads(text), indent=2)
        text = text.replace("operationId: a", "operationId: b\n      operationId: a")
    path = tmp_path / f"api.{form}"
    path.write_text(text, "utf-8")

    assert main(["import", str(path)]) == 1
    assert "--duplicate-keys" in capsys.readouterr().err
    assert [*import_document(path, "--duplicate-keys", "last")] == ["a"]
    drift = ["drift", str(tmp_path / "spec.yaml"), "--openapi", str(path)]
    assert main(drift) == 1
    assert main([*drift, "--duplicate-keys", "last"]) == 0
    (tmp_path / "spec.yaml").unlink()
    assert [*import_document(path, "--duplicate-keys", "first")] == ["b"]


def test_a_document_of_version_3_2_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operation = {"operationId": "a", "responses": {}}
    paths = {
        "/a": {
            "get": operation,
            "query": {**operation, "operationId": "q"},
            "additionalOperations": {"COPY": {**operation, "operationId": "c"}},
        }
    }
    path = write_api(tmp_path, paths, openapi="3.2.0")

    assert main(["import", str(path), "-q", "-o", str(tmp_path / "spec.yaml")]) == 1
    assert "left out 2 operations: QUERY '/a', COPY '/a'" in capsys.readouterr().err


def test_a_whole_query_is_spread(tmp_path: Path) -> None:
    form = {"properties": {"b": {"type": "integer"}, "c": {}}, "required": ["b"]}
    content = {"application/x-www-form-urlencoded": {"schema": form}}
    parameters = [{"name": "q", "in": "querystring", "content": content}]
    operation = {"parameters": parameters, "operationId": "a", "responses": {}}
    tools = import_document(document(tmp_path, operation, openapi="3.2.0"))

    assert inputs(tools["a"]) == ["b", "c"]


def test_a_document_can_come_from_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shared_part = {"components": {"parameters": {"P": {"name": "p", "in": "query"}}}}
    (tmp_path / "shared.json").write_text(json.dumps(shared_part), "utf-8")
    parameters = [{"$ref": "shared.json#/components/parameters/P"}]
    path = document(tmp_path, {"parameters": parameters, "responses": {}})
    monkeypatch.chdir(tmp_path)
    stream = io.TextIOWrapper(io.BytesIO(path.read_bytes()))
    monkeypatch.setattr(sys, "stdin", stream)

    assert main(["import", "-"]) == 0

    spec = repeat_functions(yaml.safe_load(capsys.readouterr().out))
    assert inputs(spec["capability"]["exposes"][1]["tools"][0]) == ["p"]


def test_a_document_may_have_any_number_of_files(tmp_path: Path) -> None:
    count = 90
    (tmp_path / "paths").mkdir()
    (tmp_path / "schemas").mkdir()
    paths = {}
    for n in range(count):
        schema = {"$ref": f"../schemas/s{n}.yaml"}
        parameters = [{"name": "p", "in": "query", "schema": schema}]
        item = {
            "get": {"operationId": f"o{n}", "parameters": parameters, "responses": {}}
        }
        (tmp_path / f"paths/p{n}.yaml").write_text(json.dumps(item), "utf-8")
        (tmp_path / f"schemas/s{n}.yaml").write_text("type: integer\n", "utf-8")
        paths[f"/{n}"] = {"$ref": f"paths/p{n}.yaml"}
    tools = import_document(write_api(tmp_path, paths))
    assert len(tools) == count
    kinds = {tool["inputParameters"][0]["type"] for tool in tools.values()}
    assert kinds == {"integer"}


def test_strings_of_json_have_any_characters(tmp_path: Path) -> None:
    operation = {"operationId": "a", "description": "a \x9fb\u200bc", "responses": {}}
    path = document(tmp_path, operation)
    path.write_text(json.dumps(json.loads(path.read_bytes()), ensure_ascii=False))

    assert import_document(path)["a"]["description"] == "a \x9fb\u200bc"
