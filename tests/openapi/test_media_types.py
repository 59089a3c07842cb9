"""Media types of request bodies: the preferred one, and its bytes or text."""

import json
from pathlib import Path
from typing import Any

import pytest
from written import read, tools

from naftiko_gen import frontend, ir
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options

TEXT = {"type": "string"}
BYTES = {"type": "string", "format": "binary"}
BINARY = "application/octet-stream"
BASE64 = {"type": "string", "format": "byte"}
OBJECT = {"type": "object", "properties": {"a": {}}}


def operation(content: dict[str, Any], directory: Path) -> ir.Operation:
    """Import an operation with such a body; it compiles without a note."""
    body = {"required": True, "content": {k: {"schema": v} for k, v in content.items()}}
    document, spec = directory / "api.json", directory / "spec.yaml"
    paths = {"/a": {"post": {"requestBody": body, "responses": {}}}}
    head = {"openapi": "3.1.0", "info": {"title": "API", "version": "1"}}
    servers = [{"url": "https://x.test"}]
    document.write_text(json.dumps({**head, "servers": servers, "paths": paths}))
    assert main(["import", str(document), "-o", str(spec), "-q"]) == 0
    read = frontend.read(spec, Options(directory, strict=True))
    assert [diagnostic.message for diagnostic in read.diagnostics] == []
    assert read.meaning
    return read.meaning.capability.operations[0]


@pytest.mark.parametrize(
    ("media_type", "schema", "kind", "media_type_sent"),
    [
        ("*/*", BYTES, ir.BytesBody, "application/octet-stream"),
        ("*/*", {}, ir.BytesBody, "application/octet-stream"),
        ("*/*", TEXT, ir.TextBody, "text/plain"),
        ("*/*", OBJECT, ir.Entity, "application/json"),
        ("text/*", TEXT, ir.TextBody, "text/plain"),
        ("image/*", {}, ir.BytesBody, "application/octet-stream"),
        ("application/jwt", TEXT, ir.TextBody, "application/jwt"),
        ("application/jwt", BYTES, ir.BytesBody, "application/jwt"),
        ("application/x-ndjson", TEXT, ir.TextBody, "application/x-ndjson"),
        (BINARY, TEXT, ir.BytesBody, BINARY),
        ("image/png", TEXT, ir.BytesBody, "image/png"),
        ("application/cbor", {}, ir.BytesBody, "application/cbor"),
        ("application/cbor", TEXT, ir.BytesBody, "application/cbor"),
        ("application/x-tar", TEXT, ir.BytesBody, "application/x-tar"),
        ("image/jpeg", BASE64, ir.TextBody, "image/jpeg"),
        ("application/vnd.x+json", OBJECT, ir.Entity, "application/vnd.x+json"),
    ],
)
def test_a_body_is_bytes_text_or_json(
    media_type: str, schema: object, kind: type, media_type_sent: str, tmp_path: Path
) -> None:
    post = operation({media_type: schema}, tmp_path)

    assert isinstance(post.body, kind)
    sent_types = [value for name, value in post.headers if name == "Content-Type"]
    constants = [value for value in sent_types if isinstance(value, ir.Constant)]
    assert constants in ([], [ir.Constant(media_type_sent)])
    assert post.body
    assert constants or post.body.media_type == media_type_sent


@pytest.mark.parametrize(
    ("types", "preference"),
    [
        (
            ["application/json-patch+json", "application/merge-patch+json"],
            "application/merge-patch+json",
        ),
        (["application/json-patch+json", "application/x+json"], "application/x+json"),
        (["application/hal+json", "application/json"], "application/json"),
    ],
)
def test_callers_choose_among_types_of_json(
    types: list[str], preference: str, tmp_path: Path
) -> None:
    post = operation(dict.fromkeys(types, OBJECT), tmp_path)

    assert isinstance(dict(post.headers)["Content-Type"], ir.Argument)
    spec = read(tmp_path / "spec.yaml")
    rest, mcp = spec["capability"]["exposes"]
    [route] = rest["resources"][0]["operations"]
    for unit, place in ((route, "query"), (mcp["tools"][0], None)):
        [input_] = [i for i in unit["inputParameters"] if i["name"] == "content-type"]
        assert (input_["enum"], input_["default"]) == (types, preference)
        assert input_.get("in") == place


def test_json_is_preferred_to_other_types(tmp_path: Path) -> None:
    types = ["application/xml", "application/json"]
    post = operation(dict.fromkeys(types, OBJECT), tmp_path)

    assert isinstance(post.body, ir.ChosenBody)
    assert isinstance(post.body.usual, ir.Entity)


def test_a_body_has_one_of_several_types_if_its_media_types_differ(
    tmp_path: Path,
) -> None:
    steps = {"type": "array", "items": OBJECT}
    types = {"application/json-patch+json": steps, "application/x+json": OBJECT}
    operation(types, tmp_path)

    [tool] = tools(tmp_path / "spec.yaml").values()
    [body] = [p for p in tool["inputParameters"] if p["name"] == "body"]
    assert [alternative["type"] for alternative in body["anyOf"]] == ["array", "object"]
