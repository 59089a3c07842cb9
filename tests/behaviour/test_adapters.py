"""Which adapters a document has is which commands its package has."""

import json
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
import yaml
from mcp import Client
from service import Package, compile_text, running
from tool_results import text

from recording_upstream import RecordingUpstream
from waiting import PATIENCE

DOCUMENT = Path(__file__).with_name("adapters.yaml").read_text("utf-8")
HOST = {"API_HOST": "things.example.com"}


def spec_with(*namespaces: str) -> str:
    """Return the document with only these adapters."""
    spec = yaml.safe_load(DOCUMENT)
    exposes = spec["capability"]["exposes"]
    adapters = {adapter["namespace"]: adapter for adapter in exposes}
    spec["capability"]["exposes"] = [adapters[name] for name in namespaces]
    return yaml.safe_dump(spec, sort_keys=False)


def compile_adapters(directory: Path, *namespaces: str) -> Package:
    return compile_text(spec_with(*namespaces), directory)


async def test_a_package_with_only_a_rest_adapter(
    tmp_path: Path, address: str, upstream: RecordingUpstream
) -> None:
    package = compile_adapters(tmp_path, "things-rest")
    with running(package, API_HOST=address) as service:
        async with service.client() as client:
            assert (await client.get("/things")).content == b"{}"
    assert upstream.only.target == "/v1/things"
    assert package.run("mcp", **HOST).returncode == 2
    assert package.run("mcp-config", "--client", "cursor").returncode == 2


async def test_a_package_with_only_an_mcp_adapter(tmp_path: Path, address: str) -> None:
    package = compile_adapters(tmp_path, "things-mcp")
    with running(package, API_HOST=address) as service:
        async with Client(service.url("mcp"), mode="2026-07-28") as client:
            assert text(await client.call_tool("things", {})) == "{}"
    assert package.run("rest", **HOST).returncode == 2


def test_a_package_with_only_a_rest_adapter_needs_no_mcp(tmp_path: Path) -> None:
    # A fork would have imported the SDK.
    package = replace(compile_adapters(tmp_path, "things-rest"), is_forked=False)
    process = package.execute(
        "import sys\n"
        "sys.modules['mcp'] = None\n"
        "import things.rest, things.__main__\n"
        "print('imported')\n"
    )
    assert process.stdout == "imported\n", process.stderr


def test_rest_beside_mcp_does_not_import_mcp(cold: Package) -> None:
    process = cold.execute(
        "import sys\n"
        "import training_runs.rest, training_runs.__main__\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'mcp'])\n"
    )
    assert process.stdout == "[]\n", process.stderr


@pytest.mark.parametrize("arguments", [["mcp"], ["mcp", "--stdio"]])
async def test_an_adapter_without_a_port(
    tmp_path: Path, address: str, upstream: RecordingUpstream, arguments: list[str]
) -> None:
    package = compile_adapters(tmp_path, "things-stdio")
    server = package.speaking(*arguments, API_HOST=address)
    async with Client(server, mode="2026-07-28") as client:
        assert not (await client.call_tool("things", {})).is_error
    assert upstream.only.target == "/v1/things"
    process = package.run("serve", **HOST)
    assert process.returncode == 1
    [line] = process.stderr.splitlines()
    assert "mcp --stdio" in line


def test_two_rest_adapters_have_their_own_ports_and_routes(tmp_path: Path) -> None:
    package = compile_adapters(tmp_path, "things-rest", "things-admin")
    with running(package, "serve", "--mock") as service:
        public, admin = service.url("rest"), service.url("admin")
        statuses = [
            httpx2.get(root + path, timeout=PATIENCE).status_code
            for root in (public, admin)
            for path in ("/things", "/all")
        ]
    assert statuses == [200, 404, 404, 200]
    for namespace in ("things-rest", "things-admin"):
        with running(package, "rest", namespace, **HOST) as service:
            assert list(service.urls) == [namespace]


def test_the_manifest_tells_tools_of_one_name_apart(tmp_path: Path) -> None:
    package = compile_adapters(tmp_path, "things-mcp", "other-mcp")
    manifest = json.loads((package.project / ".naftiko-gen.json").read_text("utf-8"))
    assert [*manifest["tools"]] == ["things-mcp/things", "other-mcp/things", "more"]


def test_a_variable_of_the_base_uri_is_needed(tmp_path: Path) -> None:
    package = compile_adapters(tmp_path, "things-rest")
    process = package.run("serve", **package.free_ports())
    assert process.returncode == 1
    assert process.stderr == (
        "things: set the environment variable API_HOST (required by every operation)\n"
    )
    process = package.run("serve", **package.free_ports(), API_HOST="s3cret host")
    assert process.returncode == 1
    [line] = process.stderr.splitlines()
    assert "API_HOST" in line
    assert "s3cret" not in line
