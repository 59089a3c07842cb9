"""Multipart bodies of imported APIs: names and types of files, types of fields."""

import json
from pathlib import Path
from typing import Any

import pytest
from written import tools

from naftiko_gen import frontend, ir
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.emit.client.client import client_view
from naftiko_gen.emit.package.emission import Emission

FILE = {"type": "string", "format": "binary"}


def import_parts(
    schema: dict[str, Any], encoding: dict[str, Any], directory: Path
) -> tuple[tuple[ir.Part, ...], dict[str, Any]]:
    """Import an operation with such parts; return them, and the tool's inputs."""
    document, spec = directory / "api.json", directory / "spec.yaml"
    media = {"schema": {"properties": schema}, "encoding": encoding}
    body = {"required": True, "content": {"multipart/form-data": media}}
    api = {
        "openapi": "3.0.3",
        "info": {"title": "API", "version": "1"},
        "servers": [{"url": "https://x.test"}],
        "paths": {"/a": {"post": {"responses": {}, "requestBody": body}}},
    }
    document.write_text(json.dumps(api))
    assert main(["import", str(document), "-o", str(spec), "-q"]) == 0
    read = frontend.read(spec, Options(directory, strict=True))
    assert [f"{d.span} {d.message}" for d in read.diagnostics] == []
    assert main(["drift", str(spec), "--openapi", str(document), "--breaking"]) == 0
    assert read.meaning
    [tool] = tools(spec).values()
    capability = read.meaning.capability
    [coroutine] = client_view(Emission(capability)).operations
    # Callers of the client need not name a file either.
    parameters = coroutine.parameters
    required = [p.name for p in parameters if not (p.is_optional or p.default)]
    assert not any(name.endswith(("_filename", "_type")) for name in required)
    form = capability.operations[0].body
    assert isinstance(form, ir.MultipartBody)
    return form.parts, {item["name"]: item for item in tool["inputParameters"]}


@pytest.mark.parametrize(
    ("content_type", "usual", "choices"),
    [
        ("image/png", None, None),
        ("image/*", "application/octet-stream", None),
        (None, "application/octet-stream", None),
        ("image/png, image/jpeg", "image/png", ["image/png", "image/jpeg"]),
        ("image/png, image/*", "image/png", None),
    ],
)
def test_callers_choose_the_name_and_the_type_of_a_file(
    content_type: str | None,
    usual: str | None,
    choices: list[str] | None,
    tmp_path: Path,
) -> None:
    encoding = {"f": {"contentType": content_type}} if content_type else {}
    [part], inputs = import_parts({"f": FILE}, encoding, tmp_path)

    assert isinstance(part, ir.FilePart)
    assert isinstance(part.filename, ir.Argument)
    assert inputs["f-filename"]["default"] == "f"
    assert not inputs["f-filename"]["required"]
    kind = inputs.get("f-type", {})
    assert (kind.get("default"), kind.get("enum")) == (usual, choices)
    if usual is None:
        assert part.media_type == ir.Constant(content_type)


def test_several_files_of_a_part_have_its_name(tmp_path: Path) -> None:
    [part], inputs = import_parts({"f": {"type": "array", "items": FILE}}, {}, tmp_path)

    assert isinstance(part, ir.FilePart)
    assert [*inputs] == ["f"]


@pytest.mark.parametrize(
    ("schema", "content_type", "type_"),
    [
        ({"type": "object", "properties": {"a": {}}}, None, "application/json"),
        ({"type": "string"}, "text/csv", "text/csv"),
        ({"type": "string"}, "text/plain", None),
        ({"type": "integer"}, None, None),
        ({"type": "array", "items": {"type": "string"}}, None, None),
    ],
)
def test_a_field_has_its_type(
    schema: object, content_type: str | None, type_: str | None, tmp_path: Path
) -> None:
    encoding = {"f": {"contentType": content_type}} if content_type else {}
    [part], _ = import_parts({"f": schema}, encoding, tmp_path)

    assert isinstance(part, ir.FieldPart)
    assert part.media_type == type_


def test_a_text_called_file_is_a_file(tmp_path: Path) -> None:
    text = {"type": "string"}
    parts, inputs = import_parts({"file": text, "profile": text}, {}, tmp_path)

    assert [type(part) for part in parts] == [ir.FilePart, ir.FieldPart]
    assert "file-filename" in inputs
