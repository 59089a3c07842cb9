"""Servers of OpenAPI documents: every operation goes to its own address."""

from pathlib import Path
from typing import Any

import pytest
from written import compile_strictly, write_api

from naftiko_gen import ir
from naftiko_gen.cli.main import main

Server = dict[str, Any]


def server(url: str, **variables: Any) -> Server:
    return {"url": url, "variables": variables}


def variable(default: str, *choices: str) -> dict[str, Any]:
    return {"default": default, **({"enum": [*choices]} if choices else {})}


def upstreams(
    servers: list[Server],
    own: dict[str, list[Server]],
    directory: Path,
    *arguments: str,
    code: int = 0,
) -> dict[str, ir.Upstream]:
    """Import an API; return the upstream of each of its operations `/a`, `/b`, …"""
    paths = {
        path: {"get": {"operationId": path, "servers": addresses, "responses": {}}}
        for path, addresses in own.items()
    }
    document, spec = (
        write_api(directory, paths, servers=servers),
        directory / "spec.yaml",
    )
    assert main(["import", str(document), "-o", str(spec), *arguments]) == code
    return {f"/{o.name}": o.upstream for o in compile_strictly(spec).operations}


def address(upstream: ir.Upstream) -> str:
    """Return the base URI, with a variable as `{NAME=default|choices}`."""
    return "".join(
        part if isinstance(part, str) else f"{{{_describe(part)}}}"
        for part in upstream.base_uri
    )


def _describe(variable: ir.Variable) -> str:
    return "|".join((f"{variable.name}={variable.default}", *variable.choices))


def test_an_operation_without_a_usable_server_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = {"/a": [], "/b": [server("wss://x.test")]}
    by_path = upstreams([server("https://x.test")], own, tmp_path, code=1)

    assert [*by_path] == ["/a"]
    assert "left out 1 operation: GET '/b'" in capsys.readouterr().err


def test_another_address_is_only_of_the_own_servers_of_an_api(tmp_path: Path) -> None:
    url = "https://x.test/v1"
    own = {"/a": [], "/b": [server(url)], "/c": [server("https://y.test")]}
    by_path = upstreams(
        [server(url)], own, tmp_path, "--base-uri", "http://localhost:1"
    )

    texts = {path: address(upstream) for path, upstream in by_path.items()}
    assert texts["/a"] == texts["/b"] == "http://localhost:1"
    assert texts["/c"] == "https://y.test"


@pytest.mark.parametrize(
    ("first", "reason"),
    [("/v1", "has no host"), ("wss://x.test", "is no address of an HTTP API")],
)
def test_a_first_server_without_requests_is_named(
    first: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = server("https://x.test/{v}", v=variable("v2"))
    by_path = upstreams([server(first), second], {"/a": []}, tmp_path)
    assert address(by_path["/a"]) == "https://x.test/{API_V=v2}"
    note = f"the first server, '{first}', {reason}: requests go to https://x.test/v2;"
    assert note in capsys.readouterr().err


def test_an_address_of_the_user_needs_no_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    servers = [server("/v1"), server("https://x.test")]
    upstreams(servers, {"/a": []}, tmp_path, "--base-uri", "https://y.test")
    assert "not-carried-over" not in capsys.readouterr().err


def test_a_path_of_the_document_gets_another_route(tmp_path: Path) -> None:
    address = [server("https://x.test")]
    [upstream] = upstreams(address, {"/openapi.json": []}, tmp_path).values()
    assert "path: /openapi.json/openapi-json" in (tmp_path / "spec.yaml").read_text()
    assert upstream.base_uri == ("https://x.test",)
