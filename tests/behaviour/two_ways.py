"""A generated MCP server in this process, asked by its short way or only the SDK."""

import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from importlib import import_module
from itertools import repeat
from types import ModuleType
from typing import Any

import anyio
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from service import Package
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from waiting import PATIENCE

Fields = tuple[tuple[bytes, bytes], ...]

PORT = 9099
UNDIVIDED = 1 << 30


class Ending(Enum):
    """The end of a body after its bytes."""

    COMPLETE = "It was all."
    GONE = "There was to be more, but the caller is gone."
    SILENT = "There is to be more, but nothing comes."


class NothingComesError(Exception):
    """An application waits for more of a body than it needs."""


@dataclass(frozen=True)
class Request:
    """An HTTP request, as a server hands it to an application."""

    fields: Fields
    body: bytes
    method: str = "POST"
    path: str = "/mcp"
    protocol: str = "http"
    piece: int = UNDIVIDED
    """How many bytes of the body arrive at once."""
    ending: Ending = Ending.COMPLETE

    @property
    def scope(self) -> dict[str, Any]:
        method = {"method": self.method} if self.protocol == "http" else {}
        return {
            **method,
            "type": self.protocol,
            "http_version": "1.1",
            "scheme": "http",
            "path": self.path,
            "query_string": b"",
            "root_path": "",
            "headers": list(self.fields),
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", PORT),
        }

    def messages(self) -> Iterator[Message]:
        starts = range(0, max(len(self.body), 1), self.piece)
        for start in starts:
            yield {
                "type": "http.request",
                "body": self.body[start : start + self.piece],
                "more_body": start != starts[-1] or self.ending != Ending.COMPLETE,
            }
        if self.ending != Ending.SILENT:
            yield from repeat({"type": "http.disconnect"}, 9)
        raise NothingComesError


@dataclass(frozen=True)
class Answer:
    """A response, with normalised JSON, and the requests to the upstream."""

    status: int
    fields: Fields
    body: str
    sent: tuple[Any, ...]
    raw: bytes = field(default=b"", compare=False)
    """The body as it came."""


Expected = list[tuple[Request, Answer]]


@dataclass
class ScriptedUpstream:
    """The package's embedded upstream, and its behaviour in place of a response."""

    mock: Any
    outcome: Any = None
    """A reply, an exception, or None for the samples of the package."""

    async def __call__(
        self, method: str, url: str, fields: Fields, body: bytes | None
    ) -> Any:
        failure = self.outcome if isinstance(self.outcome, Exception) else None
        self.mock.reply = None if failure else self.outcome
        reply = await self.mock(method, url, fields, body)
        if failure:
            raise failure
        return reply

    def forget_requests(self) -> tuple[Any, ...]:
        """Forget the received requests, and return them."""
        requests = tuple(self.mock.requests)
        self.mock.requests.clear()
        return requests


class Junction:
    """Stands where the short way does, and lets requests go in a way that is chosen."""

    def __init__(self) -> None:
        self.way: ASGIApp
        self.reached_sdk = 0

    def place(self, sdk: ASGIApp, offer: Any) -> ASGIApp:
        self.sdk, self.offer = sdk, offer
        return self

    def short(self, direct_calls: Callable[..., ASGIApp]) -> ASGIApp:
        """Return a short way, in front of the SDK."""
        return direct_calls(self._count_call, self.offer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.way(scope, receive, send)

    async def _count_call(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached_sdk += 1
        await self.sdk(scope, receive, send)


@dataclass(frozen=True)
class Server:
    """A running server: its application, junction and upstream."""

    app: ASGIApp
    junction: Junction
    upstream: ScriptedUpstream
    tools: list[Any]
    """The definitions of its tools."""
    runtime: Callable[[str], ModuleType]
    """Imports a module of the package's runtime."""

    @property
    def shortly(self) -> ASGIApp:
        """The package's short way, in front of the SDK."""
        return self.junction.short(self.runtime("mcp.transports").DirectCalls)


@dataclass(frozen=True)
class TwoWays:
    """A server that can be asked in both ways."""

    server: Server
    portal: BlockingPortal

    def shortly(self, request: Request, outcome: Any = None) -> Answer:
        """Ask by the short way that the package has."""
        return self.by(self.server.shortly, request, outcome)

    def by_sdk(self, request: Request, outcome: Any = None) -> Answer:
        """Ask only the SDK."""
        return self.by(self.server.junction.sdk, request, outcome)

    def by(self, way: ASGIApp, request: Request, outcome: Any) -> Answer:
        answer: Answer = self.portal.call(_asked_by, self.server, way, request, outcome)
        return answer

    def by_both(self, request: Request, outcome: Any = None) -> tuple[Answer, Answer]:
        """Ask by the short way, and only the SDK."""
        both: tuple[Answer, Answer] = self.portal.call(
            _asked_by_both, self.server, request, outcome
        )
        return both

    def differs(self, way: ASGIApp, expected: Expected) -> bool:
        """Return whether a way has another answer to any of some requests."""
        return self.portal.call(_differs, self.server, way, expected)


async def _asked_by(
    server: Server, way: ASGIApp, request: Request, outcome: Any = None
) -> Answer:
    server.junction.way = way
    server.upstream.outcome = outcome
    return await ask(server, request)


async def _asked_by_both(
    server: Server, request: Request, outcome: Any
) -> tuple[Answer, Answer]:
    shortly = await _asked_by(server, server.shortly, request, outcome)
    return shortly, await _asked_by(server, server.junction.sdk, request, outcome)


async def _differs(server: Server, way: ASGIApp, expected: Expected) -> bool:
    for request, answer in expected:
        if await _asked_by(server, way, request) != answer:
            return True
    return False


async def ask(server: Server, request: Request) -> Answer:
    """Ask in the way that the junction is set to."""
    messages = request.messages()
    answers: list[Message] = []

    async def receive() -> Message:
        return next(messages)

    async def send(message: Message) -> None:
        answers.append(message)

    server.upstream.forget_requests()
    try:
        with anyio.fail_after(PATIENCE):
            await server.app(request.scope, receive, send)
    except Exception as error:  # which becomes a 500 in every server
        return Answer(500, (), repr(error), server.upstream.forget_requests())
    return _answer(answers, server.upstream.forget_requests())


def _answer(messages: list[Message], requests: tuple[Any, ...]) -> Answer:
    start, *parts = messages
    headers = start.get("headers", ())
    fields = tuple(sorted(field for field in headers if field[0] != b"content-length"))
    raw = b"".join(part.get("body", b"") for part in parts)
    body = raw.decode()
    if body and (b"content-type", b"application/json") in fields:
        with suppress(ValueError):  # a spoilt way writes no JSON
            body = json.dumps(json.loads(body), sort_keys=True)
    return Answer(start.get("status", 0), fields, body, requests, raw)


@asynccontextmanager
async def start_server(package: Package, port: int = PORT) -> AsyncIterator[Server]:
    """Run a package's MCP server in this event loop, against its embedded upstream."""
    modules = partial(_import_module, package, package.module)
    runtime = partial(_import_module, package, package.runtime)
    upstream = ScriptedUpstream(modules("mock").create_mock())
    settings = modules("client").Settings.from_env({})
    connect = partial(modules("client").connect, settings, upstream)
    adapter = modules("mcp_server")
    tools = [tool.definition for tool in adapter.TOOLS]
    hosts = ("größe.example",)
    listener = runtime("settings").Listener("127.0.0.1", port, hosts, hosts)
    guards = runtime("http.guards").listener_guards(listener)
    offer = adapter.create_offer(connect, guards=guards)
    junction = Junction()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runtime("mcp.transports"), "DirectCalls", junction.place)
        app = runtime("mcp.transports").create_mcp_app(offer, "")
    async with app.router.lifespan_context(app):
        yield Server(app, junction, upstream, tools, runtime)


@contextmanager
def two_ways(package: Package) -> Iterator[TwoWays]:
    """Run the package's MCP server until the end of the block, and ask it from here."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(start_server(package)) as server,
    ):
        yield TwoWays(server, portal)


def _import_module(package: Package, parent: str, name: str) -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(package.project), *sys.path])
        return import_module(f"{parent}.{name}")
