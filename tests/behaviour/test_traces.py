"""Traces of calls, as a collector gets them from a running package."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from collector import Collector, Span, collecting
from exact_http import exactly
from mcp import Client, MCPError
from mcp.client.stdio import stdio_client
from service import Package, Service, running

from recording_upstream import Answer, RecordingUpstream

SPEC = Path(__file__).with_name("traces.yaml")
VARIABLES = {"LIBRARY_KEY": "SECRET-of-the-library", "TRACES_TIMEOUT": "60"}
LEGACY, MODERN = "2025-11-25", "2026-07-28"
META = "io.modelcontextprotocol/"
TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{CALLER}-01"
OTHER = "00-11111111111111111111111111111111-2222222222222222-01"
TOOL = {
    "mcp.method.name": "tools/call",
    "jsonrpc.request.id": "7",
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "get-book",
}
OVER_HTTP = {
    "network.transport": "tcp",
    "network.protocol.name": "http",
    "network.protocol.version": "1.1",
}


Spans = Callable[[int], Awaitable[list[Span]]]


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
def variables(variables: dict[str, str], collector: Collector) -> dict[str, str]:
    return {**variables, **collector.variables}


@pytest.fixture
def spans(service: Service, upstream: RecordingUpstream, collector: Collector) -> Spans:
    """Return how spans are taken, once those of the start have come."""
    del service, upstream
    collector.spans.clear()
    return lambda number: asyncio.to_thread(collector.take, number)


async def tool_call(
    service: Service, revision: str, tool: str = "get-book", **changes: Any
) -> Any:
    """Call a tool by a plain request, and return its answer."""
    arguments = changes.pop("arguments", {"id": "1"})
    meta = changes.pop("meta", {})
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "MCP-Protocol-Version": revision,
        **changes.pop("headers", {}),
    }
    if revision == MODERN:
        meta |= {f"{META}protocolVersion": MODERN, f"{META}clientCapabilities": {}}
        headers |= {"MCP-Method": "tools/call", "MCP-Name": tool}
    params = {"name": tool, "arguments": arguments}
    if meta:
        params["_meta"] = meta
    message = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}
    body = json.dumps(message | changes).encode()
    return (await send("POST", service.url("mcp"), "/mcp", body, headers)).json()


async def send(*request: Any, **options: Any) -> Any:
    """Send a request from a thread, as this one runs the upstream."""
    return await asyncio.to_thread(exactly, *request, **options)


async def test_a_request_has_a_server_span_and_a_client_span(
    spans: Spans, service: Service, address: str
) -> None:
    headers = {"traceparent": TRACEPARENT}
    await send("GET", service.url("rest"), "/books/1?note=a", headers=headers)

    client, server = await spans(2)
    assert (server.name, server.kind) == ("GET /books/{id}", "server")
    assert server.attributes == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/books/{id}",
        "network.protocol.version": "1.1",
        "url.scheme": "http",
    }
    host, port = address.split(":")
    assert (client.name, client.kind) == ("GET", "client")
    assert client.attributes == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "server.address": host,
        "server.port": int(port),
    }
    assert (server.trace, server.parent) == (TRACE, CALLER)
    assert (client.trace, client.parent) == (TRACE, server.id)
    assert server.service == "traces"
    assert not server.is_error
    assert not client.is_error


CALLERS: list[tuple[dict[str, Any], dict[str, str], str, tuple[str, ...]]] = [
    ({}, {}, "", ()),
    ({"traceparent": TRACEPARENT}, {"traceparent": OTHER}, CALLER, ("2" * 16,)),
    ({"traceparent": "wrong"}, {"traceparent": OTHER}, "2" * 16, ()),
    ({"tracestate": "a=b"}, {"traceparent": OTHER}, "2" * 16, ()),
]
"""The caller in the meta is the parent, and then that of HTTP is a link."""


@pytest.mark.parametrize("revision", [LEGACY, MODERN])
@pytest.mark.parametrize("more", [{}, {"progressToken": 1}], ids=["direct", "sdk"])
async def test_a_tool_call_has_the_same_spans_on_each_way(
    spans: Spans, service: Service, revision: str, more: dict[str, Any]
) -> None:
    attributes = {**TOOL, **OVER_HTTP, "mcp.protocol.version": revision}
    for meta, headers, parent, links in CALLERS:
        answer = await tool_call(
            service, revision, meta={**meta, **more}, headers=headers
        )
        assert not answer["result"]["isError"]

        client, server = await spans(2)
        assert (server.name, server.kind) == ("tools/call get-book", "server")
        assert server.attributes == attributes
        assert (client.trace, client.parent) == (server.trace, server.id)
        assert (server.parent, server.links) == (parent, links), meta


async def test_each_step_has_a_span_inside_that_of_the_call(
    spans: Spans, service: Service
) -> None:
    await send("GET", service.url("rest"), "/written/1")

    by_name = {span.name: span for span in await spans(6) if span.kind != "client"}
    server = by_name.pop("GET /written/{id}")
    assert {name: span.attributes for name, span in by_name.items()} == {
        "step.call book": step("call", "book", "store"),
        "step.call authors": step("call", "authors", "store"),
        "step.lookup written-by": {
            "naftiko.step.type": "lookup",
            "naftiko.step.name": "written-by",
        },
    }
    assert {span.parent for span in by_name.values()} == {server.id}
    assert {span.kind for span in by_name.values()} == {"internal"}


def step(kind: str, name: str, namespace: str) -> dict[str, str]:
    names = {"naftiko.step.name": name, "naftiko.namespace": namespace}
    return {"naftiko.step.type": kind, **names}


async def test_spans_say_how_calls_have_failed(
    spans: Spans, service: Service, upstream: RecordingUpstream
) -> None:
    upstream.answer = Answer(status=404)
    await send("GET", service.url("rest"), "/written/1")
    errors = {span.name: span.error for span in await spans(5)}
    # The first failure cancels the other call.
    assert errors["step.call book"] == "404"
    assert errors["step.call authors"] in ("404", "cancelled")
    assert errors["GET /written/{id}"] == ""

    await tool_call(service, LEGACY)
    client, server = await spans(2)
    assert (client.error, server.error) == ("404", "tool_error")

    upstream.answer = Answer(status=500)
    await send("GET", service.url("rest"), "/books/1?note=a")
    client, server = await spans(2)
    assert (client.error, server.error) == ("500", "500")
    assert client.is_error
    assert server.is_error

    await send("GET", service.url("rest"), "/SECRET/SECRET")
    await send("PURGE", service.url("rest"), "/loans?SECRET")
    await send("GET", service.url("mcp"), "/mcp")
    for meta in ({}, {"progressToken": 1}):
        await tool_call(service, LEGACY, "SECRET", meta=meta)
        await tool_call(service, LEGACY, meta=meta, arguments={"SECRET": "SECRET"})
    await tool_call(service, LEGACY, method="SECRET")
    await send("POST", service.url("mcp"), "/mcp", b"{}")
    trace = await spans(9)
    assert [(span.name, span.error) for span in trace] == [
        ("GET", ""),
        ("HTTP /loans", ""),
        ("GET /mcp", ""),
        ("tools/call", "-32602"),
        ("tools/call get-book", "tool_error"),
        ("tools/call", "-32602"),
        ("tools/call get-book", "tool_error"),
        ("_OTHER", "-32601"),
        ("POST /mcp", ""),
    ]
    assert not any("SECRET" in span.text for span in trace)


async def test_a_call_whose_client_has_left_ends_its_spans(
    spans: Spans, service: Service, upstream: RecordingUpstream
) -> None:
    upstream.gate.clear()
    upstream.arrived.clear()
    async with service.client() as client:
        call = asyncio.create_task(client.get("/books/1?note=a"))
        await upstream.arrived.wait()
        call.cancel()
        with suppress(asyncio.CancelledError):
            await call
    trace = await spans(2)
    upstream.gate.set()
    assert trace[0].error == "cancelled"
    assert trace[1].name == "GET /books/{id}"


async def test_a_call_that_takes_too_long_ends_its_spans(
    package: Package,
    variables: dict[str, str],
    upstream: RecordingUpstream,
    collector: Collector,
) -> None:
    upstream.gate.clear()
    env = {**variables, "TRACES_TIMEOUT": "0.2"}
    with running(package, **env) as service:
        collector.spans.clear()
        async with service.client() as client:
            assert (await client.get("/written/1")).status_code == 504
        trace = await asyncio.to_thread(collector.take, 5)
    upstream.gate.set()
    errors = {span.name: span.error for span in trace}
    assert errors.pop("GET /written/{id}") == "504"
    assert set(errors) == {"GET", "step.call book", "step.call authors"}
    assert all(errors.values())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("none", {}),
        ("w3c", {"traceparent": "00-{trace}-{id}-01"}),
        ("b3", {"b3": "{trace}-{id}-1"}),
    ],
)
async def test_upstreams_are_told_of_a_trace_if_that_is_asked(
    package: Package,
    variables: dict[str, str],
    upstream: RecordingUpstream,
    collector: Collector,
    value: str,
    expected: dict[str, str],
) -> None:
    with running(package, **variables, TRACES_TRACE_UPSTREAM=value) as service:
        collector.spans.clear()
        headers = {"traceparent": TRACEPARENT, "tracestate": "a=b", "baggage": "c=d"}
        await send("GET", service.url("rest"), "/books/1?note=a", headers=headers)
        client_span, _ = await asyncio.to_thread(collector.take, 2)
    names = ("traceparent", "tracestate", "b3", "baggage")
    fields = {name: upstream.only.field(name) for name in names}
    place = {"trace": TRACE, "id": client_span.id}
    assert {name: text for name, text in fields.items() if text} == {
        name: text.format(**place) for name, text in expected.items()
    }


async def test_workers_export_all_spans_before_they_end(
    package: Package,
    variables: dict[str, str],
    upstream: RecordingUpstream,
    collector: Collector,
) -> None:
    del upstream
    env = {**variables, "OTEL_BSP_SCHEDULE_DELAY": "3600000"}
    with running(package, "serve", "--workers", "2", **env) as service:
        collector.spans.clear()
        async with service.client() as client:
            for _ in range(4):
                response = await client.get("/books/1?note=a")
                assert response.status_code == 200
        service.signal(signal.SIGTERM)
        await asyncio.to_thread(service.end)
    names = sorted(span.name for span in collector.spans)
    assert names[:8] == sorted([*["GET"] * 4, *["GET /books/{id}"] * 4])


async def test_the_line_of_a_call_and_the_status_tell_of_traces(
    package: Package,
    variables: dict[str, str],
    upstream: RecordingUpstream,
    collector: Collector,
) -> None:
    del upstream
    options = ("--log-level", "info", "--log-format", "json", "--control-port", "0")
    with running(package, "serve", *options, **variables) as service:
        collector.spans.clear()
        status = await send("GET", service.url("control"), "/status")
        await send("GET", service.url("rest"), "/books/1?note=a")
        trace = await asyncio.to_thread(collector.take, 2)
    server = next(span for span in trace if span.kind == "server")
    lines = [json.loads(line) for line in service.output.splitlines()]
    entry = next(line for line in lines if line.get("operation") == "GET /books/{id}")
    assert (entry["trace_id"], entry["span_id"]) == (server.trace, server.id)
    assert status.json()["otel"] == {"status": "active"}


@pytest.fixture
async def speaking(
    package: Package, variables: dict[str, str], upstream: RecordingUpstream
) -> AsyncIterator[Client]:
    del upstream
    server = package.speaking("mcp", "--stdio", **variables)
    async with Client(stdio_client(server), mode="legacy") as client:
        yield client


async def test_calls_on_standard_input_have_spans(
    speaking: Client, collector: Collector
) -> None:
    collector.spans.clear()
    await speaking.call_tool("get-book", {"id": "1"})
    await speaking.get_prompt("ask", {"topic": "SECRET"})
    with suppress(MCPError):
        await speaking.get_prompt("SECRET")

    trace = await asyncio.to_thread(collector.take, 6)
    by_name = {span.name: span for span in trace}
    server, prompt = by_name["tools/call get-book"], by_name["prompts/get ask"]
    assert server.attributes["network.transport"] == "pipe"
    assert "network.protocol.name" not in server.attributes
    assert by_name["GET"].parent == server.id
    assert prompt.attributes["gen_ai.prompt.name"] == "ask"
    assert by_name["prompts/get"].error == "-32602"
    assert not any("SECRET" in span.text for span in trace)


async def test_no_span_holds_a_secret(
    spans: Spans, service: Service, upstream: RecordingUpstream, collector: Collector
) -> None:
    del spans
    rest, calls = service.url("rest"), 20
    for call in range(calls):
        parts = [f"SECRET-{call}-{number}" for number in range(10)]
        path, query, header, body, argument, note, reader, name, answer, agent = parts
        upstream.answer = Answer(
            json.dumps({"author": answer, answer: answer}).encode(),
            (("Content-Type", "application/json"), ("X-Answer", answer)),
            # The last one is in the text of the exception that its line raises.
            status=(200, 404, 500, 302, f"SECRET-{call}-status")[call % 5],
        )
        headers = {"X-Note": header, "User-Agent": agent, "Authorization": header}
        await send("GET", rest, f"/books/{path}?note={query}", headers=headers)
        await send("GET", rest, f"/written/{path}", headers=headers)
        await send("GET", rest, f"/{path}/{query}?{query}", headers=headers)
        loan = json.dumps({"reader": body}).encode()
        await send("POST", rest, "/loans", loan, {"Content-Type": "application/json"})
        for meta in ({}, {"progressToken": note}):
            arguments = {"id": argument, "note": note}
            await tool_call(service, LEGACY, arguments=arguments, meta=dict(meta))
            await tool_call(service, MODERN, "lend", arguments={"reader": reader})
            await tool_call(
                service, LEGACY, arguments={name: argument}, meta=dict(meta)
            )
            await tool_call(service, LEGACY, name, arguments={}, meta=dict(meta))
            await tool_call(
                service, LEGACY, "lend", id=f"{name} as an id", meta=dict(meta)
            )

    service.signal(signal.SIGTERM)
    await asyncio.to_thread(service.end)
    assert len(collector.spans) >= calls * 20
    assert any("malformed_response" in span.text for span in collector.spans)
    assert [span for span in collector.spans if "SECRET" in span.text] == []


def test_nothing_is_imported_unless_calls_are_traced(package: Package) -> None:
    process = package.execute(UNTRACED)

    assert process.stdout == "None []\n", process.stderr


UNTRACED = """\
import sys
from RUNTIME.observing.calls import OBSERVERS
from RUNTIME.serving.listening import trace
from RUNTIME.serving.program import Program

before = {name for name in sys.modules if name.startswith("opentelemetry")}
for env in ({}, {"OTEL_TRACES_EXPORTER": "none"}, {"OTEL_SDK_DISABLED": "true"}):
    with trace(Program("a", "1", ""), "", env) as nothing:
        pass
after = {name for name in sys.modules if name.startswith("opentelemetry")}
print(nothing, sorted(after - before) + OBSERVERS)
"""
