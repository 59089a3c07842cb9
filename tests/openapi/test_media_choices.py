"""Bodies of several media types: callers choose one of them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from written import tools

from naftiko_gen import frontend, ir
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.emit.client.client import client_view
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.openapi.read.shapes import Shape
from naftiko_gen.tools.drift.body_types import OfferedTypes

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
BYTES = "application/octet-stream"
TEXT = {"type": "string"}
FILE = {"type": "string", "format": "binary"}
PET = {"type": "object", "required": ["name"], "properties": {"name": TEXT}}
PHOTO = {"type": "object", "properties": {"name": TEXT, "photo": FILE}}


def read_back(
    document: dict[str, Any], directory: Path, capsys: pytest.CaptureFixture[str]
) -> ir.Capability:
    """Import a document: the capability compiles, and hasn't drifted."""
    path, spec = directory / "api.json", directory / "spec.yaml"
    path.write_text(json.dumps(document))
    assert main(["import", str(path), "-o", str(spec), "-q"]) == 0
    read = frontend.read(spec, Options(directory, strict=True))
    assert [f"{d.span} {d.message}" for d in read.diagnostics] == []
    capsys.readouterr()
    assert main(["drift", str(spec), "--openapi", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []
    assert read.meaning
    return read.meaning.capability


def import_operation(
    content: dict[str, Any], directory: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[ir.Operation, dict[str, dict[str, Any]]]:
    """Import an operation with such a body; return it, and the inputs of its tool."""
    media = {k: v if "schema" in v else {"schema": v} for k, v in content.items()}
    body = {"required": True, "content": media}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "API", "version": "1"},
        "servers": [{"url": "https://x.test"}],
        "paths": {"/a": {"post": {"requestBody": body, "responses": {}}}},
    }
    capability = read_back(document, directory, capsys)
    [tool] = tools(directory / "spec.yaml").values()
    inputs = {p["name"]: p for p in tool.get("inputParameters", ())}
    if "default" in inputs.get("content-type", {}):
        # Callers of the client need not know of the choice either.
        [coroutine] = client_view(Emission(capability)).operations
        parameters = coroutine.parameters
        required = [p.name for p in parameters if not (p.is_optional or p.default)]
        assert "content_type" not in required
    return capability.operations[0], inputs


def kinds(operation: ir.Operation) -> dict[str, type]:
    """Return the kinds of a body, by media type; the default one is the first."""
    assert isinstance(operation.body, ir.ChosenBody)
    return {kind.media_type: type(kind) for kind in operation.body.kinds}


def test_json_can_be_sent_as_a_form_xml_text_or_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    types = [FORM, JSON, MULTIPART, "application/xml", "text/csv", "image/png"]
    operation, inputs = import_operation(dict.fromkeys(types, PET), tmp_path, capsys)

    assert kinds(operation) == {
        JSON: ir.Entity,
        FORM: ir.FormBody,
        MULTIPART: ir.MultipartObject,
        "application/xml": ir.TextBody,
        "text/csv": ir.TextBody,
        "image/png": ir.BytesBody,
    }
    assert list(inputs) == ["body", "content-type"]
    assert inputs["content-type"]["enum"] == types
    assert inputs["content-type"]["default"] == JSON
    pet, text = inputs["body"]["anyOf"]
    assert (pet["properties"], text) == ({"name": {"required": True, **TEXT}}, TEXT)


@pytest.mark.parametrize(
    ("other", "schema"),
    [(FORM, PET), (MULTIPART, PET), ("text/plain", PET), ("text/yaml", PET)],
)
def test_a_body_of_one_schema_has_one_type(
    other: str,
    schema: dict[str, Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, inputs = import_operation({JSON: PET, other: schema}, tmp_path, capsys)

    assert inputs["body"]["type"] == "object"
    assert inputs["body"]["properties"]["name"]["required"] is True
    assert inputs["content-type"]["enum"] == [JSON, other]


def test_bodies_of_several_schemas_have_one_of_their_types(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    encoding = {"photo": {"contentType": "image/png"}}
    photo = {"schema": PHOTO, "encoding": encoding}
    operation, inputs = import_operation(
        {JSON: PET, MULTIPART: photo}, tmp_path, capsys
    )

    first, second = inputs["body"]["anyOf"]
    assert (list(first["properties"]), list(second["properties"])) == (
        ["name"],
        ["name", "photo"],
    )
    assert isinstance(operation.body, ir.ChosenBody)
    [parts] = operation.body.others
    assert isinstance(parts, ir.MultipartObject)
    about = (ir.Constant("photo"), ir.Constant("image/png"))
    assert parts.listed == (ir.FileMember("photo", *about),)


def test_schemas_that_are_alike_are_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without references, they are no parts of each other."""
    place = {"type": "object", "properties": {"city": TEXT}}
    pet = {**PET, "properties": {"name": TEXT, "place": place}}
    _, inputs = import_operation({JSON: pet, FORM: pet}, tmp_path, capsys)

    assert inputs["body"]["type"] == "object"


def test_whole_schemas_are_not_hashed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their parts are shared: written out, they can be larger than any memory."""

    def refuse(_: Shape) -> int:
        raise AssertionError("a schema is hashed")

    monkeypatch.setattr(Shape, "__hash__", refuse)
    other = {**PET, "required": []}
    _, inputs = import_operation({JSON: PET, "text/yaml": other}, tmp_path, capsys)
    assert len(inputs["body"]["anyOf"]) == 2


def test_yaml_is_a_type_of_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patch, apply = "application/merge-patch+json", "application/apply-patch+yaml"
    operation, inputs = import_operation({apply: PET, patch: PET}, tmp_path, capsys)

    assert isinstance(operation.body, ir.Entity)
    assert inputs["content-type"]["enum"] == [apply, patch]
    assert inputs["content-type"]["default"] == patch


def test_fields_of_a_form_can_be_parts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operation, inputs = import_operation({MULTIPART: PET, FORM: PET}, tmp_path, capsys)

    assert kinds(operation) == {FORM: ir.FormBody, MULTIPART: ir.MultipartBody}
    assert list(inputs) == ["name", "content-type"]
    assert inputs["name"]["required"] is True
    assert inputs["content-type"]["default"] == FORM


def test_files_of_a_multipart_body_are_fields_of_a_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = {"type": "string", "format": "byte"}
    form = {"type": "object", "properties": {"photo": schema, "file": TEXT, "x": TEXT}}
    multipart = {
        "type": "object",
        "required": ["photo", "x"],
        "properties": {"photo": FILE, "file": TEXT, "x": {"type": "integer"}},
    }
    operation, inputs = import_operation(
        {FORM: form, MULTIPART: multipart}, tmp_path, capsys
    )

    assert kinds(operation) == {MULTIPART: ir.MultipartBody, FORM: ir.FormBody}
    assert alternatives(operation) == [(ir.FormBody, FORM)]
    assert isinstance(operation.body, ir.ChosenBody)
    [other] = operation.body.others
    assert isinstance(other, ir.FormBody)
    assert other.base64 == ("photo",)
    assert [p.type for p in other.placeholders[:2]] == [ir.Bytes()] * 2
    about = ["photo-filename", "photo-type", "file-filename", "file-type"]
    assert {*inputs} == {"photo", "file", "x", "content-type", *about}
    assert [a["type"] for a in inputs["x"]["anyOf"]] == ["integer", "string"]
    assert not any(parameter["required"] for parameter in inputs.values())


def test_a_field_is_required_if_all_forms_require_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = {**PET, "properties": {"name": TEXT, "age": TEXT}, "required": ["age"]}
    both = {**other, "required": ["name", "age"]}
    _, inputs = import_operation({FORM: other, MULTIPART: both}, tmp_path, capsys)

    assert (inputs["name"]["required"], inputs["age"]["required"]) == (False, True)


@pytest.mark.parametrize(
    ("types", "usual", "others"),
    [
        ([BYTES, MULTIPART], ir.MultipartObject, [(ir.BytesBody, BYTES)]),
        (["*/*", MULTIPART], ir.MultipartObject, [(ir.TextBody, "*/*")]),
        (
            ["application/xml", FORM, MULTIPART],
            ir.MultipartObject,
            [(ir.FormBody, FORM), (ir.TextBody, "application/xml")],
        ),
        (["text/csv", FORM], ir.FormBody, [(ir.TextBody, "text/csv")]),
    ],
)
def test_beside_texts_and_bytes_a_form_is_an_object(
    types: list[str],
    usual: type,
    others: list[tuple[type, str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    operation, inputs = import_operation(dict.fromkeys(types, PHOTO), tmp_path, capsys)

    assert isinstance(operation.body, ir.ChosenBody)
    assert isinstance(operation.body.usual, usual)
    assert sorted(map(str, alternatives(operation))) == sorted(map(str, others))
    names = {"photo-filename", "photo-type"} if MULTIPART in types else set()
    assert {*inputs} == {"body", "content-type", *names}
    assert inputs["body"]["required"] is True


ENCODED = {
    "encoding": {
        "name": {"style": "deepObject"},
        "tags": {"explode": False, "style": "form"},
        "path": {"allowReserved": True},
    },
    "schema": {
        "type": "object",
        "properties": {
            "name": PET,
            "tags": {"type": "array", "items": TEXT},
            "path": TEXT,
        },
    },
}


def test_members_of_an_object_have_styles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operation, _ = import_operation({JSON: PET, FORM: ENCODED}, tmp_path, capsys)

    assert isinstance(operation.body, ir.ChosenBody)
    [form] = operation.body.others
    assert isinstance(form, ir.FormBody)
    assert dict(form.styles) == {"name": ir.Style.DEEP, "tags": ir.Style.COMMAS}
    assert form.reserved == ("path",)


def test_members_of_an_object_have_types_and_headers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = {"X-Scan": {"schema": TEXT, "required": True}}
    photo = {
        "schema": {**PHOTO, "required": ["photo"]},
        "encoding": {
            "photo": {"contentType": "image/png", "headers": header},
            "name": {"contentType": "text/csv"},
        },
    }
    operation, inputs = import_operation(
        {JSON: PET, MULTIPART: photo}, tmp_path, capsys
    )

    assert isinstance(operation.body, ir.ChosenBody)
    [other] = operation.body.others
    assert isinstance(other, ir.MultipartObject)
    name, file = other.listed
    assert name == ir.FieldMember("name", None, "text/csv")
    assert isinstance(file, ir.FileMember)
    assert file.media_type == ir.Constant("image/png")
    assert [key for key, _ in file.headers] == ["X-Scan"]
    assert {*inputs} == {"body", "X-Scan", "content-type"}
    assert inputs["X-Scan"]["required"] is False


def test_texts_have_several_types(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operation, inputs = import_operation(
        {"text/plain": TEXT, "text/markdown": TEXT}, tmp_path, capsys
    )

    assert isinstance(operation.body, ir.TextBody)
    assert inputs["content-type"]["enum"] == ["text/plain", "text/markdown"]


def test_text_beside_bytes_is_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tar, zip_ = "application/x-tar", "application/zip"
    operation, inputs = import_operation(
        {tar: FILE, "text/plain": TEXT, zip_: {}}, tmp_path, capsys
    )

    assert isinstance(operation.body, ir.BytesBody)
    assert operation.body.media_type == tar
    assert inputs["content-type"]["enum"] == [tar, "text/plain", zip_]


def alternatives(operation: ir.Operation) -> list[tuple[type, str]]:
    """Return the kinds and types of the alternatives, in their order."""
    assert isinstance(operation.body, ir.ChosenBody)
    return [(type(kind), kind.media_type) for kind in operation.body.others]


@pytest.mark.parametrize(
    ("types", "pattern", "default"),
    [
        (
            [JSON, "application/*+json"],
            "^(?:application/json|application/[\\w.+-]+\\+json)$",
            JSON,
        ),
        (["*/*", "image/png"], "^(?:[\\w.+-]+/[\\w.+-]+)$", None),
        (["image/*"], "^(?:image/[\\w.+-]+)$", None),
        (["text/*"], "^(?:text/[\\w.+-]+)$", "text/plain"),
    ],
)
def test_a_type_of_a_range_can_be_chosen(
    types: list[str],
    pattern: str,
    default: str | None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    operation, inputs = import_operation({key: {} for key in types}, tmp_path, capsys)

    assert not isinstance(operation.body, ir.ChosenBody)
    assert inputs["content-type"]["pattern"] == pattern
    assert inputs["content-type"].get("default") == default
    assert types[0] in inputs["content-type"]["description"]


def test_ranges_beside_json_come_last_the_narrowest_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    types = ["*/*", "application/*", "image/*", "image/png", "application/*+xml"]
    content = {**{key: {} for key in types}, JSON: PET, "application/*": PET}
    operation, inputs = import_operation(content, tmp_path, capsys)

    assert alternatives(operation) == [
        (ir.BytesBody, "image/png"),
        (ir.TextBody, "application/*+xml"),
        (ir.TextBody, "application/*"),
        (ir.BytesBody, "image/*"),
        (ir.BytesBody, "*/*"),
    ]
    body = operation.body
    assert isinstance(body, ir.ChosenBody)
    choices = {m: body.kind_of(m).media_type for m in ("image/gif", JSON, "a/b")}
    assert choices == {"image/gif": "image/*", JSON: JSON, "a/b": "*/*"}
    assert inputs["content-type"]["default"] == JSON


def test_a_range_leaves_json_to_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    types = (JSON, "application/yaml", "application/x+json", "text/json")
    content = {**dict.fromkeys(types, PET), "*/*": {}}
    operation, _ = import_operation(content, tmp_path, capsys)

    body = operation.body
    assert isinstance(body, ir.ChosenBody)
    kinds = {name: type(body.kind_of(name)) for name in (*content, "a/b")}
    assert kinds == {
        JSON: ir.Entity,
        "application/yaml": ir.TextBody,
        "application/x+json": ir.Entity,
        "text/json": ir.Entity,
        "*/*": ir.BytesBody,
        "a/b": ir.BytesBody,
    }


def test_a_text_keeps_a_type_that_is_usually_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operation, _ = import_operation(
        {JSON: PET, "application/jwt": TEXT}, tmp_path, capsys
    )

    assert alternatives(operation) == [(ir.TextBody, "application/jwt")]


def test_a_word_that_is_no_type_is_only_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for word in ("examples", "image*/png", "multipart/mixed", "*"):
        operation, inputs = import_operation({JSON: PET, word: PET}, tmp_path, capsys)

        assert isinstance(operation.body, ir.Entity)
        assert "content-type" not in inputs


def test_a_structure_of_any_type_is_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operation, inputs = import_operation({"*/*": PET}, tmp_path, capsys)
    assert isinstance(operation.body, ir.Entity)
    assert inputs["body"]["type"] == "object"


def test_callers_write_the_parts_of_a_mixed_body_and_name_its_boundary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operation, inputs = import_operation({"multipart/mixed": PET}, tmp_path, capsys)

    assert isinstance(operation.body, ir.BytesBody)
    input_ = inputs["content-type"]
    assert re.search(input_["pattern"], "multipart/mixed; boundary=x")
    assert not re.search(input_["pattern"], "multipart/mixed")
    assert (input_.get("required"), "default" in input_) == (True, False)


def test_a_body_whose_only_type_is_none_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "again").mkdir()
    operation, _ = import_operation({"nonsense": TEXT}, tmp_path, capsys)
    assert isinstance(operation.body, ir.TextBody)
    files = [str(tmp_path / "api.json"), "-o", str(tmp_path / "again" / "spec.yaml")]
    assert main(["import", *files]) == 0
    error = capsys.readouterr().err
    assert "'nonsense' is no media type: the body is sent as text/plain" in error


@pytest.mark.parametrize("schema", [FILE, {"type": "array", "items": TEXT}])
@pytest.mark.parametrize("form", [MULTIPART, FORM])
def test_a_form_that_is_no_object_is_left_out(
    form: str,
    schema: dict[str, Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    operation, inputs = import_operation({form: schema}, tmp_path, capsys)
    assert (operation.body, inputs) == (None, {})

    operation, inputs = import_operation(
        {form: schema, "*/*": schema}, tmp_path, capsys
    )
    assert isinstance(operation.body, ir.BytesBody | ir.Entity)
    assert form not in inputs.get("content-type", {}).get("enum", ())


VERSION_1, VERSION_2 = f"{JSON};version=2018-01-01", f"{JSON}; Version=2;charset=utf-8"


def test_versions_of_a_type_can_be_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = {VERSION_1: PET, VERSION_2: PET, "text/csv; a=1": TEXT, "text/csv": TEXT}
    operation, inputs = import_operation(content, tmp_path, capsys)

    media_types = [VERSION_1, f"{JSON};Version=2", "text/csv;a=1", "text/csv"]
    assert inputs["content-type"]["enum"] == media_types
    assert inputs["content-type"]["default"] == VERSION_1
    assert alternatives(operation) == [(ir.TextBody, "text/csv")]


@pytest.mark.parametrize(
    ("media_type", "media_types"),
    [
        (VERSION_1, [VERSION_1]),
        ("text/plain; a=b", ["text/plain;a=b"]),
        (f"{JSON}; charset=utf-8", []),
        (f"{JSON}; {{x}}", []),
    ],
)
def test_a_single_type_has_its_parameters(
    media_type: str,
    media_types: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    operation, inputs = import_operation({media_type: {}}, tmp_path, capsys)

    constants = [v for n, v in operation.headers if n == "Content-Type"]
    assert constants == [ir.Constant(name) for name in media_types]
    assert "content-type" not in inputs


def test_forms_of_swagger_have_both_types(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    field = {"name": "a", "in": "formData", "type": "string"}
    post = {"consumes": [FORM, MULTIPART], "parameters": [field], "responses": {}}
    file = {**post, "parameters": [field, {**field, "name": "f", "type": "file"}]}
    document = {
        "swagger": "2.0",
        "info": {"title": "API", "version": "1"},
        "host": "x.test",
        "paths": {"/a": {"post": post}, "/b": {"post": file}},
    }
    first, second = read_back(document, tmp_path, capsys).operations

    assert list(kinds(first)) == [FORM, MULTIPART]
    assert isinstance(second.body, ir.MultipartBody)


def test_drift_searches_by_no_pattern_of_a_stranger() -> None:
    slow = ir.Matching("^(?:(?:(?:a+)+)+/b)$", "a/b")
    assert not OfferedTypes((), (slow,)).has(f"{'a' * 60}/c")


def test_a_written_pattern_tells_its_types() -> None:
    pattern = r"^(?:image/[\w.+-]+|a/b\.c\+json|multipart/mixed *;.*boundary=.+)$"
    offer = OfferedTypes((), (ir.Matching(pattern, "image/a"),))
    for media_type in ("image/*", "image/png", "a/b.c+json", "multipart/mixed"):
        assert offer.has(media_type)
    assert not offer.has("a/bxc+json")
    assert not offer.has("text/plain")
