"""Options of `import` that choose operations and adapters."""

import json
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
import yaml
from written import read

from large_documents import large_document
from naftiko_gen import frontend
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options

OPERATIONS = 16


@pytest.fixture(autouse=True)
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("api.json").write_text(json.dumps(large_document(OPERATIONS)), "utf-8")


def capability(*arguments: str) -> dict[str, Any]:
    """Import the document; the capability must be compilable."""
    command = ["import", "api.json", "-o", "api.yaml", "--force", "-q"]
    assert main([*command, *arguments]) == 0
    assert frontend.read(Path("api.yaml"), Options(Path())).meaning
    document: dict[str, Any] = read(Path("api.yaml"))["capability"]
    return document


def tools(*arguments: str) -> list[str]:
    """Import the document, and return the names of all tools."""
    adapters = capability(*arguments)["exposes"]
    return [tool["name"] for adapter in adapters for tool in adapter.get("tools", ())]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--tag", "orders"], {"get", "put", "delete", "post"}),
        (["--tag", "orders", "--method", "get", "--method", "PUT"], {"get", "put"}),
        (["--tag", "orders", "--read-only"], {"get"}),
        (["--tag", "orders", "--exclude-method", "delete"], {"get", "put", "post"}),
        (
            ["--tag", "orders", "--exclude-operation", "put-orders-0"],
            {"get", "delete", "post"},
        ),
        (
            ["--operation", "put-orders-0", "--operation", "GET /orders/{id}/orders-0"],
            {"get", "put"},
        ),
    ],
)
def test_operations_are_chosen(arguments: list[str], expected: set[str]) -> None:
    assert set(tools(*arguments)) == {f"{verb}-orders-0" for verb in expected}


def test_tags_and_paths_are_excluded() -> None:
    names = tools("--exclude-tag", "orders", "--exclude-path", "/parcels/*")
    assert {name.split("-")[1] for name in names} == {"customers", "invoices"}


@pytest.mark.parametrize("kind", ["mcp", "rest"])
def test_adapters_of_one_kind_expose_the_operations(kind: str) -> None:
    assert [a["type"] for a in capability("--only", kind)["exposes"]] == [kind]


def test_each_tag_has_adapters_of_its_own() -> None:
    exposed = capability("--group-by", "tag")["exposes"]
    servers = {adapter["namespace"]: adapter for adapter in exposed}
    assert len({adapter["port"] for adapter in exposed}) == len(exposed) == 8
    names = [tool["name"] for tool in servers["parcels-mcp"]["tools"]]
    assert sorted(names) == [
        f"{verb}-parcels-0" for verb in ("delete", "get", "post", "put")
    ]
    assert "orders-rest" in servers


def test_a_list_names_tags_methods_and_tokens(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["import", "api.json", "--list", "-o", "none.yaml"]) == 0
    *tags, total = capsys.readouterr().out.splitlines()
    assert sorted(line.split()[0] for line in tags) == [
        "customers",
        "invoices",
        "orders",
        "parcels",
    ]
    assert all("(1 DELETE, 1 GET, 1 POST, 1 PUT)" in line for line in tags)
    assert total.split()[2:4] == ["16", "operations,"]
    assert not Path("none.yaml").exists()
    assert main(["import", "api.json", "-q", "-o", "shop.yaml"]) == 0
    assert main(["tools", "shop.yaml"]) == 0
    server, *_ = capsys.readouterr().out.splitlines()
    assert total.split("operations, ")[1].partition(" (")[0] == server.split(", ")[-1]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--list", "--tag", "orders"], ["delete", "get", "post", "put"]),
        (["--search", "GET- ORDERS-0"], ["get"]),
        (["--list", "--search", "nothing"], []),
    ],
)
def test_operations_of_a_tag_or_with_words_are_listed(
    options: list[str], names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "api.json", *options]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert sorted(row[1:] for row in rows) == [
        [name.upper(), "/orders/{id}/orders-0", f"{name}-orders-0"] for name in names
    ]
    assert all(int(tokens) > 0 for tokens, *_ in rows)


def test_chosen_tools_make_a_short_capability_that_imports_the_document(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("specs").mkdir()
    names = ["get-orders-0", "put-parcels-0"]
    command = ["import", "api.json", "-o", "specs/shop.yaml"]
    assert main([*command, "--tools", *names]) == 0
    advice = "next: naftiko-gen specs/shop.yaml -o generated/ --import-root .\n"
    assert capsys.readouterr().err.endswith(advice)

    content = yaml.safe_load(Path("specs/shop.yaml").read_text("utf-8"))["capability"]
    assert content["consumes"] == [{"openapi": "shop", "location": "../api.json"}]
    (adapter,) = content["exposes"]
    assert [tool["call"] for tool in adapter["tools"]] == [f"shop.{n}" for n in names]
    assert all("inputParameters" not in tool for tool in adapter["tools"])

    reading = frontend.read(
        Path("specs/shop.yaml"), Options(Path(), import_root=Path())
    )
    assert reading.meaning, reading.diagnostics


def compile_tools(location: str = "../api.json") -> int:
    """Compile chosen tools without another option; their document is elsewhere."""
    command = ["import", "api.json", "-q", "-o", "specs/shop.yaml", "--force"]
    assert main([*command, "--tools", "get-orders-0"]) == 0
    spec = Path("specs/shop.yaml")
    spec.write_text(spec.read_text("utf-8").replace("../api.json", location), "utf-8")
    return main(["specs/shop.yaml", "-q", "-o", "out", "--no-cache"])


def test_a_document_of_the_project_needs_no_option(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("specs").mkdir()
    assert compile_tools() == 1
    Path("naftiko-gen.toml").touch()
    command = ["import", "api.json", "-o", "specs/shop.yaml", "--force"]
    assert main([*command, "--tools", "get-orders-0"]) == 0
    advice = "next: naftiko-gen specs/shop.yaml -o generated/\n"
    assert capsys.readouterr().err.endswith(advice)
    assert compile_tools() == 0
    assert main(["specs/shop.yaml", "-q", "-o", "out", "--check"]) == 0


@pytest.mark.parametrize("place", ["../.hidden/api.json", "../../api.json", "../link"])
def test_no_other_file_is_read_for_a_document(place: str) -> None:
    Path("project/specs").mkdir(parents=True)
    Path("project/.hidden").mkdir()
    for copy in ("project/api.json", "project/.hidden/api.json"):
        Path(copy).write_bytes(Path("api.json").read_bytes())
    Path("project/link").symlink_to("../api.json")
    with chdir("project"):
        Path("naftiko-gen.toml").touch()
        assert compile_tools() == 0
        assert compile_tools(place) == 1


def test_chosen_tools_have_the_inputs_of_the_document() -> None:
    command = ["import", "api.json", "-q", "-o", "shop.yaml"]
    assert main([*command, "--tools", "put-parcels-0"]) == 0
    reading = frontend.read(Path("shop.yaml"), Options(Path()))
    assert reading.meaning, reading.diagnostics
    (tool,) = reading.meaning.capability.tools
    assert [source.name for source in tool.inputs][:3] == [
        "id",
        "page",
        "sort_by_name_or_date",
    ]
    assert tool.inputs[0].description


def test_tags_are_those_of_the_chosen_operations() -> None:
    document = large_document(OPERATIONS)
    document["tags"] = [{"name": "orders"}, {"name": "parcels"}]
    Path("api.json").write_text(json.dumps(document), "utf-8")
    command = ["import", "api.json", "-q", "-o", "shop.yaml"]
    assert main([*command, "--tools", "put-parcels-0"]) == 0
    content = yaml.safe_load(Path("shop.yaml").read_text("utf-8"))
    assert content["info"]["tags"] == ["parcels"]


def test_chosen_tools_have_a_chosen_credential() -> None:
    document = large_document(OPERATIONS)
    document.pop("security", None)
    document.pop("components", None)
    Path("api.json").write_text(json.dumps(document), "utf-8")
    command = ["import", "api.json", "-q", "-o", "shop.yaml"]
    tools = ["--tools", "put-parcels-0", "--auth", "apikey:X-Key"]
    assert main([*command, *tools]) == 0
    reading = frontend.read(Path("shop.yaml"), Options(Path()))
    assert reading.meaning, reading.diagnostics
    (tool,) = reading.meaning.capability.tools
    credential = tool.only_call.operation.upstream.credential
    assert credential
    assert [*credential.headers] == ["x-key"]
