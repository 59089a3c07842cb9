"""A generated MCP server in this process, and one of the official SDK beside it."""

import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from itertools import groupby
from types import ModuleType
from typing import Any

import accepted_differences
import anyio
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp.server.transport_security import TransportSecuritySettings
from requests_and_answers import PORT, Answer, Fields, Request
from service import Package
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from waiting import PATIENCE


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
        """Forget the received requests, and return them once each.

        How often a call is repeated depends on the calls before it.
        """
        requests = tuple(request for request, _ in groupby(self.mock.requests))
        self.mock.requests.clear()
        return requests


class Junction:
    """Stands in place of the application behind the guards: ours, or the SDK's."""

    def __init__(self, runtime: Callable[[str], ModuleType]) -> None:
        self._http, self._server = runtime("mcp.http"), runtime("mcp.server")
        self._own_app = self._http.Paths

    def place(self, offer: Any, page: ASGIApp) -> ASGIApp:
        """Make both applications; the package's own comes first."""
        self.offer, self.ours = offer, self._own_app(offer, page)
        self.router = self.ours.router
        self.way = self.ours
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.way(scope, receive, send)

    @asynccontextmanager
    async def open_sdk(self) -> AsyncIterator[None]:
        """Run the SDK's server for the offer, whose API client is open."""
        server = self._server.ToolServer(self.offer)
        settings = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        app = server.streamable_http_app(
            json_response=True, stateless_http=True, transport_security=settings
        )
        app.router.redirect_slashes = False
        self.sdk = Refusing(app, self.ours, self._http)
        async with server.session_manager.run():
            yield


class Refusing:
    """ASGI middleware that leaves to a package the requests that it refuses itself.

    The SDK takes some messages that have two readings; headers aren't normalised there.
    """

    def __init__(self, sdk: ASGIApp, ours: ASGIApp, http: ModuleType) -> None:
        self._sdk, self._ours, self._http = sdk, ours, http

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_message = scope["type"] == "http" and scope["method"] == "POST"
        if not is_message or scope["path"] != "/mcp":
            await self._ours(scope, receive, send)
            return
        messages: list[Message] = []

        async def receive_once() -> Message:
            messages.append(await receive())
            return messages[-1]

        async def receive_again() -> Message:
            return messages.pop(0) if messages else await receive()

        is_refused = await self._is_refused(scope["headers"], receive_once)
        fields = [(name, _normalise(name, text)) for name, text in scope["headers"]]
        app = self._ours if is_refused else self._sdk
        own_scope = scope if is_refused else {**scope, "headers": fields}
        await app(own_scope, receive_again, send)

    async def _is_refused(self, fields: Fields, receive: Receive) -> bool:
        headers = self._http.Headers(fields)
        try:
            headers.check_body()
            body = await self._http.receive_body(receive, self._http.LONGEST_BODY)
            if body is not None:
                headers.check_named_revision(self._http.read_message(body))
        except self._http.ProtocolError:
            return True
        return body is None


def _normalise(name: bytes, text: bytes) -> bytes:
    text = text.strip(b" \t")
    return text.lower() if name in (b"host", b"content-type") else text


@dataclass(frozen=True)
class Server:
    """A running server: its application, junction and upstream."""

    app: ASGIApp
    junction: Junction
    upstream: ScriptedUpstream
    runtime: Callable[[str], ModuleType]
    """Imports a module of the package's runtime."""

    @property
    def lists(self) -> dict[str, list[Any]]:
        """The tools, resources, resourceTemplates and prompts of the server."""
        pages = self.junction.offer.lists.values()
        return {name: rows for page in pages for name, rows in page.items()}


@dataclass(frozen=True)
class TwoWays:
    """A server that can be asked in both ways."""

    server: Server
    portal: BlockingPortal

    def ours(self, request: Request, outcome: Any = None) -> Answer:
        """Ask the package."""
        return self.by(self.server.junction.ours, request, outcome)

    def by_sdk(self, request: Request, outcome: Any = None) -> Answer:
        """Ask the SDK, without parameters that the package doesn't read."""
        messages = self.server.runtime("mcp.messages")
        with suppress(messages.ProtocolError):  # which the package refuses
            messages.read_message(request.body)
            request = accepted_differences.without_unread(request)
        return self.by(self.server.junction.sdk, request, outcome)

    def by(self, way: ASGIApp, request: Request, outcome: Any) -> Answer:
        answer: Answer = self.portal.call(_asked_by, self.server, way, request, outcome)
        return answer

    def by_both(self, request: Request, outcome: Any = None) -> tuple[Answer, Answer]:
        """Ask the package and the SDK; accepted differences are gone."""
        ours, by_sdk = self.ours(request, outcome), self.by_sdk(request, outcome)
        return ours, accepted_differences.accept(request, ours, by_sdk)


async def _asked_by(
    server: Server, way: ASGIApp, request: Request, outcome: Any = None
) -> Answer:
    server.junction.way = way
    server.upstream.outcome = outcome
    return await ask(server, request)


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
        return Answer(500, repr(error), server.upstream.forget_requests())
    return _answer(answers, server.upstream.forget_requests())


def _answer(messages: list[Message], requests: tuple[Any, ...]) -> Answer:
    if not messages:  # the client has left
        return Answer(0, "", requests)
    start, *parts = messages
    raw = b"".join(part.get("body", b"") for part in parts)
    body = raw.decode()
    if body and (b"content-type", b"application/json") in start.get("headers", ()):
        body = json.dumps(json.loads(body), sort_keys=True)
    return Answer(start.get("status", 0), body, requests, raw)


@asynccontextmanager
async def start_server(package: Package, port: int = PORT) -> AsyncIterator[Server]:
    """Run a package's MCP server in this event loop, against its embedded upstream."""
    modules = partial(_import_module, package, package.module)
    runtime = partial(_import_module, package, package.runtime)
    upstream = ScriptedUpstream(modules("mock").create_mock())
    settings = modules("client").Settings.from_env({})
    connect = partial(modules("client").connect, settings, upstream)
    adapter = modules("mcp_server")
    hosts = ("größe.example",)
    listener = runtime("settings").Listener("127.0.0.1", port, hosts, hosts)
    guards = runtime("http.guards").listener_guards(listener)
    offer = adapter.create_offer(connect, guards=guards)
    junction = Junction(runtime)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runtime("mcp.http"), "Paths", junction.place)
        app = runtime("mcp.http").create_mcp_app(offer, "")
    async with app.router.lifespan_context(app), junction.open_sdk():
        yield Server(app, junction, upstream, runtime)


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
