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


OCTETS = "application/octet-stream"


@pytest.mark.parametrize(
    ("route", "content", "kind", "expected"),
    [
        ("PUT /bytes/1", BYTES, "image/png", "image/png"),
        ("PUT /bytes/1", BYTES, None, OCTETS),
        ("PUT /bytes/1", b"", "text/csv", "text/csv"),
        ("POST /cbor/1", BYTES, None, "application/cbor"),
        ("POST /text/1", 'a "ü"\r\n'.encode(), "text/x-sql", "text/plain"),
        ("POST /text/1", b"", None, None),
    ],
)
async def test_a_route_passes_bytes_and_text_on_with_their_type(
    rest: httpx2.AsyncClient,
    upstream: RecordingUpstream,
    route: str,
    content: bytes,
    kind: str | None,
    expected: str | None,
) -> None:
    method, path = route.split()
    headers = {"Content-Type": kind} if kind else {}
    answer = await rest.request(method, path, content=content, headers=headers)
    assert answer.status_code == 200
    assert (upstream.only.method, upstream.only.body) == (method, content)
    assert upstream.only.field("Content-Type") == expected
    assert upstream.only.field("Content-Length") == str(len(content))


async def test_a_body_that_is_no_text_is_refused(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    answer = await rest.post("/text/1", content=b"\xff")
    assert answer.status_code == 400
    assert "UTF-8" in answer.json()["detail"]
    assert upstream.requests == []


async def test_a_tool_takes_bytes_in_base64(
    tools: Client, upstream: RecordingUpstream
) -> None:
    await call_tool(tools, "put-bytes", object_data=BASE64)
    assert upstream.only.body == BYTES
    assert upstream.only.field("Content-Type") == OCTETS
    tool_list = {tool.name: tool for tool in (await tools.list_tools()).tools}
    schema = tool_list["put-bytes"].input_schema["properties"]["object_data"]
    assert schema["type"] == "string"
    assert "base64" in schema["description"]


@pytest.mark.parametrize(
    ("tool", "arguments", "fault"),
    [
        ("put-bytes", {"object_data": "no base64"}, "base64"),
        ("document", {"bare": {"a: 1) { all } #": 1}}, ""),
        ("xml", {"c": "\x01"}, ""),
        *(
            (
                "parts",
                {"note": [1], "doc": BASE64, "docname": name},
                "the name of a file must not contain slashes",
            )
            for name in ("../a.pdf", "c:\\a.pdf", 'a"\r\nX-Evil: b', "a\0")
        ),
    ],
)
async def test_values_that_a_body_cannot_hold_are_refused(
    tools: Client,
    upstream: RecordingUpstream,
    tool: str,
    arguments: dict[str, object],
    fault: str,
) -> None:
    result = await tools.call_tool(tool, {"id": "1", **arguments})
    assert result.is_error
    assert fault in str(result.content)
    assert upstream.requests == []


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


@pytest.mark.parametrize(
    ("tool", "arguments", "body"),
    [
        (
            "xml",
            {"b": "\"><&'", "c": "</a>]]>"},
            b'<a b="&quot;&gt;&lt;&amp;&apos;">&lt;/a&gt;]]&gt;</a>',
        ),
        ("xml", {"b": "there"}, b'<a b="there"></a>'),
        ("encoded", {"scope": "a b&c=d"}, b"grant=x&scope=a+b%26c%3Dd"),
        ("form", {"extra": ""}, b"fixed=x+y&extra="),
    ],
)
async def test_values_are_escaped_in_xml_and_forms(
    tools: Client,
    upstream: RecordingUpstream,
    tool: str,
    arguments: dict[str, object],
    body: bytes,
) -> None:
    """Absent values are empty in a text, and left out of a form."""
    await call_tool(tools, tool, **arguments)
    assert upstream.only.body == body
    kind = "application/xml" if tool == "xml" else "application/x-www-form-urlencoded"
    assert upstream.only.field("Content-Type") == kind


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


async def test_an_absent_part_is_left_out(
    tools: Client, upstream: RecordingUpstream
) -> None:
    await call_tool(tools, "upload", title="only")
    assert [name for name, *_ in parts(upstream.only)] == ["title"]
