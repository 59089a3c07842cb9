"""APIs that other files declare are called as if the document declared them."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from exchanges import Exchange, exchanges
from service import Service, compile_spec, running

from naftiko_gen.cli.main import main
from recording_upstream import RecordingUpstream

FILES = Path(__file__).with_name("imported_apis")
VARIABLES = {"STORE_TOKEN": "a-token", "THE_USERS_KEY": "a-key"}


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a document that imports a file beside it, and one of another directory."""
    root = tmp_path_factory.mktemp("imports") / "root"
    shutil.copytree(FILES, root)
    return root / "shop" / "shop.yaml"


@pytest.fixture(scope="module")
def service(spec: Path, address: str) -> Iterator[Service]:
    root = spec.parents[1]
    package = compile_spec(spec, root / "out", import_root=root)
    where = {
        "BOOKS_BASE_URI": f"http://{address}/books-api",
        "USERS_BASE_URI": f"http://{address}/users-api",
    }
    with running(package, **where, **VARIABLES) as process:
        yield process


@exchanges("imported_apis")
async def test_an_exchange_calls_an_imported_operation(
    exchange: Exchange, service: Service, upstream: RecordingUpstream
) -> None:
    await exchange.check(service, upstream)


def test_a_credential_is_needed_under_the_name_that_its_file_gives(
    spec: Path, service: Service
) -> None:
    package = compile_spec(spec, spec.parents[1] / "again", import_root=spec.parents[1])

    process = package.run("serve", THE_USERS_KEY="a-key")

    assert process.returncode == 1
    assert "STORE_TOKEN" in process.stderr


def test_another_directory_needs_an_import_root(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(spec), "-o", str(tmp_path), "--format", "json"]

    refusal = main(arguments)
    report = json.loads(capsys.readouterr().out)
    status = main([*arguments, "--import-root", str(spec.parents[1])])

    assert (refusal, status) == (1, 0)
    errors = [
        diagnostic
        for diagnostic in report["diagnostics"]
        if diagnostic["severity"] == "error"
    ]
    assert [error["code"] for error in errors] == ["unusable-import"]
