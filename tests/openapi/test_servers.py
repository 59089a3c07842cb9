"""Servers of OpenAPI documents: every operation goes to its own address."""

import json
from pathlib import Path
from typing import Any

import pytest

from naftiko_gen import frontend, ir
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options

Server = dict[str, Any]


def server(url: str, **variables: Any) -> Server:
    return {"url": url, "variables": variables}


def variable(default: str, *choices: str) -> dict[str, Any]:
    return {"default": default, **({"enum": [*choices]} if choices else {})}


OWN = variable("{id}")
"""A variable `id` whose default is its own placeholder."""


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
    document, spec = directory / "api.json", directory / "spec.yaml"
    head = {"openapi": "3.1.0", "info": {"title": "API", "version": "1"}}
    document.write_text(json.dumps({**head, "servers": servers, "paths": paths}))
    assert main(["import", str(document), "-o", str(spec), *arguments]) == code
    read = frontend.read(spec, Options(directory, strict=True))
    assert [f"{d.span} {d.message}" for d in read.diagnostics] == []
    assert read.meaning
    operations = read.meaning.capability.operations
    return {f"/{item.name}": item.upstream for item in operations}


def address(upstream: ir.Upstream) -> str:
    """Return the base URI, with a variable as `{NAME=default|choices}`."""
    return "".join(
        part if isinstance(part, str) else f"{{{_describe(part)}}}"
        for part in upstream.base_uri
    )


def _describe(variable: ir.Variable) -> str:
    return "|".join((f"{variable.name}={variable.default}", *variable.choices))


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        (server("https://x.test/v1"), "https://x.test/v1"),
        (
            server("https://{region}.x.test", region=variable("eu")),
            "https://{API_REGION=eu}.x.test",
        ),
        (
            server("https://x.test/{v}/api", v=variable("v2", "v1", "v2")),
            "https://x.test/{API_V=v2|v1|v2}/api",
        ),
        (
            server("https://x.test:{port}/b", port=variable("8443", "443")),
            "https://x.test:{API_PORT=8443|8443|443}/b",
        ),
        (server("https://x.test/{empty}", empty=variable("")), "https://x.test"),
        (
            server(
                "{scheme}://{host}/api/v3",
                scheme=variable("http", "http", "https"),
                host=variable("HOST"),
            ),
            "{API_SCHEME=http|http|https}://{API_HOST=HOST}/api/v3",
        ),
        (
            server("{scheme}://x.test", scheme=variable("https", "http")),
            "{API_SCHEME=https|https|http}://x.test",
        ),
        (server("{only}://x.test", only=variable("https", "https")), "https://x.test"),
        (server("{base}/api", base=variable("https://x.test")), "https://x.test/api"),
        (server("https://{undeclared}.test"), "https://{API_UNDECLARED=None}.test"),
        (server("https://x.test/{id}/v1", id={}), "https://x.test/{API_ID=None}/v1"),
        (
            server("https://{r}.x.test/organizations/{id}", r=variable("eu"), id=OWN),
            "https://{API_R=eu}.x.test/organizations/{API_ID=None}",
        ),
    ],
)
def test_defaults_of_variables_apply(
    servers: Server, expected: str, tmp_path: Path
) -> None:
    by_path = upstreams([servers], {"/a": []}, tmp_path)
    assert address(by_path["/a"]) == expected


def test_different_defaults_are_never_merged(tmp_path: Path) -> None:
    url = "https://{r}.x.test"
    by_path = upstreams(
        [server(url, r=variable("eu"))],
        {
            "/a": [],
            "/b": [server(url, r=variable("us"))],
            "/c": [server(url, r=variable("us", "us", "ca"))],
            "/d": [server(url, r=variable("eu"))],
        },
        tmp_path,
    )

    texts = {path: address(upstream) for path, upstream in by_path.items()}
    assert texts["/a"] == texts["/d"] == "https://{API_R=eu}.x.test"
    assert by_path["/a"] is by_path["/d"]
    assert texts["/b"].endswith("=us}.x.test")
    assert texts["/c"].endswith("=us|us|ca}.x.test")
    names = {text.partition("=")[0] for text in texts.values()}
    assert len(names) == 3


def test_descriptions_of_variables_make_no_other_settings(tmp_path: Path) -> None:
    url, eu = "https://{region}.x.test", variable("eu", "eu", "us")
    first, second = ({**eu, "description": text} for text in ("The region", "A zone"))
    servers = [server(url, region=first)]
    own = [server(f"{url}/files", region=second)]
    by_path = upstreams(servers, {"/a": servers, "/b": own}, tmp_path)
    bases = {path: address(upstream) for path, upstream in by_path.items()}
    assert bases == {
        "/a": "https://{API_REGION=eu|eu|us}.x.test",
        "/b": "https://{API_REGION=eu|eu|us}.x.test/files",
    }


def test_a_variable_that_is_undeclared_has_no_default_of_another(
    tmp_path: Path,
) -> None:
    servers = [server("https://{region}.x.test", region=variable("eu"))]
    own = [server("https://{region}.y.test")]
    by_path = upstreams(servers, {"/a": servers, "/b": own}, tmp_path)
    assert address(by_path["/a"]) == "https://{API_REGION=eu}.x.test"
    [setting] = [part for part in by_path["/b"].base_uri if not isinstance(part, str)]
    assert (setting.name != "API_REGION", setting.default) == (True, None)


def test_operations_go_to_their_own_servers(tmp_path: Path) -> None:
    by_path = upstreams(
        [server("https://x.test/v1")],
        {
            "/a": [],
            "/b": [server("https://files.test")],
            "/c": [server("/v2")],
            "/d": [server("wss://x.test"), server("https://y.test/")],
        },
        tmp_path,
    )

    assert {path: address(upstream) for path, upstream in by_path.items()} == {
        "/a": "https://x.test/v1",
        "/b": "https://files.test",
        "/c": "https://x.test/v2",
        "/d": "https://y.test",
    }


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


def test_a_fresh_import_has_no_drift(tmp_path: Path) -> None:
    url = "https://{r}.x.test/{v}"
    own = {"/a": [], "/b": [server(url, r=variable("us"), v=variable("v2"))]}
    upstreams([server(url, r=variable("eu"), v=variable("v1"))], own, tmp_path)

    document = str(tmp_path / "api.json")
    assert main(["drift", str(tmp_path / "spec.yaml"), "--openapi", document]) == 0


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


def test_a_variable_that_one_operation_leaves_undeclared_has_words(
    tmp_path: Path,
) -> None:
    by_path = upstreams(
        [server("https://{r}.x.test", r=variable("eu"))],
        {
            "/a": [],
            "/b": [server("https://{r}.files.test")],
            "/c": [server("https://{r}.x.test", r=variable("us"))],
        },
        tmp_path,
    )
    assert {path: address(upstream) for path, upstream in by_path.items()} == {
        "/a": "https://{API_R=eu}.x.test",
        "/b": "https://{API_R_OTHER=None}.files.test",
        "/c": "https://{API_R_US=us}.x.test",
    }
    drift = ["drift", str(tmp_path / "spec.yaml"), "--openapi"]
    assert main([*drift, str(tmp_path / "api.json")]) == 0


def test_a_path_of_the_document_gets_another_route(tmp_path: Path) -> None:
    address = [server("https://x.test")]
    [upstream] = upstreams(address, {"/openapi.json": []}, tmp_path).values()
    assert "path: /openapi.json/openapi-json" in (tmp_path / "spec.yaml").read_text()
    assert upstream.base_uri == ("https://x.test",)
