"""Bodies that aren't JSON, as an upstream receives them."""

import base64
from collections.abc import AsyncIterator
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path

import httpx2
import pytest
from exchanges import ERAS, Exchange, exchanges
from mcp import Client
from service import Service

from recording_upstream import Received, RecordingUpstream

SPEC = Path(__file__).with_name("bodies.yaml")
BYTES = bytes(range(256))
BASE64 = base64.b64encode(BYTES).decode()


@exchanges("bodies")
async def test_an_exchange_has_its_bodies(
    exchange: Exchange, service: Service, upstream: RecordingUpstream
) -> None:
    await exchange.check(service, upstream)


async def test_a_member_of_bytes_says_so(tools: Client) -> None:
    tool_list = {tool.name: tool for tool in (await tools.list_tools()).tools}
    schema = tool_list["put-bytes"].input_schema["properties"]["object_data"]
    assert schema["type"] == "string"
    assert "base64" in schema["description"]


# --- parts ---


@pytest.fixture(params=ERAS)
async def tools(
    service: Service, request: pytest.FixtureRequest
) -> AsyncIterator[Client]:
    async with Client(service.url("mcp"), mode=request.param) as client:
        yield client


async def call_tool(tools: Client, tool: str, **arguments: object) -> None:
    """Call a tool, which must succeed."""
    result = await tools.call_tool(tool, {"id": "1", **arguments})
    assert not result.is_error, result.content


def parts(request: Received) -> list[tuple[str | None, str | None, str | None, bytes]]:
    """Return name, file name, type and content of each part of a body."""
    head = f"Content-Type: {request.field('Content-Type')}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    rows = []
    for part in message.iter_parts():
        name = part["Content-Disposition"].params["name"]
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        rows.append((name, part.get_filename(), part["Content-Type"], content))
    return rows


async def test_a_file_is_a_part(
    rest: httpx2.AsyncClient, tools: Client, upstream: RecordingUpstream
) -> None:
    await rest.post("/upload/1", json={"title": "ü", "file": BASE64})
    await call_tool(tools, "upload", title="ü", file=BASE64)
    for request in upstream.requests:
        title, file = parts(request)
        assert title == ("title", None, None, "ü".encode())
        assert file == ("file", "file", "application/octet-stream", BYTES)
    boundaries = {request.field("Content-Type") for request in upstream.requests}
    assert len(boundaries) == 2


async def test_a_part_has_the_name_and_type_of_its_file(
    tools: Client, upstream: RecordingUpstream
) -> None:
    name = 'a"; x=b ü.pdf'
    await call_tool(tools, "parts", note=[1], doc=BASE64, docname=name)
    note, doc = parts(upstream.only)
    assert note == ("note", None, None, b"about [1]")
    assert doc == ("doc", "a%22; x=b ü.pdf", "application/pdf", BYTES)


async def test_an_absent_part_is_left_out(
    tools: Client, upstream: RecordingUpstream
) -> None:
    await call_tool(tools, "upload", title="only")
    assert [name for name, *_ in parts(upstream.only)] == ["title"]
