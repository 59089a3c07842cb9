"""Pictures, sounds and files of imported APIs are such for tools and for clients."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import httpx2
import pytest
from exchanges import Exchange, exchanges
from service import Package, Service, compile_spec, running

from emitted_tests import outcome
from naftiko_gen.cli.main import main
from recording_upstream import Answer, RecordingUpstream
from waiting import PATIENCE

FILE = {"schema": {"type": "string", "format": "binary"}}
OCTETS = "application/octet-stream"
DOCUMENT = Path(__file__).with_name("files_api.yaml")
TYPES = {
    "picture": ["image/png", OCTETS],
    "photo": ["image/png", OCTETS],
    "any-picture": [OCTETS],
    "sound": ["audio/mpeg", OCTETS],
    "report": ["application/pdf", OCTETS],
    "backup": [OCTETS],
    "drawing": ["image/svg+xml"],
    "note": ["text/plain"],
}
"""The media types in the document of the routes."""
PNG = b"\x89PNG\r\n\x1a\n\0"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Import an API of files."""
    directory = tmp_path_factory.mktemp("files")
    spec = directory / "files.yaml"
    assert main(["import", str(DOCUMENT), "-o", str(spec), "-q"]) == 0
    return compile_spec(spec, directory)


@pytest.fixture(scope="module")
def files(package: Package, address: str) -> Iterator[Service]:
    with running(package, FILES_BASE_URI=f"http://{address}") as service:
        yield service


@exchanges("files")
async def test_an_exchange_keeps_its_contents(
    exchange: Exchange, files: Service, upstream: RecordingUpstream
) -> None:
    await exchange.check(files, upstream)


async def test_routes_have_the_media_types_of_the_document(
    files: Service, upstream: RecordingUpstream
) -> None:
    url = files.url("rest")
    upstream.answer = Answer(PNG, (("Content-Type", "image/png"),))
    async with httpx2.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        picture = await client.get("/picture")
        document = (await client.get("/openapi.json")).json()

    assert (picture.content, picture.headers["Content-Type"]) == (PNG, "image/png")
    media_types = {
        path.removeprefix("/"): item["get"]["responses"]["200"]["content"]
        for path, item in document["paths"].items()
    }
    assert {name: list(content) for name, content in media_types.items()} == TYPES
    assert all(
        content[OCTETS] == FILE for content in media_types.values() if OCTETS in content
    )


async def test_a_generated_client_reads_a_picture(
    files: Service,
    upstream: RecordingUpstream,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document, configuration = tmp_path / "openapi.json", tmp_path / "client.yaml"
    document.write_bytes(
        httpx2.get(f"{files.url('rest')}/openapi.json", timeout=PATIENCE).content
    )
    configuration.write_text("post_hooks: []\n")
    command = [
        *(sys.executable, "-m", "openapi_python_client", "generate", "--meta=none"),
        *(f"--path={document}", f"--config={configuration}"),
        f"--output-path={tmp_path / 'pictures_client'}",
    ]
    await anyio.run_process(command)
    monkeypatch.syspath_prepend(tmp_path)
    root = importlib.import_module("pictures_client")
    upstream.answer = Answer(PNG, (("Content-Type", "image/png"),))

    for name in ("picture", "any_picture", "report", "backup"):
        module = importlib.import_module(f"pictures_client.api.files_rest.{name}")
        async with root.Client(base_url=files.url("rest")) as client:
            response = await module.asyncio_detailed(client=client)
        assert response.parsed.payload.read() == PNG


def test_the_emitted_tests_pass(package: Package) -> None:
    tests = outcome(package.project)
    assert tests.status == 0, tests.output
