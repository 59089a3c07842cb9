"""The forms of an imported capability, and options that shorten it or its lists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from naftiko_gen import frontend
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.openapi.read.description import open_description
from naftiko_gen.openapi.write.capability import Wishes, capability

LONG = "actions/remove-self-hosted-runner-from-group-for-org"
SPEC = Path("spec.yaml")
BASE = Path(".spec.yaml.imported")


@pytest.fixture(autouse=True)
def _directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_document(1)


def write_document(count: int, text: str = "Count all things.") -> None:
    """Write a document of some operations, whose parameter has another name."""
    size = {"name": "page[size]", "in": "query", "schema": {"type": "integer"}}
    version = {"enum": ["2"], "type": "string"}
    parameters = [
        size,
        {"name": "sort", "in": "query", "schema": {"type": "string"}},
        {"name": "X-Version", "in": "header", "required": True, "schema": version},
    ]
    operations = {
        f"{LONG}-{n}" if n else LONG: {"description": text, "parameters": parameters}
        for n in range(count)
    }
    paths = {
        f"/{n}": {"get": {"operationId": own_id, "responses": {}, **operation}}
        for n, (own_id, operation) in enumerate(operations.items())
    }
    api = {"openapi": "3.0.0", "info": {"title": "T", "version": "1"}, "paths": paths}
    content = {**api, "servers": [{"url": "https://t.example"}]}
    Path("api.json").write_text(json.dumps(content), "utf-8")


def run(*options: str) -> int:
    return main(["import", "api.json", "-o", "spec.yaml", *options])


def assert_is_kept(*options: str) -> None:
    """A further import changes nothing, and the capability has no notes."""
    before = SPEC.read_bytes()
    assert run(*options) == 0
    assert SPEC.read_bytes() == before
    reading = frontend.read(SPEC, Options(Path(), strict=True))
    assert [diagnostic.message for diagnostic in reading.diagnostics] == []


def test_a_reference_has_the_inputs_of_a_declaration() -> None:
    names = []
    for form in ("--only=mcp", "--reference"):
        assert run(form, "--force") == 0
        reading = frontend.read(SPEC, Options(Path(), strict=True))
        assert [diagnostic.message for diagnostic in reading.diagnostics] == []
        assert reading.meaning
        [tool] = reading.meaning.capability.tools
        names.append([source.name for source in tool.inputs])
    assert names == [["page-size", "sort"]] * 2


def test_a_reference_tells_paths_apart_by_their_variables() -> None:
    paths = {
        path: {"get": {"operationId": own_id, "responses": {}, "parameters": [name]}}
        for own_id, variable in (("byId", "id"), ("byName", "name"))
        for path in [f"/books/{{{variable}}}"]
        for name in [{"name": variable, "in": "path", "required": True}]
    }
    document = json.loads(Path("api.json").read_text("utf-8"))
    Path("api.json").write_text(json.dumps({**document, "paths": paths}), "utf-8")
    assert run("--reference") == 0
    reading = frontend.read(SPEC, Options(Path()))
    assert reading.meaning
    tools = reading.meaning.capability.tools
    assert {(tool.name, tool.inputs[0].name) for tool in tools} == {
        ("by-id", "id"),
        ("by-name", "name"),
    }


def test_a_reference_keeps_names() -> None:
    """Earlier imports had names of up to 64 characters."""
    assert run("--reference", "--rename", f"{LONG}=remove-runner") == 0
    assert "name: remove-runner\n" in SPEC.read_text("utf-8")
    assert_is_kept("--reference")

    long_name, name = (
        LONG.replace("/", "-"),
        "actions-remove-self-hosted-runner-group-org",
    )
    for file in (SPEC, BASE):
        text = file.read_text("utf-8").replace("remove-runner", long_name)
        file.write_text(text.replace(name, long_name), "utf-8")
    assert_is_kept("--reference")


def test_another_form_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    SPEC.write_text(SPEC.read_text("utf-8") + "# Ours.\n", "utf-8")
    assert run("--reference") == 1
    assert "imported without --reference or --tools; --f" in capsys.readouterr().err
    assert run("--reference", "--force") == 0
    SPEC.write_text(SPEC.read_text("utf-8") + "# Ours.\n", "utf-8")
    assert run() == 1
    assert "imported with --reference or --tools; --f" in capsys.readouterr().err


def test_inputs_of_routes_and_tools_stay_there() -> None:
    api = open_description(Path("api.json")).api
    assert api
    text = capability(api, Wishes("api.json", has_functions=False)).text
    SPEC.write_text(text + "# Ours.\n", "utf-8")
    BASE.write_text(text, "utf-8")
    assert_is_kept()


def test_an_edited_function_keeps_its_route_and_tool() -> None:
    write_document(2)
    assert run() == 0
    first, _, rest = SPEC.read_text("utf-8").partition("description: Count all things.")
    SPEC.write_text(f"{first}description: Ours.{rest}", "utf-8")
    document = json.loads(Path("api.json").read_text("utf-8"))
    del document["paths"]["/0"]
    Path("api.json").write_text(json.dumps(document), "utf-8")
    assert run() == 0
    reading = frontend.read(SPEC, Options(Path()))
    assert reading.meaning, reading.diagnostics
    exposed = reading.meaning.capability
    assert len([*exposed.tools]) == len([*exposed.routes]) == 2


def test_the_surface_stays() -> None:
    assert run("--surface", "lean") == 0
    for options, surface in (([], "lean"), (["--surface", "full"], "full")):
        assert run(*options) == 0
        spec = yaml.safe_load(SPEC.read_text("utf-8"))
        assert spec["capability"]["exposes"][1]["surface"] == surface
    assert_is_kept()
    with pytest.raises(SystemExit):
        run("--surface", "lean", "--only", "rest")


def test_a_shorter_form_is_recommended(capsys: pytest.CaptureFixture[str]) -> None:
    write_document(200, "Long. " * 300)
    assert run() == 0
    output = capsys.readouterr().err
    assert "MB; --reference writes a shorter one" in output
    assert "200 tools are more than the 128 that clients take" in output
    assert run("--reference", "--force", "--surface", "lean", "--only", "mcp") == 0
    output = capsys.readouterr().err
    assert "--reference" not in output
    assert "clients" not in output
