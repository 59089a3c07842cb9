"""Requests to the upstream and responses to clients follow the document."""

import base64
import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.types import (
    BlobResourceContents,
    EmbeddedResource,
)
from service import Service
from tool_results import text

from recording_upstream import JSON, Answer, RecordingUpstream
from waiting import eventually

REST = "shop-rest"


SPEC = Path(__file__).with_name("shop.yaml")
VARIABLES = {
    "SHOP_USER": "bot",
    "SHOP_PASSWORD": "pass:word",
    "SHOP_HEADER_KEY": "header-key",
    "SHOP_QUERY_KEY": "query key&more",
}
HUGE = 2**70
ITEMS = {
    "items": [{"name": "a", "size": 1}, {"name": "b"}],
    "meta": {"total": HUGE, "done": True},
}


@pytest.fixture(scope="module")
def variables(variables: dict[str, str], address: str) -> dict[str, str]:
    del variables["REGIONAL_BASE_URI"]
    own = {"HEADED_BASE_URI": f"http://{address}/base/", "REGIONAL_HOST": address}
    return {**variables, **own}


@pytest.fixture(params=["2026-07-28", "legacy"])
async def tools(
    service: Service, request: pytest.FixtureRequest
) -> AsyncIterator[Client]:
    async with Client(service.url("mcp"), mode=request.param) as client:
        yield client


# --- credentials ---


async def test_a_user_and_a_password(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    mine = {"Authorization": "Basic bWluZQ=="}
    assert (await rest.get("/items?q=a", headers=mine)).status_code == 200
    credential = base64.b64encode(b"bot:pass:word").decode()
    assert upstream.only.field("Authorization") == f"Basic {credential}"


async def test_a_key_in_a_header(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    mine = {"X-Api-Key": "mine", "Authorization": "Bearer mine"}
    await rest.post("/orders", json={"customer": "c", "amount": 1}, headers=mine)
    request = upstream.only
    assert request.target == "/base/orders"
    assert request.field("X-Api-Key") == "header-key"
    assert request.field("Authorization") is None


async def test_a_key_in_the_query(
    rest: httpx2.AsyncClient, tools: Client, upstream: RecordingUpstream
) -> None:
    await rest.get("/files/a%2Fb?api_key=mine&format=mine")
    await tools.call_tool("file", {"id": "a/b"})
    target = "/files/a%2Fb?format=raw&api_key=query%20key%26more"
    assert [request.target for request in upstream.requests] == [target, target]


async def test_no_credential(service: Service, upstream: RecordingUpstream) -> None:
    async with service.client("shop-admin") as client:
        await client.get("/status")
    request = upstream.only
    assert request.target == "/v1/status"
    assert request.field("Authorization") is None
    assert request.field("X-Api-Key") is None


# --- inputs ---

QUERY = "q=a%20b%26c&limit=9007199254740993&exact=true&price=1.5&tag=x&tag=y%2Cz"


async def test_inputs_become_the_query(
    rest: httpx2.AsyncClient, tools: Client, upstream: RecordingUpstream
) -> None:
    await rest.get(f"/items?{QUERY}&unknown=1", headers={"X-Trace": "t 1"})
    arguments = {
        "q": "a b&c",
        "limit": 2**53 + 1,
        "exact": True,
        "price": 1.5,
        "tag": ["x", "y,z"],
        "X-Trace": "t 1",
    }
    in_texts = {
        **arguments,
        "limit": str(2**53 + 1),
        "exact": "true",
        "price": "1.5",
        "tag": '["x", "y,z"]',
    }
    for values in (arguments, in_texts):
        assert not (await tools.call_tool("list", values)).is_error
    for request in upstream.requests:
        assert request.target == f"/items?{QUERY}&version=2"
        assert request.field("X-Trace") == "t 1"
    assert len(upstream.requests) == 3


async def test_absent_inputs_are_absent(
    rest: httpx2.AsyncClient, tools: Client, upstream: RecordingUpstream
) -> None:
    await rest.get("/items?q=")
    await tools.call_tool("list", {"q": "", "limit": None})
    for request in upstream.requests:
        assert request.target == "/items?q=&version=2"
        assert request.field("X-Trace") is None
    assert len(upstream.requests) == 2


@pytest.mark.parametrize(
    ("inputs", "items"),
    [
        ({"first": "a", "second": "b"}, ["a", None, "b", "for b"]),
        ({"first": "a"}, ["a", None]),
        ({"first": None}, [None, None]),
    ],
)
async def test_an_array_keeps_nulls_and_leaves_out_absent_inputs(
    rest: httpx2.AsyncClient,
    tools: Client,
    upstream: RecordingUpstream,
    inputs: dict[str, str | None],
    items: list[str | None],
) -> None:
    await rest.post("/gifts", json=inputs)
    await tools.call_tool("give", inputs)
    assert [json.loads(request.body) for request in upstream.requests] == [items, items]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "q is required"),
        ("q=a&limit=x", "limit must be an integer"),
        ("q=a&limit=1.5", "limit must be an integer"),
        ("q=a&limit=", "limit must be an integer"),
        ("q=a&limit=1&limit=2", "limit must be given once"),
        ("q=a&exact=yes", "exact must be true or false"),
        ("q=a&price=nan", "price must be a number"),
        ("q=a&price=1e999", "price must be a number"),
        ("q=%ff", "the query must be valid UTF-8"),
    ],
)
async def test_wrong_parameters_are_named(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream, query: str, name: str
) -> None:
    answer = await rest.get(f"/items?{query}")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {"title": "Bad Request", "status": 400, "detail": name}
    assert upstream.requests == []


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"q": "a", "limit": "five"}, "limit must be an integer"),
        ({"q": "a", "limit": "1.5"}, "limit must be an integer"),
        ({"q": "a", "limit": 1.5}, "limit must be an integer"),
        ({"q": "a", "limit": True}, "limit must be an integer"),
        ({"q": "a", "exact": "yes"}, "exact must be true or false"),
        ({"q": "a", "price": "1 EUR"}, "price must be a number"),
        ({"q": "a", "tag": {"x": 1}}, "tag must be an array"),
        ({"q": ["a"]}, "q must be a string"),
        ({"q": "a", "X-Trace": "a\r\nX-Admin: 1"}, "X-Trace must be visible ASCII"),
        ({"q": "a", "X-Trace": "é"}, "X-Trace must be visible ASCII text"),
    ],
)
async def test_wrong_arguments_are_named(
    tools: Client, upstream: RecordingUpstream, arguments: dict[str, Any], name: str
) -> None:
    result = await tools.call_tool("list", arguments)
    assert result.is_error
    assert name in text(result)
    assert upstream.requests == []


async def test_a_header_that_is_not_ascii(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    answer = await rest.get("/items?q=a", headers=[(b"X-Trace", b"\xe9")])
    assert answer.status_code == 400
    assert "X-Trace" in answer.json()["detail"]
    assert upstream.requests == []


# --- bodies ---


async def test_fields_become_a_body(
    rest: httpx2.AsyncClient, tools: Client, upstream: RecordingUpstream
) -> None:
    full = {"name": "é", "size": HUGE, "tags": [1, None, {"a": 1.0}]}
    for fields in (full, {"name": "a"}):
        upstream.begin()
        await rest.post("/items", json=fields)
        await tools.call_tool("add", fields)
        assert [request.json for request in upstream.requests] == [fields, fields]
        assert upstream.requests[0].field("Content-Type") == "application/json"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "name is required"),
        ({"name": 1}, "name must be a string"),
        ({"name": "a", "size": "1.5"}, "size must be an integer"),
        ({"name": "a", "tags": {}}, "tags must be an array"),
    ],
)
async def test_wrong_fields_are_named(
    rest: httpx2.AsyncClient,
    tools: Client,
    upstream: RecordingUpstream,
    fields: dict[str, Any],
    name: str,
) -> None:
    answer = await rest.post("/items", json=fields)
    assert answer.status_code == 400
    assert answer.json()["detail"] == name
    result = await tools.call_tool("add", fields)
    assert result.is_error
    assert name in text(result)
    assert upstream.requests == []


@pytest.mark.parametrize("amount", [1, HUGE])
@pytest.mark.parametrize("customer", ["c", '"}, "fixed": {"x": "', "{{amount}}", "\n"])
async def test_a_template_keeps_its_structure(
    rest: httpx2.AsyncClient,
    tools: Client,
    upstream: RecordingUpstream,
    customer: str,
    amount: int,
) -> None:
    fields = {"customer": customer, "amount": amount}
    await rest.post("/orders", json=fields)
    await tools.call_tool("order", fields)
    expected = {
        "customer": customer,
        "amount": amount,
        "note": f"for {customer}, {amount} pieces",
        "fixed": {"list": [1, None, amount]},
    }
    assert [request.json for request in upstream.requests] == [expected, expected]


@pytest.mark.parametrize("amount", ["1", str(HUGE), "1e999", "NaN"])
async def test_a_body_with_half_a_character_or_no_number_is_not_sent(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream, amount: str
) -> None:
    body = f'{{"customer": "\\ud800", "amount": {amount}}}'
    headers = {"Content-Type": "application/json"}
    answer = await rest.post("/orders", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["detail"] == "the request body must be valid JSON"
    assert upstream.requests == []


# --- outputs ---

SUMMARY = {"first": "a", "total": HUGE, "names": ["a", "b"]}


async def test_an_output_is_shaped(
    rest: httpx2.AsyncClient, tools: Client, upstream: RecordingUpstream
) -> None:
    upstream.answer = Answer(json.dumps(ITEMS).encode())
    answer = await rest.get("/summary")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {**SUMMARY, "nested": {"done": True}}
    result = await tools.call_tool("summary", {})
    assert json.loads(text(result)) == SUMMARY
    assert result.structured_content == SUMMARY


async def test_an_array_is_wrapped_only_for_the_schema(
    tools: Client, upstream: RecordingUpstream
) -> None:
    upstream.answer = Answer(json.dumps(ITEMS).encode())
    result = await tools.call_tool("names", {})
    names = [{"name": "a"}, {"name": "b"}]
    assert json.loads(text(result)) == names
    assert result.structured_content == {"result": names}


async def test_an_output_that_is_the_whole_answer_keeps_its_bytes(
    rest: httpx2.AsyncClient, tools: Client, upstream: RecordingUpstream
) -> None:
    body = b'[ {"total" : %d, "rate": 1e2}, null ]' % HUGE
    upstream.answer = Answer(body, (("Content-Type", "text/plain"),))
    answer = await rest.get("/everything")
    assert answer.content == body
    assert answer.headers["Content-Type"] == "application/json"
    result = await tools.call_tool("everything", {})
    assert text(result).encode() == body
    # An item is null, which the schema of the output doesn't allow.
    assert result.structured_content == {"unexpected": json.loads(body)}


async def test_absent_values_are_null(
    rest: httpx2.AsyncClient, tools: Client, upstream: RecordingUpstream
) -> None:
    nothing = {"first": None, "total": None, "names": None}
    assert (await rest.get("/summary")).json() == {**nothing, "nested": {"done": None}}
    result = await tools.call_tool("summary", {})
    assert json.loads(text(result)) == nothing
    assert result.structured_content == {}


@pytest.mark.parametrize(
    "body",
    [
        b'{"items": 5,  "odd": 1.0}',
        b"[ 1 ]",
        b"<p>",
        b"null",
        b'{"items": [{"name": "\\ud800"}]}',
        b'{"items": [{"name": "\\ud800"}], "meta": {"total": %d}}' % HUGE,
    ],
)
async def test_bodies_that_cannot_be_shaped_are_not_lost(
    rest: httpx2.AsyncClient,
    tools: Client,
    upstream: RecordingUpstream,
    service: Service,
    body: bytes,
) -> None:
    upstream.answer = Answer(body, status=201)
    answer = await rest.get("/summary")
    assert answer.status_code == 201
    assert answer.content == body
    result = await tools.call_tool("summary", {})
    assert not result.is_error
    assert text(result).encode() == body
    assert result.structured_content
    eventually(lambda: "handed on as it is" in service.output)


@pytest.mark.parametrize("path", ["/summary", "/items?q=a"])
@pytest.mark.parametrize("status", [204, 304])
async def test_no_content_stays_none(
    rest: httpx2.AsyncClient,
    tools: Client,
    upstream: RecordingUpstream,
    path: str,
    status: int,
) -> None:
    upstream.answer = Answer(b"", (("ETag", '"1"'),), status)
    answer = await rest.get(path)
    assert answer.status_code == status
    assert answer.content == b""
    assert answer.headers["ETag"] == '"1"'
    result = await tools.call_tool("list", {"q": "a"})
    assert not result.is_error
    assert text(result) == f"HTTP {status} {HTTPStatus(status).phrase}"


@pytest.mark.parametrize(
    ("tool", "content"), [("summary", {"result": None}), ("names", {})]
)
async def test_no_content_of_a_shaped_output(
    tools: Client, upstream: RecordingUpstream, tool: str, content: object
) -> None:
    upstream.answer = Answer(b"", (), 204)
    result = await tools.call_tool(tool, {})
    assert not result.is_error
    assert text(result) == "HTTP 204 No Content"
    assert result.structured_content == content


async def test_an_error_is_not_shaped(
    rest: httpx2.AsyncClient, tools: Client, upstream: RecordingUpstream
) -> None:
    upstream.answer = Answer(b'{"items": "none"}', status=409)
    answer = await rest.get("/summary")
    assert (answer.status_code, answer.content) == (409, b'{"items": "none"}')
    result = await tools.call_tool("summary", {})
    assert result.is_error
    assert text(result) == 'HTTP 409 Conflict\n{"items": "none"}'


# --- answers ---

SUCCESS = {
    "content-type": "text/csv",
    "location": "/items/1",
    "link": "</items?page=2>; rel=next",
    "etag": '"1"',
    "last-modified": "Tue, 24 Nov 2026 10:00:00 GMT",
    "cache-control": "no-store",
    "content-disposition": "attachment",
}
FAILURE = {
    "content-type": "text/csv",
    "retry-after": "9999",
    "etag": '"1"',
    "www-authenticate": "Basic",
    "cache-control": "no-store",
    "ratelimit-reset": "9",
    "x-ratelimit-remaining": "0",
    "x-rate-limit-limit": "5",
}
VARYING = {"date", "content-length", "x-request-id"}
ADDED = {
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; sandbox",
}


@pytest.mark.parametrize(("status", "headers"), [(200, SUCCESS), (429, FAILURE)])
async def test_the_headers_that_are_kept(
    rest: httpx2.AsyncClient,
    upstream: RecordingUpstream,
    status: int,
    headers: dict[str, str],
) -> None:
    internal_headers = {
        "Set-Cookie": "a=b",
        "Server": "internal/1",
        "Via": "1.1 internal",
        "X-Powered-By": "internal",
        "Access-Control-Allow-Origin": "*",
        "Connection": "keep-alive",
    }
    fields = {**SUCCESS, **FAILURE, **internal_headers}
    upstream.answer = Answer(b"a;b", tuple(fields.items()), status)
    answer = await rest.get("/items?q=a")
    answer_headers = {k: v for k, v in answer.headers.items() if k not in VARYING}
    assert answer_headers == {**headers, **ADDED}
    await rest.get("/items?q=a")
    assert upstream.requests[-1].field("Cookie") is None


async def test_head_is_get_without_a_body(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    answer = await rest.head("/items?q=a")
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Length"] == "2"
    assert (await rest.head("/items")).status_code == 400
    assert (await rest.head("/orders")).status_code == 405


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("video/mp4", b"text"),
        ("application/octet-stream", b"a\0b"),
        ("application/json", b'"\xff"'),
        ("text/plain; charset=klingon", b"\xe9"),
        ("text/plain; charset=punycode", b"a" * 200_000),
        ("text/plain; charset=idna", b"xn--"),
        ("text/plain; charset=undefined", b"a"),
        ("text/plain; charset=unicode_escape", b"\\x"),
        ("text/plain; charset=hex", b"6161"),
        ("text/plain; charset=utf-16", b"a"),
        ("", b"\x80"),
    ],
)
async def test_contents_other_than_text_are_embedded(
    rest: httpx2.AsyncClient,
    tools: Client,
    upstream: RecordingUpstream,
    media_type: str,
    body: bytes,
) -> None:
    fields = (("Content-Type", media_type),) if media_type else ()
    upstream.answer = Answer(body, fields)
    answer = await rest.get("/files/1")
    assert answer.content == body
    assert answer.headers.get("Content-Type", "") == media_type
    [_, content] = (await tools.call_tool("file", {"id": "1"})).content
    assert isinstance(content, EmbeddedResource)
    assert isinstance(content.resource, BlobResourceContents)
    assert base64.b64decode(content.resource.blob) == body
    expected = media_type.partition(";")[0] or "application/octet-stream"
    assert content.resource.mime_type == expected


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/plain; charset=iso-8859-1", "é".encode("latin-1")),
        ('text/plain; format=flowed; charset="ISO-8859-15"', "é".encode("latin-1")),
        ("text/plain; charset=windows-1252", "é".encode("cp1252")),
        ("text/plain; charset=UTF-16", "é".encode("utf-16")),
        ("text/plain; charset=utf-8", "é".encode()),
        ("text/plain; charset=latin1", "é".encode("latin-1")),
        ("application/json", "é".encode()),
    ],
)
async def test_text_is_read_in_its_charset(
    rest: httpx2.AsyncClient,
    tools: Client,
    upstream: RecordingUpstream,
    media_type: str,
    body: bytes,
) -> None:
    upstream.answer = Answer(body, (("Content-Type", media_type),))
    answer = await rest.get("/files/1")
    assert answer.content == body
    assert answer.headers["Content-Type"] == media_type
    assert text(await tools.call_tool("file", {"id": "1"})) == "é"


@pytest.mark.parametrize("character", ["a", "é", "𝄞"])
async def test_an_error_s_body_is_cut(
    tools: Client, upstream: RecordingUpstream, character: str
) -> None:
    upstream.answer = Answer(character.encode() * 100_000, status=400)
    result = await tools.call_tool("file", {"id": "1"})
    assert result.is_error
    first, _, rest = text(result).partition("\n")
    assert first == "HTTP 400 Bad Request"
    assert 64 * 1024 - 4 < len(rest.encode()) <= 64 * 1024
    assert set(rest) == {character}


async def test_a_header_with_control_characters_breaks_a_response(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream
) -> None:
    upstream.answer = Answer(b"fine", (("Link", "é"),), 201)
    answer = await rest.get("/items?q=a")
    assert (answer.status_code, answer.headers["Link"]) == (201, "é")

    upstream.answer = Answer(b"fine", (("ETag", "a\1b"),), 201)
    assert (await rest.get("/items?q=a")).status_code == 502


@pytest.mark.parametrize(
    ("status", "fault"), [("099", "broke"), (101, "broke"), (600, "600"), (999, "999")]
)
async def test_a_status_that_http_does_not_have(
    rest: httpx2.AsyncClient,
    tools: Client,
    upstream: RecordingUpstream,
    status: int | str,
    fault: str,
) -> None:
    upstream.answer = Answer(b"odd", JSON, status)
    answer = await rest.get("/items?q=a")
    assert answer.status_code == 502
    assert fault in answer.json()["detail"]
    result = await tools.call_tool("list", {"q": "a"})
    assert result.is_error


@pytest.mark.parametrize("status", [299, 499, 599])
async def test_a_status_that_nobody_knows(
    rest: httpx2.AsyncClient, tools: Client, upstream: RecordingUpstream, status: int
) -> None:
    upstream.answer = Answer(b"odd", JSON, status)
    assert (await rest.get("/items?q=a")).status_code == status
    result = await tools.call_tool("list", {"q": "a"})
    assert result.is_error is (status >= 400)
    assert text(result).endswith("odd")
