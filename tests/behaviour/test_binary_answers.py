"""Binary answers: bytes with a media type and a limit, over REST and MCP."""

import base64
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from exchanges import ERAS, Exchange, exchanges
from mcp import Client, MCPError
from mcp.types import BlobResourceContents
from service import Service

from recording_upstream import Answer, RecordingUpstream

SPEC = Path(__file__).with_name("photos.yaml")
KIBIBYTE = 1024


@pytest.fixture(params=ERAS)
async def client(
    service: Service, request: pytest.FixtureRequest
) -> AsyncIterator[Client]:
    async with Client(service.url("mcp"), mode=request.param) as client:
        yield client


@exchanges("photos")
async def test_an_exchange_has_its_bytes(
    exchange: Exchange, service: Service, upstream: RecordingUpstream
) -> None:
    await exchange.check(service, upstream)


async def test_a_compressed_answer_counts_as_it_is_read(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    archive = gzip.compress(bytes(2 * KIBIBYTE))
    fields = (("Content-Type", "x/y"), ("Content-Encoding", "gzip"))
    upstream.answer = Answer(archive, fields)
    response = await rest.get("/photo")
    assert (len(archive) < KIBIBYTE, response.status_code) == (True, 502)


async def test_a_resource_has_a_limit(
    client: Client, upstream: RecordingUpstream
) -> None:
    upstream.answer = Answer(bytes(KIBIBYTE + 1))
    with pytest.raises(MCPError, match="more than 1 KiB"):
        await client.read_resource("photos://photo")


@pytest.mark.parametrize(
    ("uri", "media_type"),
    [("photos://photo", "image/jpeg"), ("photos://any", "text/plain")],
)
async def test_a_resource_is_bytes(
    client: Client, upstream: RecordingUpstream, uri: str, media_type: str
) -> None:
    upstream.answer = Answer(b"text", (("Content-Type", "text/plain"),))
    [content] = (await client.read_resource(uri)).contents
    assert isinstance(content, BlobResourceContents)
    assert content.mime_type == media_type
    assert base64.b64decode(content.blob) == b"text"


async def test_resources_are_listed_with_their_media_types(client: Client) -> None:
    resources = (await client.list_resources()).resources
    assert [(resource.uri, resource.mime_type) for resource in resources] == [
        ("photos://photo", "image/jpeg"),
        ("photos://any", None),
        ("photos://notes", "text/markdown; charset=utf-8"),
    ]


async def test_the_document_has_bytes(rest: httpx2.AsyncClient) -> None:
    paths = (await rest.get("/openapi.json")).json()["paths"]
    contents = {
        path: item["get"]["responses"]["200"]["content"] for path, item in paths.items()
    }
    schema = {"schema": {"type": "string", "format": "binary"}}
    assert contents["/photo"] == {"image/jpeg": schema}
    assert contents["/thumbnail"] == {"image/webp": schema}
    assert contents["/any"] == {"application/octet-stream": schema}
    assert contents["/notes"] == {
        "text/markdown; charset=utf-8": {"schema": {"type": "string"}}
    }
