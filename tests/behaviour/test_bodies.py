"""Bodies that aren't JSON, as an upstream receives them."""

import base64
from collections.abc import AsyncIterator
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from urllib.parse import parse_qsl

import httpx2
import pytest
from mcp import Client
from mcp.types import BlobResourceContents, EmbeddedResource
from service import Service

from recording_upstream import Answer, Received, RecordingUpstream

pytestmark = pytest.mark.anyio

SPEC = Path(__file__).with_name("bodies.yaml")
BYTES = bytes(range(256))
BASE64 = base64.b64encode(BYTES).decode()


@pytest.fixture(params=["2026-07-28", "legacy"])
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


# --- bytes ---


async def test_a_route_passes_bytes_on_with_their_type(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    headers = {"Content-Type": "image/png"}
    answer = await rest.put("/bytes/1", content=BYTES, headers=headers)
    assert answer.status_code == 200
    assert (upstream.only.method, upstream.only.target) == ("PUT", "/all/1")
    assert upstream.only.body == BYTES
    assert upstream.only.field("Content-Type") == "image/png"


async def test_bytes_without_a_type_have_the_documents(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    await rest.put("/bytes/1", content=BYTES)
    await rest.post("/cbor/1", content=BYTES)
    octets, cbor = upstream.requests
    assert (octets.body, cbor.body) == (BYTES, BYTES)
    assert octets.field("Content-Type") == "application/octet-stream"
    assert cbor.field("Content-Type") == "application/cbor"


async def test_an_empty_file_is_a_file(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    await rest.put("/bytes/1", content=b"", headers={"Content-Type": "text/csv"})
    assert upstream.only.body == b""
    assert upstream.only.field("Content-Type") == "text/csv"
    assert upstream.only.field("Content-Length") == "0"


async def test_a_tool_takes_bytes_in_base64(
    tools: Client, upstream: RecordingUpstream
) -> None:
    await call_tool(tools, "put-bytes", object_data=BASE64)
    assert upstream.only.body == BYTES
    assert upstream.only.field("Content-Type") == "application/octet-stream"


async def test_bytes_that_are_no_base64_are_refused(
    tools: Client, upstream: RecordingUpstream
) -> None:
    arguments = {"id": "1", "object_data": "no base64"}
    result = await tools.call_tool("put-bytes", arguments)
    assert result.is_error
    assert "object_data" in str(result.content)
    assert "base64" in str(result.content)
    assert upstream.requests == []


async def test_a_tool_says_that_it_takes_base64(tools: Client) -> None:
    tool_list = {tool.name: tool for tool in (await tools.list_tools()).tools}
    schema = tool_list["put-bytes"].input_schema["properties"]["object_data"]
    assert schema["type"] == "string"
    assert "base64" in schema["description"]


async def test_a_binary_answer_stays_as_it_is(
    rest: httpx2.AsyncClient, tools: Client, upstream: RecordingUpstream
) -> None:
    upstream.answer = Answer(BYTES, (("Content-Type", "application/zip"),))
    answer = await rest.get("/download/1")
    assert answer.content == BYTES
    assert answer.headers["Content-Type"] == "application/zip"
    [_, content] = (await tools.call_tool("download", {"id": "1"})).content
    assert isinstance(content, EmbeddedResource)
    assert isinstance(content.resource, BlobResourceContents)
    assert content.resource.blob == BASE64
    assert content.resource.mime_type == "application/zip"


# --- text ---


async def test_a_route_passes_text_on(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    sql = 'SELECT "ü"\r\nFROM t'
    await rest.post("/text/1", content=sql, headers={"Content-Type": "text/x-sql"})
    assert upstream.only.body.decode() == sql
    assert upstream.only.field("Content-Type") == "text/plain"


async def test_a_body_that_is_no_text_is_refused(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    answer = await rest.post("/text/1", content=b"\xff")
    assert answer.status_code == 400
    assert "UTF-8" in answer.json()["detail"]
    assert upstream.requests == []


async def test_no_text_is_no_body(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    await rest.post("/text/1")
    assert upstream.only.body == b""
    assert upstream.only.field("Content-Type") != "text/plain"


async def test_a_tool_sends_text(tools: Client, upstream: RecordingUpstream) -> None:
    await call_tool(tools, "text", sql="SELECT 1")
    await call_tool(tools, "yamlish", definition="a: 1\n")
    plain, yaml = upstream.requests
    assert (plain.body, plain.field("Content-Type")) == (b"SELECT 1", "text/plain")
    assert (yaml.body, yaml.field("Content-Type")) == (b"a: 1\n", "application/yaml")


@pytest.mark.parametrize(
    ("given_values", "arguments", "text"),
    [
        ({}, 'in: "", by: null', '""""""'),
        ({"inside": 'a"\\\n', "bare": 5}, 'in: "a\\"\\\\\\n", by: 5', '""""""'),
        ({"inside": 7, "bare": "NEWEST"}, 'in: "7", by: NEWEST', '""""""'),
        ({"bare": "id, name"}, 'in: "", by: id, name', '""""""'),
        ({"bare": '1) { all } #"'}, 'in: "", by: "1) { all } #\\""', '""""""'),
        ({"bare": ["A", 1]}, 'in: "", by: ["A", 1]', '""""""'),
        ({"bare": {"a": {"b": None}}}, 'in: "", by: {a: {b: null}}', '""""""'),
        ({"block": 'a""" b"'}, 'in: "", by: null', '"""a\\""" b" """'),
    ],
)
async def test_values_stay_values_in_graphql(
    tools: Client,
    upstream: RecordingUpstream,
    given_values: dict[str, object],
    arguments: str,
    text: str,
) -> None:
    await call_tool(tools, "document", **given_values)
    document = f"query {{ a({arguments}) {{ b(text: {text}) }} }}"
    assert upstream.only.json == {"query": document}


async def test_values_stay_values_in_graphql_that_with_gives(
    tools: Client, upstream: RecordingUpstream
) -> None:
    arguments = {"login": 'x") { id } #', "age": "1) { all } #"}
    result = await tools.call_tool("asked", arguments)
    assert not result.is_error
    document = '{ user(login: "x\\") { id } #", age: "1) { all } #") { name } }'
    assert upstream.only.json == {"query": document}


async def test_keys_that_graphql_has_not_are_refused(
    tools: Client, upstream: RecordingUpstream
) -> None:
    arguments = {"id": "1", "bare": {"a: 1) { all } #": 1}}
    result = await tools.call_tool("document", arguments)
    assert result.is_error
    assert upstream.requests == []


async def test_values_are_escaped_in_xml(
    tools: Client, upstream: RecordingUpstream
) -> None:
    await call_tool(tools, "xml", b="\"><&'", c="</a>]]>")
    element = '<a b="&quot;&gt;&lt;&amp;&apos;">&lt;/a&gt;]]&gt;</a>'
    assert upstream.only.body.decode() == element
    assert upstream.only.field("Content-Type") == "application/xml"
    result = await tools.call_tool("xml", {"id": "1", "c": "\x01"})
    assert result.is_error
    assert len(upstream.requests) == 1


async def test_an_absent_part_of_a_text_is_empty(
    tools: Client, upstream: RecordingUpstream
) -> None:
    await call_tool(tools, "xml", b="there")
    assert upstream.only.body == b'<a b="there"></a>'


# --- JSON as text ---


async def test_values_become_parts_of_json(
    tools: Client, upstream: RecordingUpstream
) -> None:
    await call_tool(tools, "raw", userId='a"b', ids=[1, 2**70], gid='x"y\\')
    await call_tool(tools, "raw", userId=5)
    await call_tool(tools, "graphql", pid='"}')
    full, partial, graphql = upstream.requests
    query = '{ a(id: "x"y\\") }'
    assert full.json == {"id": 'a"b', "ids": [1, 2**70], "q": query}
    assert partial.json == {"id": "5"}
    assert graphql.json == {"query": '{ product(id: "\\"}") { title } }'}
    assert {s.field("Content-Type") for s in upstream.requests} == {"application/json"}


async def test_the_callers_json_is_passed_on(
    rest: httpx2.AsyncClient, tools: Client, upstream: RecordingUpstream
) -> None:
    given_bytes = b'{"b" : 1.0, "a":9007199254740993}'
    headers = {"Content-Type": "application/json"}
    await rest.post("/passed/1", content=given_bytes, headers=headers)
    await call_tool(tools, "passed", body={"a": 1})
    exact, rebuilt = upstream.requests
    assert exact.body == given_bytes
    assert rebuilt.json == {"a": 1}


# --- forms ---


async def test_a_form_is_url_encoded(
    rest: httpx2.AsyncClient, tools: Client, upstream: RecordingUpstream
) -> None:
    fields = {"a": "x & y=ü+~", "tags": ["p", 1, True], "extra": "e"}
    await rest.post("/form/1", json=fields)
    await call_tool(tools, "form", **fields)
    assert upstream.requests[0].body == upstream.requests[1].body
    request = upstream.requests[0]
    assert request.field("Content-Type") == "application/x-www-form-urlencoded"
    content = b"a=x+%26+y%3D%C3%BC%2B~&tags=p&tags=1&tags=true&fixed=x+y&extra=e"
    assert request.body == content
    assert ("a", "x & y=ü+~") in parse_qsl(content.decode())


async def test_absent_fields_are_left_out_of_a_form(
    tools: Client, upstream: RecordingUpstream
) -> None:
    await call_tool(tools, "form", extra="")
    assert upstream.only.body == b"fixed=x+y&extra="


async def test_values_are_encoded_in_a_written_form(
    tools: Client, upstream: RecordingUpstream
) -> None:
    await call_tool(tools, "encoded", scope="a b&c=d")
    assert upstream.only.body == b"grant=x&scope=a+b%26c%3Dd"


async def test_a_form_can_be_the_callers(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    await rest.post("/callers-form/1", json={"a": [1, "b c"], "d": None})
    assert upstream.only.body == b"a=1&a=b+c"


# --- parts ---


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


@pytest.mark.parametrize("name", ["../a.pdf", "c:\\a.pdf", 'a"\r\nX-Evil: b', "a\0"])
async def test_a_name_of_a_file_is_no_path(
    tools: Client, upstream: RecordingUpstream, name: str
) -> None:
    arguments = {"id": "1", "note": [1], "doc": BASE64, "docname": name}
    result = await tools.call_tool("parts", arguments)
    assert result.is_error
    assert "the name of a file must not contain slashes" in str(result.content)
    assert upstream.requests == []


async def test_an_absent_part_is_left_out(
    tools: Client, upstream: RecordingUpstream
) -> None:
    await call_tool(tools, "upload", title="only")
    assert [name for name, *_ in parts(upstream.only)] == ["title"]
