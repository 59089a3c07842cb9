"""Requests to a running package, and the requests that its upstream receives."""

import base64
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import httpx2
from mcp import Client
from mcp.types import (
    BlobResourceContents,
    CallToolResult,
    EmbeddedResource,
    TextContent,
)
from plain_yaml import canon
from reading import Exchange, Expected
from services import Running

from recording_upstream import Received, RecordingUpstream
from waiting import PATIENCE

JSON = "application/json"
OURS = {
    *("host", "accept", "accept-encoding", "user-agent"),
    *("content-type", "content-length", "x-amz-content-sha256"),
}
"""Headers that every request may have."""


class Verifying(Protocol):
    """A check of signatures, which knows the secrets."""

    def confirms(self, expected: Expected, request: Received) -> bool:
        """Return whether a request is signed as its upstream requires."""


class Trial:
    """A running package, and the upstream that records its requests."""

    def __init__(
        self, running: Running, upstream: RecordingUpstream, secrets: Verifying
    ) -> None:
        self._running = running
        self._upstream = upstream
        self._secrets = secrets

    async def faults(self, exchanges: Sequence[Exchange]) -> AsyncIterator[str]:
        """Yield the differences from the expected requests and responses."""
        for adapter in dict.fromkeys(exchange.adapter for exchange in exchanges):
            own = [exchange for exchange in exchanges if exchange.adapter == adapter]
            call = self._by_rest if own[0].is_route else self._by_mcp
            async for fault in call(adapter, own):
                yield fault

    async def _by_rest(
        self, adapter: str, exchanges: Sequence[Exchange]
    ) -> AsyncIterator[str]:
        url = self._running.urls[adapter]
        async with httpx2.AsyncClient(base_url=url, timeout=PATIENCE) as client:
            for exchange in exchanges:
                self._upstream.requests.clear()
                answer = await client.send(build_request(client, exchange))
                for fault in self._judge(exchange, *read(answer)):
                    yield fault

    async def _by_mcp(
        self, adapter: str, exchanges: Sequence[Exchange]
    ) -> AsyncIterator[str]:
        async with Client(self._running.mcp(adapter)) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            for exchange in exchanges:
                if exchange.unit not in tools:
                    yield f"{exchange.unit}: there is no such tool"
                    continue
                properties = tools[exchange.unit].input_schema["properties"]
                self._upstream.requests.clear()
                result = await client.call_tool(
                    exchange.unit, rename_arguments(exchange.arguments, properties)
                )
                answer = None if result.is_error else content(result)
                for fault in self._judge(exchange, answer, str(result.content)):
                    yield fault

    def _judge(self, exchange: Exchange, answer: Any, notice: str) -> Iterator[str]:
        assert exchange.expected is not None
        requests = self._upstream.requests
        # The upstream answers with JSON, also where the document says XML.
        is_unread = answer is None and "can't be read as XML" in notice
        if (answer is None and not is_unread) or len(requests) != 1:
            yield f"{exchange.unit}: {notice[:300]} to {exchange}"
            return
        for fault in differences(exchange.expected, requests[0]):
            yield f"{exchange.unit}: {fault}"
        if not self._secrets.confirms(exchange.expected, requests[0]):
            yield f"{exchange.unit}: its credential isn't that of the document"
        has_answer = not is_unread and requests[0].method != "HEAD"
        if has_answer and answer != exchange.expected.answer:
            wanted = exchange.expected.answer
            yield f"{exchange.unit}: the answer {answer}, not {wanted}"


# --- clients ---


def build_request(client: httpx2.AsyncClient, exchange: Exchange) -> httpx2.Request:
    """Return the request of a client; a body is JSON, unless it is bytes or text."""
    url = exchange.path or exchange.unit.partition(" ")[2]
    query = f"?{urlencode(exchange.query)}" if exchange.query else ""
    method = exchange.unit.partition(" ")[0]
    headers, body = dict(exchange.headers), exchange.body
    if body is not None and not exchange.is_raw:
        body = json.dumps(body)
        headers["Content-Type"] = JSON
    return client.build_request(method, url + query, headers=headers, content=body)


def read(answer: httpx2.Response) -> tuple[Any, str]:
    """Return the parsed body of a successful response, and the text of any response."""
    is_answered = answer.status_code == 200
    return (parse_json(answer.text) if is_answered else None), answer.text


def content(result: CallToolResult) -> Any:
    *_, part = result.content
    match part:
        case TextContent():
            # An answer without a body is its status.
            return "" if part.text == "HTTP 200 OK" else parse_json(part.text)
        case EmbeddedResource(resource=BlobResourceContents(blob=blob)):
            return parse_json(base64.b64decode(blob).decode())
        case _:
            return part


def parse_json(text: str) -> Any:
    return json.loads(text) if text else ""


def rename_arguments(arguments: dict[str, Any], properties: Any) -> dict[str, Any]:
    """Name arguments as in a schema, whose names have fewer kinds of characters."""
    aliases = {canon(name): name for name in properties}
    return {aliases.get(canon(name), name): v for name, v in arguments.items()}


# --- the upstream ---


def differences(expected: Expected, request: Received) -> Iterator[str]:
    """Yield the differences between a request and the expected one."""
    target, _, query = request.target.partition("?")
    address = request.root + target
    if (request.method, segments(address)) != (expected.method, segments(expected.url)):
        yield f"{request.method} {address}, not {expected.method} {expected.url}"
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    if pairs != sorted(expected.query):
        yield f"the query {pairs}, not {sorted(expected.query)}"
    yield from differing_headers(expected.headers, request)
    body = decode(request)
    if body != expected.body:
        yield f"the body {body}, not {expected.body}"
    media_type = request.field("Content-Type")
    is_given = "content-type" in expected.headers
    if request.body and media_type != expected.media_type and not is_given:
        yield f"a body of type {media_type}, not {expected.media_type}"


def differing_headers(expected: dict[str, str], request: Received) -> Iterator[str]:
    headers = {name.lower(): value for name, value in request.fields}
    if len(headers) != len(request.fields):
        yield f"a header twice: {request.fields}"
    for name, pattern in expected.items():
        if not re.fullmatch(pattern, headers.get(name, "")):
            yield f"{name}: {headers.get(name)}, not {pattern}"
    for name in headers.keys() - expected.keys() - OURS:
        yield f"a header {name}: {headers[name]}"


def decode(request: Received) -> Any:
    """Return the value of JSON, the pairs of a form, text, or bytes."""
    if not request.body:
        return None
    match (request.field("Content-Type") or "").partition(";")[0]:
        case "application/json":
            return request.json
        case "application/x-www-form-urlencoded":
            return parse_qsl(request.body.decode(), keep_blank_values=True)
        case "text/plain":
            return request.body.decode()
        case _:
            return request.body


def segments(address: str) -> list[str]:
    parts = urlsplit(address)
    return [parts.scheme, parts.netloc, *map(unquote, parts.path.split("/"))]
