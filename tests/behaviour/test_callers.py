"""Calls whose client disconnects before the response."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from operator import itemgetter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from service import Package, Service, running

from recording_upstream import accepting
from waiting import PATIENCE, eventually

SPEC = Path(__file__).with_name("reports.yaml")
ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
JSON = "Content-Type: application/json\r\n"


class SlowUpstream:
    """Answers when it is allowed to; remembers who hung up before."""

    def __init__(self) -> None:
        self.arrived: asyncio.Queue[str] = asyncio.Queue()
        self.hung_up: asyncio.Queue[str] = asyncio.Queue()
        self.allowed = asyncio.Event()
        self.answered = asyncio.Event()

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method = head.decode().partition(" ")[0]
        await self.arrived.put(method)
        end = asyncio.create_task(self._end(reader, method))
        await self.allowed.wait()
        if not end.done():
            writer.write(ANSWER)
            await writer.drain()
            self.answered.set()
        end.cancel()
        writer.close()

    async def _end(self, reader: asyncio.StreamReader, method: str) -> None:
        while await reader.read(4096):
            pass
        await self.hung_up.put(method)


@pytest.fixture
async def upstream() -> SlowUpstream:
    return SlowUpstream()


@pytest.fixture
async def root(upstream: SlowUpstream) -> AsyncIterator[str]:
    async with accepting(upstream.serve) as address:
        yield f"http://{address}"
        upstream.allowed.set()


@pytest.fixture
def service(package: Package, root: str) -> Iterator[Service]:
    with running(package, REPORTS_BASE_URI=root) as process:
        yield process


@asynccontextmanager
async def asking(
    service: Service, kind: str, head: str, body: str = ""
) -> AsyncIterator[None]:
    """Send a request; hang up at the end of the block."""
    place = urlsplit(service.url(kind))
    _, writer = await asyncio.open_connection(place.hostname, place.port)
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    writer.write(f"{head}Host: {place.netloc}\r\n{length}\r\n{body}".encode())
    await writer.drain()
    try:
        yield
    finally:
        writer.close()


def calling(tool: str, accept: str = "application/json") -> tuple[str, str, str]:
    """Return the request of a plain tool call; the SDK gets it if it accepts more."""
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": tool, "arguments": {}},
    }
    head = (
        f"POST /mcp HTTP/1.1\r\nAccept: {accept}\r\n{JSON}"
        "Mcp-Protocol-Version: 2025-11-25\r\n"
    )
    return "mcp", head, json.dumps(call)


MORE = "application/json, text/event-stream;q=0.5"
GETS = [
    ("rest", "GET /reports HTTP/1.1\r\n", ""),
    calling("read"),
    calling("read", MORE),
]
READS = dict(zip(("rest", "mcp"), GETS[:2], strict=True))
POSTS = [
    ("rest", f"POST /reports HTTP/1.1\r\n{JSON}", '{"body": 1}'),
    ("rest", "GET /searches HTTP/1.1\r\n", ""),
    calling("write"),
    calling("write", MORE),
]


@pytest.mark.parametrize("request_", GETS, ids=itemgetter(0))
async def test_a_read_is_given_up(
    service: Service, upstream: SlowUpstream, request_: tuple[str, str, str]
) -> None:
    async with asking(service, *request_):
        assert await upstream.arrived.get() == "GET"
        assert upstream.hung_up.empty()
    assert await asyncio.wait_for(upstream.hung_up.get(), PATIENCE) == "GET"
    assert "had gone" not in service.output


async def notice(service: Service, upstream: SlowUpstream, kind: str) -> None:
    """Let the server see who has hung up: it looks for those who wait longest first.

    So it knows of them when it gives up a read whose client has hung up after them.
    """
    async with asking(service, *READS[kind]):
        assert await upstream.arrived.get() == "GET"
    assert await asyncio.wait_for(upstream.hung_up.get(), PATIENCE) == "GET"


@pytest.mark.parametrize("request_", POSTS, ids=itemgetter(0))
async def test_a_change_is_finished_and_logged(
    service: Service, upstream: SlowUpstream, request_: tuple[str, str, str]
) -> None:
    async with asking(service, *request_):
        assert await upstream.arrived.get() == "POST"
    await notice(service, upstream, request_[0])
    assert upstream.hung_up.empty()
    upstream.allowed.set()
    await asyncio.wait_for(upstream.answered.wait(), PATIENCE)
    service.signal(signal.SIGTERM)
    assert service.end() == 0
    eventually(lambda: "the caller of a POST had gone: 201" in service.output)


@pytest.mark.parametrize("request_", [*GETS, *POSTS], ids=itemgetter(0))
async def test_a_caller_that_stays_is_answered(
    service: Service, upstream: SlowUpstream, request_: tuple[str, str, str]
) -> None:
    async with asking(service, *request_):
        await upstream.arrived.get()
        await notice(service, upstream, request_[0])
        assert upstream.hung_up.empty()
        upstream.allowed.set()
        await asyncio.wait_for(upstream.answered.wait(), PATIENCE)
    assert "had gone" not in service.output
