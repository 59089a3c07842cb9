"""Requests to the upstream and responses to clients follow the document."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from exchanges import ERAS, Exchange, exchanges
from mcp import Client
from service import Service
from tool_results import text

from recording_upstream import Answer, RecordingUpstream

REST = "shop-rest"
SPEC = Path(__file__).with_name("shop.yaml")
VARIABLES = {
    "SHOP_USER": "bot",
    "SHOP_PASSWORD": "pass:word",
    "SHOP_HEADER_KEY": "header-key",
    "SHOP_QUERY_KEY": "query key&more",
}


@pytest.fixture(scope="module")
def variables(variables: dict[str, str], address: str) -> dict[str, str]:
    del variables["REGIONAL_BASE_URI"]
    own = {"HEADED_BASE_URI": f"http://{address}/base/", "REGIONAL_HOST": address}
    return {**variables, **own}


@pytest.fixture(params=ERAS)
async def tools(
    service: Service, request: pytest.FixtureRequest
) -> AsyncIterator[Client]:
    async with Client(service.url("mcp"), mode=request.param) as client:
        yield client


@exchanges("language")
async def test_an_exchange_follows_the_document(
    exchange: Exchange, service: Service, upstream: RecordingUpstream
) -> None:
    await exchange.check(service, upstream)


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
