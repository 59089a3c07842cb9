"""Pictures, sounds and files of imported APIs are such for tools and for clients."""

import base64
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.types import (
    AudioContent,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    TextContent,
)
from service import Package, Service, compile_spec, running

from emitted_tests import outcome
from naftiko_gen.cli.main import main
from recording_upstream import Answer, RecordingUpstream
from waiting import PATIENCE

FILE = {"schema": {"type": "string", "format": "binary"}}
OCTETS = "application/octet-stream"
CONTENTS: dict[str, dict[str, Any]] = {
    "picture": {"image/png": FILE},
    "photo": {"image/png": {}, "image/jpeg": {}},
    "any-picture": {"image/*": {}},
    "sound": {"audio/mpeg": {}},
    "report": {"application/pdf": FILE},
    "backup": {"application/json": FILE},
    "drawing": {"image/svg+xml": {}},
    "note": {"text/plain": {"schema": {"type": "string"}}},
}
"""The contents of responses, by operations."""
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
    paths = {
        f"/{name}": {
            "get": {
                "operationId": name,
                "responses": {"200": {"description": "A file.", "content": content}},
            }
        }
        for name, content in CONTENTS.items()
    }
    info = {"title": "Files", "version": "1"}
    servers = [{"url": "https://files.test"}]
    api = {"openapi": "3.0.3", "info": info, "servers": servers, "paths": paths}
    document, spec = directory / "api.json", directory / "files.yaml"
    document.write_text(json.dumps(api))
    assert main(["import", str(document), "-o", str(spec), "-q"]) == 0
    return compile_spec(spec, directory)


@pytest.fixture(scope="module")
def files(package: Package, address: str) -> Iterator[Service]:
    with running(package, FILES_BASE_URI=f"http://{address}") as service:
        yield service


async def content_of(files: Service, tool: str) -> ContentBlock:
    async with Client(files.url("mcp")) as client:
        result = await client.call_tool(tool, {})
    assert not result.is_error
    return result.content[-1]


@pytest.mark.parametrize(
    ("tool", "media_type", "body", "expected"),
    [
        ("picture", "image/png", PNG, "image/png"),
        ("picture", "image/webp", b"text", "image/webp"),
        ("picture", OCTETS, PNG, "image/png"),
        ("picture", "image/jpg", PNG, "image/jpeg"),
        ("sound", "audio/mpeg", b"ID3", "audio/mpeg"),
        ("sound", "", PNG, "audio/mpeg"),
        ("note", "image/png", PNG, "image/png"),
    ],
)
async def test_pictures_and_sounds_are_contents_of_their_own(
    files: Service,
    upstream: RecordingUpstream,
    tool: str,
    media_type: str,
    body: bytes,
    expected: str,
) -> None:
    upstream.answer = Answer(body, (("Content-Type", media_type),))
    content = await content_of(files, tool)
    kind = ImageContent if expected.startswith("image") else AudioContent
    assert isinstance(content, kind)
    assert content.mime_type == expected
    assert base64.b64decode(content.data) == body


async def test_other_answers_of_a_picture_are_texts_or_resources(
    files: Service, upstream: RecordingUpstream
) -> None:
    for body, media_type, kind in (
        (b'{"fault": 1}', OCTETS, TextContent),
        (PNG, "image/tiff", EmbeddedResource),
    ):
        upstream.answer = Answer(body, (("Content-Type", media_type),))
        assert isinstance(await content_of(files, "picture"), kind)


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
