"""Bodies of several media types, beyond those of `documents/bodies.yaml`."""

from pathlib import Path

import pytest
from written import compile_strictly, tools, write_api

from naftiko_gen import ir
from naftiko_gen.cli.main import main
from naftiko_gen.emit.client.client import client_view
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.openapi.read.shapes import Shape
from naftiko_gen.tools.drift.body_types import OfferedTypes

BODIES = Path(__file__).parent / "documents/bodies.yaml"
JSON = "application/json"


@pytest.fixture
def capability(tmp_path: Path) -> ir.Capability:
    spec = tmp_path / "spec.yaml"
    assert main(["import", str(BODIES), "-o", str(spec), "-q"]) == 0
    return compile_strictly(spec)


def test_callers_of_the_client_need_neither_choose_a_type_nor_name_a_file(
    capability: ir.Capability,
) -> None:
    required = {
        coroutine.name
        for coroutine in client_view(Emission(capability)).operations
        for parameter in coroutine.parameters
        if parameter.name.endswith(("_filename", "_type"))
        and not (parameter.is_optional or parameter.default)
    }
    # Its type names the boundary of the parts.
    assert required == {"mixed"}


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        (
            "ranges-beside-json",
            {"image/gif": "image/*", JSON: JSON, "a/b": "*/*"},
        ),
        (
            "json-beside-range",
            {"application/x+json": JSON, "text/json": JSON, "a/b": "*/*"},
        ),
    ],
)
def test_the_narrowest_range_has_a_type(
    name: str, choices: dict[str, str], capability: ir.Capability
) -> None:
    [body] = [item.body for item in capability.operations if item.name == name]
    assert isinstance(body, ir.ChosenBody)
    assert {key: body.kind_of(key).media_type for key in choices} == choices


def test_whole_schemas_are_not_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their parts are shared: written out, they can be larger than any memory."""

    def refuse(_: Shape) -> int:
        raise AssertionError("a schema is hashed")

    monkeypatch.setattr(Shape, "__hash__", refuse)
    pet = {"type": "object", "properties": {"name": {"type": "string"}}}
    other = {**pet, "required": ["name"]}
    content = {JSON: {"schema": pet}, "text/yaml": {"schema": other}}
    paths = {"/a": {"post": {"requestBody": {"content": content}, "responses": {}}}}
    document, spec = write_api(tmp_path, paths), tmp_path / "spec.yaml"
    assert main(["import", str(document), "-o", str(spec), "-q"]) == 0
    [tool] = tools(spec).values()
    assert len(tool["inputParameters"][0]["anyOf"]) == 2


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
