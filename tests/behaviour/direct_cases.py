"""Calls that are nearly plain, each in its own way, and possible upstream behaviour."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from odd_requests import (
    CONSTANT,
    ENVELOPE,
    LEGACY,
    META,
    MODERN,
    Draft,
    Members,
    Verbatim,
    other,
    plain,
)
from requests_and_answers import Ending, Request

CLIENT = f"{META}clientInfo"
ODD: list[Any] = [
    *(True, 1, 1.5, None, [], "", "1", 2**70, Verbatim("1" * 5000)),
    Members([("x", 1)]),
]
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
MIB = b" " * (1 << 20)


def requests() -> Iterator[Request]:
    """Give requests for the tools of the ledger, of both revisions."""
    for revision in (LEGACY, MODERN):
        call = plain(revision, "names", {})
        yield call.request()
        for draft in (
            *with_fields(call),
            *with_members(call),
            *with_arguments(revision),
        ):
            yield draft.request()
        yield from with_bodies(call)
        for method in CONSTANT[revision]:
            for draft in with_others(other(revision, method)):
                yield draft.request()
    for draft in with_envelopes(plain(MODERN, "names", {})):
        yield draft.request()
    for name in ("größe", "=?base64?eA==?=", "a name"):
        yield plain(MODERN, name, {}).request()
        yield plain(MODERN, name, {}).with_field("mcp-name", "x").request()


def with_others(request: Draft) -> Iterator[Draft]:
    yield request
    yield request.lacking("params")
    yield request.having(1, "id")
    yield request.lacking("id")
    yield request.with_field("mcp-protocol-version", LEGACY)
    yield request.with_field("mcp-protocol-version", MODERN)
    yield request.with_field("mcp-name", "names")
    yield request.with_field("mcp-method", "ping")
    yield request.having("x", "params", "cursor")
    yield request.having(None, "params")
    for name, values in INTRODUCTIONS.items():
        for value in values:
            yield request.having(value, "params", name)


INTRODUCTIONS: dict[str, list[Any]] = {
    "protocolVersion": ["2024-11-05", MODERN, "x", 1],
    "capabilities": [
        *([], None, Members([("x", Members())])),
        Members([("roots", Members([("listChanged", True)]))]),
        Members([("roots", Members([("listChanged", "x")]))]),
        Members([("elicitation", Members([("form", 1)]))]),
        Members([("sampling", 1)]),
    ],
    "clientInfo": [
        *([], None, Members([("name", "n")]), Members([("version", "n")])),
        Members([("name", "n"), ("version", 1)]),
        Members([("name", "n"), ("version", "1"), ("title", "t"), ("icons", 1)]),
        Members([("name", "n"), ("version", "1"), ("title", "t")]),
    ],
}
"""Parameters of `initialize`, right and wrong; other methods have none of them."""


def with_fields(call: Draft) -> Iterator[Draft]:
    for name, value in call.fields:
        yield call.with_field(name)
        yield call.with_field(name, "wrong")
        yield call.with_field(name, value, value)
        yield call.with_field(name, "wrong", value)
    yield call.with_field("origin", "http://127.0.0.1:9099")
    yield call.with_field("origin", "https://evil.example")
    yield call.with_field("origin", "")
    yield call.with_field("host", "größe.example")
    yield call.with_field("host", "grÃ¶Ã\x9fe.example")
    yield call.with_field("mcp-protocol-version", "2025-06-18")


def with_members(call: Draft) -> Iterator[Draft]:
    for name, _ in call.message:
        yield call.lacking(name)
        yield call.having("wrong", name)
    for value in ODD:
        yield call.having(value, "id")
        yield call.having(value, "method")
    yield call.having(Members(), "result")
    yield call.having(Members([("code", 1), ("message", "")]), "error")
    yield call.having([], "params")
    for value in ("no-such-tool", 1, None, ["names"]):
        yield call.having(value, "params", "name")
    yield call.lacking("params", "name")
    yield call.having(Members([("progressToken", [])]), "params", "_meta")
    yield call.having([], "params", "_meta")
    yield call.having(Members([(f"{META}logLevel", "x")]), "params", "_meta")
    for value in ("", TRACEPARENT, 1, None):
        for meta in (("traceparent", value), ("tracestate", value), ("x", value)):
            yield call.having(Members([meta]), "params", "_meta")
    yield call.having(1, "params", "task")
    yield call.having(1, "params", "inputResponses")


def with_arguments(revision: str) -> Iterator[Draft]:
    call = plain(revision, "names", {})
    yield call.lacking("params", "arguments")
    for value in ODD:
        yield call.having(value, "params", "arguments")
    for amount in ("NaN", "1e999", "1", "1" * 30, "1" * 5000, '"1"', "1" * 20 + "e300"):
        arguments = {"account": "a", "amount": Verbatim(amount)}
        yield plain(revision, "book", arguments)
    yield plain(revision, "book", {"account": "..", "amount": 1})
    yield plain(revision, "book", {"account": Verbatim('"\\ud800"'), "amount": 1})
    for depth in (196, 197, 198, 300, 990):
        deep = Verbatim("[" * depth + "]" * depth)
        yield plain(revision, "book", {"account": "a", "amount": 1, "parts": deep})


def with_envelopes(call: Draft) -> Iterator[Draft]:
    meta = ("params", "_meta")
    for name, _ in ENVELOPE:
        yield call.lacking(*meta, name)
        for value in ("wrong", None, Members([("x", 1)])):
            yield call.having(value, *meta, name)
    capabilities = Members([("sampling", 1)])
    yield call.having(capabilities, *meta, f"{META}clientCapabilities")
    for name in ("name", "version"):
        yield call.lacking(*meta, CLIENT, name)
        yield call.having(1, *meta, CLIENT, name)
    yield call.having(1, *meta, CLIENT, "title")
    yield call.having([], *meta, "progressToken")
    for trace in ("", TRACEPARENT, 1, None):
        yield call.having(trace, *meta, "traceparent")
    for level in ("info", "x", 1):
        yield call.having(level, *meta, f"{META}logLevel")


def with_bodies(call: Draft) -> Iterator[Request]:
    request = call.request()
    yield replace(request, method="PUT")
    yield replace(request, path="/mcp/")
    yield replace(request, protocol="websocket")
    yield replace(request, piece=50)
    yield replace(request, ending=Ending.GONE)
    endless = call.with_field("content-length", "10")
    yield replace(endless.request(5 * MIB), piece=1 << 18, ending=Ending.SILENT)
    longer = endless.request(request.body + MIB + b"x")
    yield replace(longer, piece=len(longer.body) - 1)
    too_long = call.with_field("content-length", "4194305")
    yield replace(too_long.request(b""), ending=Ending.SILENT)
    for body in (
        *(b"", b"1", b"[]", b"{", request.body + b"x", request.body + MIB),
        *(b"\xef\xbb\xbf" + request.body, b"[" + request.body + b"]"),
        call.text.encode("utf-16"),
        request.body.replace(b"names", b"n\xff"),
        request.body.replace(b'"id"', b'"id":2,"id"'),
        request.body.replace(b'"method"', b'"method":"x","method"'),
        request.body.replace(b'"arguments":{', b'"arguments":{"x":[],"x":{}'),
        request.body.replace(
            b'"name"', b'"name":' + b"[" * 300 + b"]" * 300 + b',"name"'
        ),
    ):
        yield call.request(body)


def outcomes(errors: Any, reply: Any) -> Iterator[Any]:
    """Yield each kind of upstream behaviour once."""
    yield None
    yield errors.NotSentError()
    yield errors.NoAnswerError("broke the connection")
    yield TimeoutError()
    yield errors.CallError(503, "Service Unavailable", "too many", retry_after=1)
    for status in (200, 204, 302, 304, 401, 429, 503, 600):
        for body in (b"", b'{"items": [{"name": 12345678901234567890123}]}', b"\xff\0"):
            for fields in ((), ((b"retry-after", b"0"),), ((b"content-type", b"a/b"),)):
                yield reply.Reply(status, fields, body)
    for depth in (190, 260, 1000, 1100):
        deep = b"[" * depth + b"]" * depth
        yield reply.Reply(200, (), b'{"items": [{"name": ' + deep + b"}]}")
    for body in (b' {"a" : 1e2, "a": 2} ', b"[%d, 1e22, -0, 0.10]" % 2**70, b"null"):
        yield reply.Reply(200, ((b"content-type", b"text/plain"),), body)
    for number in (b"1" * 5000, b"1" * 20 + b"e300", b"1e22", b"-0.0"):
        yield reply.Reply(200, (), b'{"items": [{"name": ' + number + b"}]}")
