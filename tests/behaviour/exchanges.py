"""Exchanges of tables: requests of clients, and all that they lead to.

A case of a table asks a route (`rest`, perhaps with `headers` and a `body`), calls a
tool in both eras of MCP, or does both, with the same `values` unless the tool has
`arguments` of its own. The upstream answers all of them as `upstream` says; it has
received requests as `sent` says, one for each call. The client of a route gets
`answer` (which may be the word `upstream`), and that of a tool gets `result`;
`refused` says of both that the request is wrong, and isn't sent. `logged` are words
of the package's log.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from mcp import Client
from mcp.types import CallToolResult
from service import Service
from tool_results import text

from recording_upstream import JSON, Answer, Received, RecordingUpstream
from waiting import eventually

Values = dict[str, Any]
ERAS = ("2026-07-28", "legacy")
_REQUEST = {"rest", "headers", "body", "values", "tool", "arguments"}
_OUTCOME = {"upstream", "sent", "answer", "result", "refused", "logged"}
_PLACES = {"title", "adapter", "server"}


def exchanges(name: str) -> pytest.MarkDecorator:
    """Return the mark of a test that checks each `exchange` of a table."""
    table = rows(Path(__file__).with_name("exchanges") / f"{name}.yaml")
    cases = [pytest.param(Exchange(row), id=row["title"]) for row in table]
    return pytest.mark.parametrize("exchange", cases)


def rows(path: Path) -> list[Values]:
    """Return the cases of a table, each with the keys that all of them have."""
    table = yaml.safe_load(path.read_text("utf-8"))
    usual = {key: value for key, value in table.items() if key != "cases"}
    return [usual | row for case in table["cases"] for row in _variants(case)]


def _variants(case: Values) -> Iterator[Values]:
    """Yield a case for each of its variants, which share the rest of it."""
    common = {key: value for key, value in case.items() if key != "each"}
    for number, variant in enumerate(case.get("each", [{}])):
        yield {**common, **variant, "title": f"{case['title']} {number}"}


def octets(content: str | bytes | Values) -> bytes:
    """Return the bytes of a text, or of one that repeats a piece."""
    match content:
        case str():
            return content.encode()
        case bytes():
            return content
        case _:
            parts = (content.get("before", ""), content.get("after", ""))
            before, after = map(octets, parts)
            times: int = content["times"]
            return before + octets(content["piece"]) * times + after


@dataclass(frozen=True)
class Exchange:
    """A case of a table."""

    row: Values

    def __post_init__(self) -> None:
        assert self.row.keys() <= _REQUEST | _OUTCOME | _PLACES, self.row["title"]

    async def check(self, service: Service, upstream: RecordingUpstream) -> None:
        """Make the calls, and compare their effects with the expected ones."""
        upstream.begin()
        upstream.answer = _answer_of(self.row.get("upstream", {}))
        await self._ask_route(service)
        await self._call_tool(service, upstream)
        self._check_requests(upstream.requests)
        if "logged" in self.row:
            eventually(lambda: self.row["logged"] in service.output)

    async def _ask_route(self, service: Service) -> None:
        if "rest" not in self.row:
            return
        method, target = self.row["rest"].split(" ", 1)
        async with service.client(self.row.get("adapter", "rest")) as client:
            ask = partial(client.request, method, target, headers=self._headers)
            if "body" in self.row:
                answer = await ask(content=octets(self.row["body"]))
            elif "values" in self.row:
                answer = await ask(json=self.row["values"])
            else:
                answer = await ask()
        expected = self.row.get("answer", {})
        expected = self.row["upstream"] if expected == "upstream" else expected
        if "refused" in self.row:
            expected = {"status": 400, "detail": self.row["refused"]}
        _check_answer(answer, expected)

    @property
    def _headers(self) -> list[tuple[bytes, bytes]]:
        headers = self.row.get("headers", {})
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        return [(name.encode(), value.encode("latin-1")) for name, value in pairs]

    async def _call_tool(self, service: Service, upstream: RecordingUpstream) -> None:
        if "tool" not in self.row:
            return
        arguments = self.row.get("arguments", self.row.get("values", {}))
        expected = self.row.get("result", {})
        if "refused" in self.row:
            expected = {"error": True, "says": self.row["refused"]}
        for era in ERAS:
            url = service.url(self.row.get("server", "mcp"))
            async with Client(url, mode=era) as client:
                result = await client.call_tool(self.row["tool"], arguments)
            _check_result(result, expected, upstream.answer.body)

    def _check_requests(self, requests: list[Received]) -> None:
        calls = ("rest" in self.row) + len(ERAS) * ("tool" in self.row)
        match self.row.get("sent", [] if "refused" in self.row else None):
            case None:
                return
            case list(expected):
                pass
            case common:
                expected = [common] * calls
        assert len(requests) == len(expected), requests
        for request, values in zip(requests, expected, strict=True):
            _check_request(request, values)


def _answer_of(values: Values) -> Answer:
    headers = values.get("headers", dict(JSON))
    body = octets(values.get("body", "{}"))
    if "json" in values:
        body = json.dumps(values["json"]).encode()
    return Answer(body, tuple(headers.items()), values.get("status", 200))


def _check_request(request: Received, expected: Values) -> None:
    values = {name: value for name, value in expected.items() if name != "headers"}
    if "body" in values:
        values["body"] = octets(values["body"])
    _compare({name: getattr(request, name) for name in values}, values)
    headers = expected.get("headers", {})
    _compare({name: request.field(name) for name in headers}, headers)


def _check_answer(answer: httpx2.Response, expected: Values) -> None:
    facts: dict[str, Callable[[Any], object]] = {
        "body": lambda body: answer.content == octets(body),
        "json": lambda document: answer.json() == document,
        "detail": lambda detail: _is_problem(answer, detail),
        "says": lambda words: words in answer.json()["detail"],
    }
    assert answer.status_code == expected.get("status", 200), answer.text
    for name, value in expected.items():
        if name in facts:
            assert facts[name](value), (name, value, answer.text[:1000])
    headers = expected.get("headers", {})
    _compare({name: answer.headers.get(name) for name in headers}, headers)
    assert expected.keys() <= {*facts, "status", "headers"}


def _is_problem(answer: httpx2.Response, detail: str) -> bool:
    status = answer.status_code
    problem = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    is_typed = answer.headers["Content-Type"] == "application/problem+json"
    return is_typed and bool(answer.json() == problem)


def _check_result(result: CallToolResult, expected: Values, body: bytes) -> None:
    facts: dict[str, Callable[[Any], object]] = {
        "body": lambda content: text(result).encode() == octets(content),
        "json": lambda document: json.loads(text(result)) == document,
        "says": lambda words: words in text(result),
        "structured": lambda document: _structure(result) == document,
        "content": lambda expected: _last_content(result, body) == expected,
        "unexpected": lambda _: _structure(result) == {"unexpected": _in_words(body)},
    }
    assert bool(result.is_error) is expected.get("error", False), result.content
    for name, value in expected.items():
        if name in facts:
            assert facts[name](value), (name, value, str(result)[:1000])
    assert expected.keys() <= {*facts, "error"}


def _last_content(result: CallToolResult, body: bytes) -> str:
    """Return the kind and the type of the last content, which are the body's bytes."""
    content = result.content[-1].model_dump(mode="json", by_alias=True)
    values = content.get("resource", content)
    data = values.get("blob", values.get("data"))
    assert base64.b64decode(data) == body
    introduction = "".join(
        text.text for text in result.content[:-1] if text.type == "text"
    )
    words = f"{content['type']} {values['mimeType']}"
    if introduction:
        assert introduction.startswith(f"{values['mimeType']}, {len(body):,} bytes, ")
    return words


def _structure(result: CallToolResult) -> Any:
    return result.structured_content


def _in_words(body: bytes) -> str:
    """Return a text, or the media type and the size of other bytes."""
    try:
        words = body.decode()
    except ValueError:
        words = "\0"
    is_text = "\0" not in words
    return words if is_text else f"application/octet-stream, {len(body):,} bytes"


def _compare(actual: Values, expected: Values) -> None:
    assert actual == expected, f"{actual} is not {expected}"
