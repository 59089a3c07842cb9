"""Optional credentials: a package starts without them, and calls the API without."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from imported_library import BASIC, CREDENTIAL, LOGIN, TOKEN, import_library
from service import Package, running

from naftiko_gen.cli.main import main
from recording_upstream import RecordingUpstream
from waiting import PATIENCE

pytestmark = pytest.mark.anyio

CHOICE = (
    "LIBRARY_TOKEN, or LIBRARY_LOGIN_USERNAME and LIBRARY_LOGIN_PASSWORD, or "
    "no credential"
)
OPTIONAL: list[dict[str, list[str]]] = [{"token": []}, {"login": []}, {}]
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Library", "version": "1.0.0"},
    "servers": [{"url": "https://library.example"}],
    "security": OPTIONAL,
    "paths": {"/books": {"get": {"operationId": "list-books", "responses": {}}}},
    "components": {
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer"},
            "login": {"type": "http", "scheme": "basic"},
        }
    },
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return import_library(DOCUMENT, tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def spec(library: Package) -> Path:
    return library.project.parent / "library.yaml"


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
async def test_a_credential_is_sent_if_it_is_set(
    library: Package,
    address: str,
    upstream: RecordingUpstream,
    env: dict[str, str],
    header: str | None,
) -> None:
    base = f"http://{address}/library"
    with running(library, "rest", LIBRARY_BASE_URI=base, **env) as service:
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            answer = await client.get(f"{service.url('rest')}/books")
    assert answer.status_code == 200
    assert upstream.only.target == "/library/books"
    assert upstream.only.field("Authorization") == header
    assert "credential" not in service.output
    assert "off" not in service.output
    assert CREDENTIAL not in service.output


def test_the_command_and_the_page_name_optional_credentials(library: Package) -> None:
    process = library.run("serve", "--help").stdout
    page = (library.project / "README.md").read_text("utf-8")
    for name in (*TOKEN, *LOGIN):
        assert f"| `{name}` | optional for every operation: {CHOICE} |" in page
        [line] = [line for line in process.splitlines() if line.split()[:1] == [name]]
        assert line.endswith(f"(optional for every operation: {CHOICE})")
    assert "$ export" not in page
    assert "--partial" in process
    assert "--partial" in page


def find_drift(spec: Path, security: list[dict[str, list[str]]]) -> int:
    document = spec.parent / "changed.json"
    document.write_text(json.dumps({**DOCUMENT, "security": security}), "utf-8")
    return main(["drift", str(spec), "--openapi", str(document)])


def test_an_api_that_asks_for_a_credential_has_drifted(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert find_drift(spec, OPTIONAL) == 0
    assert "authentication" not in capsys.readouterr().out

    assert find_drift(spec, OPTIONAL[:-1]) == 1
    why = "bearer or basic is required, but the capability sends nothing"
    assert why in capsys.readouterr().out


def test_none_is_the_last_alternative_that_is_explained(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(spec), "--json"]) == 0
    [explanation] = json.loads(capsys.readouterr().out)["specs"]
    [upstream] = explanation["upstreams"]
    none = {"kind": "none", "sent": [], "variables": []}
    assert none.items() <= upstream["credential"]["alternatives"][-1].items()

    assert main(["explain", str(spec)]) == 0
    assert "$LIBRARY_LOGIN_PASSWORD, or none" in " ".join(
        capsys.readouterr().out.split()
    )
