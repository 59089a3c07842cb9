"""Operations that an import can't write: they are named, and the exit code tells."""

from pathlib import Path
from typing import Any

import pytest
from written import compile_strictly, tools, write_api

from naftiko_gen.cli.main import main

OPERATION: dict[str, Any] = {"responses": {}, "tags": ["t"]}
FORM, FIELDS = "multipart/form-data", "application/x-www-form-urlencoded"
FILE = {"type": "string", "format": "binary"}
TEXTS = {"type": "array", "items": {"type": "string"}}


CONTENTS: list[dict[str, Any]] = [
    {FORM: {}},
    {FORM: {"schema": FILE}},
    {FORM: {"schema": TEXTS}},
    {FIELDS: {"schema": FILE}},
    {FIELDS: {"schema": TEXTS}},
    {},
]
"""Bodies that can't be sent."""


def with_body(content: dict[str, Any]) -> dict[str, Any]:
    """Return a path whose operation has a body."""
    return {"post": {**OPERATION, "requestBody": {"content": content}}}


def importing(
    paths: dict[str, Any], directory: Path, *arguments: str
) -> tuple[int, list[str]]:
    """Import a document; return the exit code, and the names of its tools."""
    document, spec = write_api(directory, paths), directory / "spec.yaml"
    code = main(["import", str(document), "-o", str(spec), "-q", *arguments])
    return code, [*tools(spec)]


@pytest.mark.parametrize(
    ("paths", "title", "why"),
    [
        ({"/a": {"trace": OPERATION}}, "TRACE '/a'", "has no method of the language"),
        ({"/a": {"get": 5}}, "GET '/a'", "isn't a mapping"),
        ({"/a": {"get": {"$ref": "#/no"}}}, "GET '/a'", "isn't a mapping"),
        ({"/a": {"Get": OPERATION, "get": OPERATION}}, "GET '/a'", "is there twice"),
        ({"/a": {"$ref": "no.yaml"}}, "'/a'", "can't be read"),
        ({"/a": "text"}, "'/a'", "can't be read"),
        *(
            (
                {"/a": with_body(content)},
                "POST '/a'",
                "has a body that can't be sent: it declares no",
            )
            for content in CONTENTS
        ),
        ({"//a": {"get": OPERATION}}, "'//a'", "begins with two slashes"),
        ({"/a/../b": {"get": OPERATION}}, "'/a/../b'", "holds a relative segment"),
    ],
)
def test_a_lost_operation_is_named_and_fails_the_import(
    paths: dict[str, Any],
    title: str,
    why: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, tools = importing({**paths, "/b": {"get": OPERATION}}, tmp_path)

    output = capsys.readouterr().err
    assert code == 1
    assert "get-b" in tools
    assert f"left out 1 operation: {title}" in output
    importing({**paths, "/b": {"get": OPERATION}}, tmp_path, "--force")
    assert main(["import", str(tmp_path / "api.json")]) == 1
    assert why in capsys.readouterr().err


def test_operations_that_nobody_selected_are_not_lost(tmp_path: Path) -> None:
    trace = {"trace": {"tags": ["other"]}, "get": OPERATION}

    assert importing({"/a": trace}, tmp_path, "--tag", "t") == (0, ["get-a"])
    assert importing({"/a": trace}, tmp_path, "--force", "--path", "/b") == (
        1,
        ["get-a"],
    )


def test_every_method_of_the_language_is_imported(tmp_path: Path) -> None:
    methods = ("get", "head", "options", "post", "put", "patch", "delete")
    code, tools = importing({"/a": dict.fromkeys(methods, OPERATION)}, tmp_path)

    assert (code, len(tools)) == (0, len(methods))
    capability = compile_strictly(tmp_path / "spec.yaml")
    assert sorted(route.method for route in capability.routes) == sorted(
        map(str.upper, methods)
    )


def test_every_parameter_of_an_operation_is_read(tmp_path: Path) -> None:
    parameters = [{"name": f"p{n}", "in": "query"} for n in range(240)]
    importing({"/a": {"get": {**OPERATION, "parameters": parameters}}}, tmp_path)

    [tool] = tools(tmp_path / "spec.yaml").values()
    assert len(tool["inputParameters"]) == 240
