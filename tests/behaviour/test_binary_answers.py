"""Binary answers: bytes with a media type and a limit, over REST and MCP."""

import base64
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    TextContent,
)
from service import Service
from tool_results import text

from recording_upstream import Answer, RecordingUpstream

SPEC = Path(__file__).with_name("photos.yaml")
BYTES = b"\xff\xd8\0\x01"
SVG = b"<svg/>"
KIBIBYTE = 1024


def answer(body: bytes, media_type: str = "application/x-any") -> Answer:
    return Answer(body, (("Content-Type", media_type), ("ETag", "tag")))


@pytest.fixture(params=["legacy", "auto"])
async def client(
    service: Service, request: pytest.FixtureRequest
) -> AsyncIterator[Client]:
    async with Client(service.url("mcp"), mode=request.param) as client:
        yield client


# --- REST --------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/photo", "image/jpeg"),
        ("/picture", "image/png"),
        ("/thumbnail", "image/webp"),
        ("/any", "application/x-any"),
        ("/notes", "text/markdown; charset=utf-8"),
        ("/last", "image/jpeg"),
    ],
)
async def test_bytes_have_the_declared_media_type(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream, path: str, media_type: str
) -> None:
    upstream.answer = answer(BYTES)
    response = await rest.get(path)
    assert (response.status_code, response.content) == (200, BYTES)
    assert response.headers.get_list("Content-Type") == [media_type]
    assert response.headers["ETag"] == "tag"


async def test_an_error_keeps_its_own(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    body = b"x" * 3 * KIBIBYTE
    upstream.answer = Answer(body, (("Content-Type", "text/x"),), 404)
    response = await rest.get("/photo")
    assert (response.status_code, response.content) == (404, body)
    assert response.headers["Content-Type"] == "text/x"


@pytest.mark.parametrize(
    ("path", "limit", "named_limit"),
    [("/photo", 1, "1 KiB"), ("/any", 2, "2 KiB"), ("/last", 1, "1 KiB")],
)
async def test_bytes_have_a_limit(
    rest: httpx2.AsyncClient,
    upstream: RecordingUpstream,
    path: str,
    limit: int,
    named_limit: str,
) -> None:
    upstream.answer = answer(bytes(limit * KIBIBYTE))
    assert (await rest.get(path)).status_code == 200
    upstream.answer = answer(bytes(limit * KIBIBYTE + 1))
    response = await rest.get(path)
    assert response.status_code == 502
    detail = f"the upstream API answered with more than {named_limit}"
    assert response.json()["detail"] == detail


async def test_a_compressed_answer_counts_as_it_is_read(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    archive = gzip.compress(bytes(2 * KIBIBYTE))
    fields = (("Content-Type", "x/y"), ("Content-Encoding", "gzip"))
    upstream.answer = Answer(archive, fields)
    response = await rest.get("/photo")
    assert (len(archive) < KIBIBYTE, response.status_code) == (True, 502)


async def test_an_answer_may_be_larger_than_others(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    body = bytes(20 * KIBIBYTE * KIBIBYTE)
    upstream.answer = answer(body)
    assert (await rest.get("/large")).content == body
    upstream.answer = answer(body + b"x")
    response = await rest.get("/large")
    assert "more than 20 MiB" in response.json()["detail"]


# --- MCP ---------------------------------------------------------


def only(result: CallToolResult) -> object:
    assert not result.is_error
    assert result.structured_content is None
    [content] = result.content
    return content


def describe_content(result: CallToolResult, media_type: str, body: bytes) -> object:
    """Return the content behind a text with its type and its size."""
    assert not result.is_error
    assert result.structured_content is None
    [head, content] = result.content
    assert isinstance(head, TextContent)
    assert head.text.startswith(f"{media_type}, {len(body)} bytes, ")
    return content


@pytest.mark.parametrize("body", [BYTES, SVG])
async def test_a_picture_is_a_picture(
    client: Client, upstream: RecordingUpstream, body: bytes
) -> None:
    upstream.answer = answer(body, "text/plain")
    content = only(await client.call_tool("photo", {}))
    assert isinstance(content, ImageContent)
    assert content.mime_type == "image/jpeg"
    assert base64.b64decode(content.data) == body


async def test_a_sound_is_a_sound(client: Client, upstream: RecordingUpstream) -> None:
    upstream.answer = answer(BYTES)
    content = describe_content(await client.call_tool("sound", {}), "audio/ogg", BYTES)
    assert isinstance(content, AudioContent)
    assert (content.mime_type, base64.b64decode(content.data)) == ("audio/ogg", BYTES)


@pytest.mark.parametrize(("body", "kind"), [(BYTES, "x/y"), (b"text", "text/plain")])
async def test_other_bytes_are_a_resource(
    client: Client, upstream: RecordingUpstream, body: bytes, kind: str
) -> None:
    upstream.answer = answer(body, kind)
    content = describe_content(await client.call_tool("any", {}), kind, body)
    assert isinstance(content, EmbeddedResource)
    assert isinstance(content.resource, BlobResourceContents)
    assert content.resource.mime_type == kind
    assert base64.b64decode(content.resource.blob) == body


async def test_a_large_answer_is_an_error(
    client: Client, upstream: RecordingUpstream
) -> None:
    upstream.answer = answer(bytes(KIBIBYTE + 1))
    result = await client.call_tool("photo", {})
    assert result.is_error
    assert text(result).endswith("answered with more than 1 KiB")
    with pytest.raises(MCPError, match="more than 1 KiB"):
        await client.read_resource("photos://photo")


async def test_an_error_is_text(client: Client, upstream: RecordingUpstream) -> None:
    upstream.answer = Answer(BYTES, (("Content-Type", "image/png"),), 500)
    result = await client.call_tool("photo", {})
    assert result.is_error
    assert "(4 bytes that are not text)" in text(result)


@pytest.mark.parametrize(
    ("uri", "media_type"),
    [("photos://photo", "image/jpeg"), ("photos://any", "text/plain")],
)
async def test_a_resource_is_bytes(
    client: Client, upstream: RecordingUpstream, uri: str, media_type: str
) -> None:
    upstream.answer = answer(b"text", "text/plain")
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
