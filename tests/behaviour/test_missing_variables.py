"""A start without all of the variables: its messages, and the remaining operations."""

import base64
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import stdio_client
from odd_requests import LEGACY, MODERN, plain, post
from service import Package, Service, compile_spec, environment, running
from tool_results import text

from case_tables import named_table
from notices import plain_text
from recording_upstream import RecordingUpstream
from waiting import PATIENCE

SPEC = Path(__file__).with_name("partial.yaml")
LINES = named_table(__file__, "missing_variables")
CREDENTIAL = "s3cret"
BOOKS = {"BOOKS_TOKEN": CREDENTIAL}
POST = {"POST_USER": "me", "POST_PASSWORD": CREDENTIAL}
VERSION = {"POST_VERSION": "7"}
COMMANDS = [
    *(("serve",), ("serve", "--workers", "2"), ("rest",), ("mcp",), ("mcp", "--stdio"))
]
EVERYTHING = {**BOOKS, **POST, **VERSION}
OFF = "this operation is off: the environment variable BOOKS_TOKEN is not set"
SAID = "library: BOOKS_TOKEN is not set, which turns off list-books, add-book\n"
OTHER_ACCEPT = "text/event-stream, application/json"
"""An order of the media types that the short way of tool calls leaves to the SDK."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Package:
    spec = tmp_path_factory.mktemp("library") / "library.yaml"
    spec.write_bytes(SPEC.read_bytes())
    return compile_spec(spec, spec.parent)


@pytest.fixture(scope="module")
def addresses(address: str) -> dict[str, str]:
    """Return the settings of where the upstreams are: here, all of them."""
    names = ("BOOKS", "POST", "OPEN")
    return {f"{name}_BASE_URI": f"http://{address}/{name.lower()}" for name in names}


def refusal_lines(package: Package, *arguments: str, **env: str) -> list[str]:
    """Return the lines of a start that ends at once."""
    process = package.run(*arguments, **{**package.free_ports(), **env})
    assert process.returncode == 1, process.stderr
    assert process.stdout == ""
    assert CREDENTIAL not in process.stderr
    return process.stderr.splitlines()


# --- all at once ---


@pytest.mark.parametrize("command", COMMANDS)
def test_all_missing_variables_are_listed(
    library: Package, command: tuple[str, ...]
) -> None:
    assert refusal_lines(library, *command) == LINES["all are missing"]


def test_malformed_variables_are_listed_with_the_missing_ones(library: Package) -> None:
    lines = refusal_lines(
        library,
        "serve",
        **POST,
        **VERSION,
        BOOKS_TOKEN=f"{CREDENTIAL} ",
        OPEN_BASE_URI=CREDENTIAL,
        LIBRARY_TIMEOUT=CREDENTIAL,
        LIBRARY_MAX_CONNECTIONS=CREDENTIAL,
        LIBRARY_MCP_PORT=CREDENTIAL,
    )
    assert lines == LINES["some are malformed"]


def test_the_settings_raise_all_at_once(library: Package) -> None:
    process = library.execute(
        "from library import Settings, errors\n"
        "try:\n"
        "    Settings.from_env({'POST_USER': 'me', 'POST_VERSION': '7'})\n"
        "except errors.SettingsError as error:\n"
        "    print(error)\n"
    )
    assert process.stdout.splitlines() == [
        "set the environment variable BOOKS_TOKEN",
        "set the environment variable POST_PASSWORD",
    ]


@pytest.mark.parametrize(("env", "ending"), LINES["endings on a terminal"])
def test_a_terminal_is_told_how_to_start_all_the_same(
    library: Package, env: dict[str, str], ending: str
) -> None:
    settings = {**library.free_ports(), **env}
    lines = library.run("serve", **settings).stderr.splitlines()

    output = said_on_a_terminal(library, settings)

    assert output == [*lines[:-1], f"{lines[-1]}{ending}"]


def said_on_a_terminal(package: Package, env: dict[str, str]) -> list[str]:
    """Return the lines of a start whose standard error is a terminal."""
    ours, theirs = pty.openpty()
    try:
        subprocess.run(
            [sys.executable, "-m", package.module, "serve"],
            cwd=package.project,
            env=environment(env),
            stderr=theirs,
            timeout=PATIENCE,
            check=False,
        )
        return os.read(ours, 10_000).decode().splitlines()
    finally:
        os.close(ours)
        os.close(theirs)


# --- a part of them ---


@pytest.fixture(scope="module", params=["option", "setting"])
def started_partly(
    library: Package, addresses: dict[str, str], request: pytest.FixtureRequest
) -> Iterator[Service]:
    env = {**POST, **VERSION, **addresses}
    is_option = request.param == "option"
    arguments = ("serve", "--partial") if is_option else ("serve",)
    setting = {} if is_option else {"LIBRARY_PARTIAL": "1"}
    with running(library, *arguments, **env, **setting) as service:
        yield service


async def test_routes_without_their_credential_are_off(
    started_partly: Service, upstream: RecordingUpstream
) -> None:
    async with started_partly.client() as client:
        answers = [await client.get("/books"), await client.post("/books")]
        assert [answer.status_code for answer in answers] == [503, 503]
        for answer in answers:
            assert answer.headers["content-type"] == "application/problem+json"
            problem = {"title": "Service Unavailable", "status": 503, "detail": OFF}
            assert answer.json() == problem
        assert upstream.requests == []

        assert (await client.get("/letters")).status_code == 200
        assert (await client.get("/news")).status_code == 200
    targets = [request.target for request in upstream.requests]
    assert targets == ["/post/letters", "/open/news"]
    assert started_partly.output.startswith(SAID)
    assert CREDENTIAL not in started_partly.output


@pytest.mark.parametrize("revision", [LEGACY, MODERN])
@pytest.mark.parametrize("accept", [None, OTHER_ACCEPT])
async def test_tools_without_their_credential_are_errors(
    started_partly: Service,
    upstream: RecordingUpstream,
    revision: str,
    accept: str | None,
) -> None:
    url = started_partly.url("mcp")
    result = await call_tool(url, revision, "list-books", accept)
    assert result["isError"]
    [content] = result["content"]
    assert content["text"] == f"503 Service Unavailable: {OFF}"
    assert upstream.requests == []

    assert not (await call_tool(url, revision, "list-letters", accept))["isError"]
    assert upstream.only.target == "/post/letters"


async def call_tool(url: str, revision: str, tool: str, accept: str | None) -> Any:
    """Call a tool as a client does, or with another `accept`; return the result."""
    draft = plain(revision, tool, {})
    answer = await post(url, draft.with_field("accept", accept) if accept else draft)
    return answer.json()["result"]


async def test_a_part_on_standard_input(
    library: Package, addresses: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "said.txt"
    env = {**POST, **VERSION, **addresses}
    server = library.speaking("mcp", "--stdio", "--partial", **env)
    with file.open("w", encoding="utf-8") as errors:
        async with Client(stdio_client(server, errlog=errors)) as client:
            result = await client.call_tool("list-books", {})
    assert result.is_error
    assert text(result) == f"503 Service Unavailable: {OFF}"
    assert plain_text(file.read_text("utf-8")) == SAID


async def test_every_missing_variable_of_a_credential_is_named(
    library: Package, addresses: dict[str, str], upstream: RecordingUpstream
) -> None:
    env = {**BOOKS, **VERSION, **addresses}
    with running(library, "rest", "--partial", **env) as service:
        url = f"{service.url('rest')}/letters"
        answer = httpx2.get(url, timeout=PATIENCE)
    assert answer.status_code == 503
    assert answer.json()["detail"] == (
        "this operation is off: the environment variables POST_PASSWORD and POST_USER "
        "are not set"
    )
    assert service.output.splitlines()[:2] == [
        "library: POST_USER is not set, which turns off list-letters, count-letters",
        "library: POST_PASSWORD is not set, which turns off "
        "list-letters, count-letters",
    ]
    assert upstream.requests == []


def test_a_start_with_all_variables_says_nothing(library: Package) -> None:
    with running(library, "rest", "--partial", **EVERYTHING) as service:
        pass
    assert "off" not in service.output


@pytest.mark.parametrize(("env", "line"), LINES["others end a partial start"])
def test_other_variables_and_malformed_ones_end_the_start(
    library: Package, env: dict[str, str], line: str
) -> None:
    arguments = () if "LIBRARY_PARTIAL" in env else ("--partial",)
    assert refusal_lines(library, "serve", *arguments, **env) == [line]


def test_a_package_without_credentials_has_no_partial_start(
    library: Package, tmp_path: Path
) -> None:
    document = SPEC.read_text("utf-8")
    start = document.index("  - type: http\n    namespace: books")
    end = document.index("  - type: http\n    namespace: open")
    rest = document.index("  - type: mcp")
    spec_text = document[:start] + document[end:rest]
    for name in ("books", "letters"):
        head, _, tail = spec_text.partition(f"    - name: {name}\n")
        spec_text = head + tail[tail.index("    - name:") :]
    spec = tmp_path / "library.yaml"
    spec.write_text(spec_text, "utf-8")
    package = compile_spec(spec, tmp_path)
    modules = ("client", "__main__")
    directory = package.project / "library"
    sources = [(directory / f"{name}.py").read_text("utf-8") for name in modules]
    assert not any("unset" in source or "PARTIAL" in source for source in sources)
    process = package.run("serve", "--help")
    assert "--partial" not in process.stdout
    assert "--partial" in library.run("serve", "--help").stdout


# --- empty values ---


@pytest.mark.parametrize(("user", "password"), [("key", ""), ("", "key")])
async def test_half_of_a_basic_credential_may_be_empty(
    library: Package,
    addresses: dict[str, str],
    upstream: RecordingUpstream,
    user: str,
    password: str,
) -> None:
    pair = {"POST_USER": user, "POST_PASSWORD": password}
    with running(library, "rest", **BOOKS, **VERSION, **pair, **addresses) as service:
        async with service.client() as client:
            answer = await client.get("/letters")
    assert answer.status_code == 200
    credential = base64.b64encode(f"{user}:{password}".encode()).decode()
    assert upstream.only.field("Authorization") == f"Basic {credential}"


def test_both_halves_of_a_basic_credential_may_not_be_empty(library: Package) -> None:
    pair = {"POST_USER": "", "POST_PASSWORD": ""}
    clause = "(required by list-letters, count-letters)"
    assert refusal_lines(library, "serve", **BOOKS, **VERSION, **pair) == [
        f"library: POST_USER must not be empty if POST_PASSWORD is {clause}",
        f"library: POST_PASSWORD must not be empty if POST_USER is {clause}",
    ]
