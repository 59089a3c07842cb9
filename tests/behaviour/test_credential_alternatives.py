"""Alternatives of a credential: a package starts, and sends the first that is set.

If none is one of them, it calls the API without.
"""

import base64
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from mcp import Client
from service import Package, compile_spec, running
from tool_results import text

from naftiko_gen.cli.main import main
from recording_upstream import Received, RecordingUpstream

CREDENTIAL = "s3cret"
TOKEN = {"LIBRARY_TOKEN": CREDENTIAL}
LOGIN = {"LIBRARY_LOGIN_USERNAME": "ann", "LIBRARY_LOGIN_PASSWORD": CREDENTIAL}
BASIC = base64.b64encode(f"ann:{CREDENTIAL}".encode()).decode()
NEEDED = """\
import os
import library.__main__ as module
module.run_command = lambda program: print(*program.variables_to_set(os.environ))
os.environ.update({!r})
module.main()
"""


def import_library(document: Mapping[str, Any], directory: Path) -> Package:
    """Import a document as `library.yaml`, and compile that spec."""
    document_path, spec = directory / "openapi.json", directory / "library.yaml"
    document_path.write_text(json.dumps(document), "utf-8")
    assert main(["import", str(document_path), "-o", str(spec), "-q"]) == 0
    return compile_spec(spec, directory)


def list_variables(library: Package, env: Mapping[str, str]) -> list[str]:
    """Return the variables that a client's configuration names."""
    process = library.execute(NEEDED.format(env))
    assert process.returncode == 0, process.stderr
    return process.stdout.split()


CHOICE = (
    "LIBRARY_TOKEN, or LIBRARY_LOGIN_USERNAME and LIBRARY_LOGIN_PASSWORD, or "
    "LIBRARY_KEY"
)
ENOUGH = f"one is enough for list-books: {CHOICE}; without any, calls get 503"
OFF = f"this operation is off: set the environment variable {CHOICE}"
KEY = {"LIBRARY_KEY": f"{CREDENTIAL}&more"}
NAMELESS = base64.b64encode(f":{CREDENTIAL}".encode()).decode()
SENT = {
    "token": ("/library/books", f"Bearer {CREDENTIAL}"),
    "login": ("/library/books", f"Basic {BASIC}"),
    "nameless": ("/library/books", f"Basic {NAMELESS}"),
    "key": (f"/library/books?key={CREDENTIAL}%26more", None),
}


API = Path(__file__).with_name("library_api.yaml")
DOCUMENT = yaml.safe_load(API.read_text("utf-8"))
BOOKS = {"/books": DOCUMENT["paths"]["/books"]}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return import_library(DOCUMENT, tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def addresses(address: str) -> dict[str, str]:
    return {
        "LIBRARY_BASE_URI": f"http://{address}/library",
        "LIBRARY_NEWS_EXAMPLE_OPEN_BASE_URI": f"http://{address}/open",
    }


def credential(request: Received) -> tuple[str, str | None]:
    return request.target, request.field("Authorization")


@pytest.mark.parametrize(
    ("env", "header"),
    [
        (TOKEN, "token"),
        (LOGIN, "login"),
        (KEY, "key"),
        ({**TOKEN, **LOGIN, **KEY}, "token"),
        ({**LOGIN, **KEY}, "login"),
        ({"LIBRARY_LOGIN_USERNAME": "ann", **KEY}, "key"),
        ({"LIBRARY_TOKEN": "", **KEY}, "key"),
        ({**LOGIN, "LIBRARY_LOGIN_USERNAME": "", **KEY}, "nameless"),
    ],
)
async def test_the_first_credential_that_is_set_is_sent(
    library: Package,
    addresses: dict[str, str],
    upstream: RecordingUpstream,
    env: dict[str, str],
    header: str,
) -> None:
    with running(library, "rest", **env, **addresses) as service:
        async with service.client() as client:
            answer = await client.get("/books")
    assert answer.status_code == 200
    assert credential(upstream.only) == SENT[header]
    assert " 503" not in service.output
    assert CREDENTIAL not in service.output


@pytest.mark.parametrize(
    ("options", "env"),
    [
        ((), {}),
        ((), {"LIBRARY_LOGIN_USERNAME": "ann"}),
        ((), {"LIBRARY_LOGIN_USERNAME": "", "LIBRARY_LOGIN_PASSWORD": ""}),
        ((), {"LIBRARY_PARTIAL": "1"}),
        (("--partial",), {}),
    ],
)
async def test_without_any_the_operations_are_off_and_name_the_variables(
    library: Package,
    addresses: dict[str, str],
    upstream: RecordingUpstream,
    options: tuple[str, ...],
    env: dict[str, str],
) -> None:
    with running(library, "serve", *options, **env, **addresses) as service:
        async with service.client() as client:
            off = await client.get("/books")
            assert upstream.requests == []
            assert (await client.get("/news")).status_code == 200
        async with Client(service.url("mcp")) as tools:
            result = await tools.call_tool("list-books", {})
    assert off.status_code == 503
    problem = {"title": "Service Unavailable", "status": 503, "detail": OFF}
    assert off.json() == problem
    assert result.is_error
    assert text(result) == f"503 Service Unavailable: {OFF}"
    assert credential(upstream.only) == ("/open/news", None)
    message = f"set {CHOICE}; until then, calls of list-books get 503\n"
    assert service.output.startswith(f"library: no credential is set: {message}")


def test_a_malformed_one_ends_the_start(library: Package) -> None:
    env = {**library.free_ports(), **TOKEN, "LIBRARY_KEY": f" {CREDENTIAL}"}
    process = library.run("serve", **env)
    assert process.returncode == 1
    assert process.stderr == (
        "library: LIBRARY_KEY must be plain ASCII text without outer spaces "
        "(required by list-books)\n"
    )


def test_the_command_and_the_page_name_all_alternatives(library: Package) -> None:
    process = library.run("serve", "--help").stdout
    page = (library.project / "README.md").read_text("utf-8")
    names = [*TOKEN, *LOGIN, *KEY]
    for name in names:
        assert f"| `{name}` | {ENOUGH} |" in page
        [line] = [line for line in process.splitlines() if line.split()[:1] == [name]]
        assert line.endswith(f"({ENOUGH})")
    apis = {
        "LIBRARY_BASE_URI": "the address of the upstream API of list-books",
        "LIBRARY_NEWS_EXAMPLE_OPEN_BASE_URI": "the address of the upstream API of "
        "list-news",
    }
    for name, meaning in apis.items():
        assert re.search(rf"^  {name} +{meaning} \(default: ", process, re.MULTILINE)
        assert re.search(rf"^\| `{name}` \| \S+ \| {meaning} \|$", page, re.MULTILINE)
    exports = [name for name in names if f"$ export {name}=..." in page]
    assert exports == ["LIBRARY_TOKEN"]
    assert "--partial" in process
    assert "--partial" in page
    assert "| `LIBRARY_PARTIAL` |" in page


@pytest.mark.parametrize(
    ("env", "names"),
    [({}, [*TOKEN]), (KEY, [*KEY]), (LOGIN, [*LOGIN]), ({**TOKEN, **KEY}, [*TOKEN])],
)
def test_a_client_is_told_of_one(
    library: Package, env: dict[str, str], names: list[str]
) -> None:
    assert list_variables(library, env) == names


@pytest.mark.parametrize("client", ["cursor", "claude-mcp-add"])
def test_the_other_credentials_are_named_if_none_is_set(
    library: Package, client: str
) -> None:
    arguments = ("mcp-config", "--client", client)
    # The package isn't installed for this interpreter, but lies in a directory.
    code = (
        "import sys\n"
        "import RUNTIME.serving.mcp_setup as configuration\n"
        "configuration._ends_badly = lambda _: False\n"
        "from library.__main__ import main\n"
        f"sys.argv = ['library', *{arguments!r}]\n"
        "main()\n"
    )
    assert library.execute(code).stderr.splitlines()[-1] == (
        "the client needs LIBRARY_TOKEN when it starts; to use LIBRARY_LOGIN_USERNAME "
        "and LIBRARY_LOGIN_PASSWORD or LIBRARY_KEY instead, set it and run this "
        "command again"
    )
    setting = "import os\nos.environ['LIBRARY_KEY'] = 'key'\n"
    note = library.execute(setting + code).stderr.splitlines()[-1]
    assert note == "the client needs LIBRARY_KEY when it starts"


def test_a_document_of_the_same_alternatives_has_not_drifted(
    library: Package, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = library.project.parent
    spec, document = directory / "library.yaml", directory / "openapi.json"
    assert main(["drift", str(spec), "--openapi", str(document)]) == 0
    assert "authentication" not in capsys.readouterr().out

    changed_file = directory / "changed.json"
    fewer = {**DOCUMENT, "security": [{"token": []}, {"key": []}]}
    changed_file.write_text(json.dumps(fewer), "utf-8")
    assert main(["drift", str(spec), "--openapi", str(changed_file)]) == 1
    why = "bearer or query key is required, but the capability sends basic"
    assert why in capsys.readouterr().out


# --- beside an upstream for which one of them is the only credential ---


@pytest.fixture(scope="module")
def mixed_library(tmp_path_factory: pytest.TempPathFactory) -> Package:
    loans = {"operationId": "list-loans", "responses": {}, "security": [{"key": []}]}
    paths = {**BOOKS, "/loans": {"get": loans}}
    document = {**DOCUMENT, "paths": paths}
    return import_library(document, tmp_path_factory.mktemp("mixed"))


def test_a_variable_that_is_needed_elsewhere_is_needed_at_the_start(
    mixed_library: Package,
) -> None:
    process = mixed_library.run("serve", **mixed_library.free_ports(), **TOKEN)
    assert process.returncode == 1
    assert process.stderr == (
        "library: set the environment variable LIBRARY_KEY (required by list-loans)\n"
    )


async def test_the_alternatives_work_without_another_variable_if_the_start_is_partial(
    mixed_library: Package, address: str, upstream: RecordingUpstream
) -> None:
    bases = {
        "LIBRARY_BASE_URI": f"http://{address}/library",
        "LIBRARY_KEY_BASE_URI": f"http://{address}/key",
    }
    with running(mixed_library, "rest", "--partial", **TOKEN, **bases) as service:
        async with service.client() as client:
            assert (await client.get("/loans")).status_code == 503
            assert (await client.get("/books")).status_code == 200
    assert credential(upstream.only) == SENT["token"]
    message = "library: LIBRARY_KEY is not set, which turns off list-loans\n"
    assert service.output.startswith(message)


# --- none of them ---

OPTIONAL_CHOICE = CHOICE.replace("LIBRARY_KEY", "no credential")
OPTIONAL: list[dict[str, list[str]]] = [{"token": []}, {"login": []}, {}]


def with_security(security: list[dict[str, list[str]]]) -> dict[str, Any]:
    return {**DOCUMENT, "security": security, "paths": BOOKS}


@pytest.fixture(scope="module")
def optional_library(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return import_library(with_security(OPTIONAL), tmp_path_factory.mktemp("optional"))


@pytest.mark.parametrize(
    ("env", "header"),
    [
        ({}, None),
        ({"LIBRARY_TOKEN": ""}, None),
        ({"LIBRARY_LOGIN_USERNAME": "ann"}, None),
        (TOKEN, f"Bearer {CREDENTIAL}"),
        (LOGIN, f"Basic {BASIC}"),
    ],
)
async def test_an_optional_credential_is_sent_if_it_is_set(
    optional_library: Package,
    addresses: dict[str, str],
    upstream: RecordingUpstream,
    env: dict[str, str],
    header: str | None,
) -> None:
    with running(optional_library, "rest", **env, **addresses) as service:
        async with service.client() as client:
            assert (await client.get("/books")).status_code == 200
    assert credential(upstream.only) == ("/library/books", header)
    words = ("credential", "off", CREDENTIAL)
    assert not any(word in service.output for word in words)


def test_the_command_and_the_page_name_optional_credentials(
    optional_library: Package,
) -> None:
    process = optional_library.run("serve", "--help").stdout
    page = (optional_library.project / "README.md").read_text("utf-8")
    meaning = f"optional for every operation: {OPTIONAL_CHOICE}"
    for name in (*TOKEN, *LOGIN):
        assert f"| `{name}` | {meaning} |" in page
        [line] = [line for line in process.splitlines() if line.split()[:1] == [name]]
        assert line.endswith(f"({meaning})")
    assert "$ export" not in page
    assert "--partial" in process
    assert "--partial" in page


def test_an_api_that_asks_for_a_credential_has_drifted(
    optional_library: Package, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = optional_library.project.parent / "library.yaml"
    for security, status, why in (
        (OPTIONAL, 0, ""),
        (OPTIONAL[:-1], 1, "bearer or basic is required, but the capability sends"),
    ):
        document = spec.parent / "changed.json"
        document.write_text(json.dumps(with_security(security)), "utf-8")
        assert main(["drift", str(spec), "--openapi", str(document)]) == status
        output = capsys.readouterr().out
        assert why in output
        assert status or "authentication" not in output


def test_none_is_the_last_alternative_that_is_explained(
    optional_library: Package, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = optional_library.project.parent / "library.yaml"
    assert main(["explain", str(spec), "--json"]) == 0
    [explanation] = json.loads(capsys.readouterr().out)["specs"]
    [upstream] = explanation["upstreams"]
    none = {"kind": "none", "sent": [], "variables": []}
    assert none.items() <= upstream["credential"]["alternatives"][-1].items()
    assert main(["explain", str(spec)]) == 0
    output = " ".join(capsys.readouterr().out.split())
    assert "$LIBRARY_LOGIN_PASSWORD, or none" in output
