"""One application on two connections: answered directly, and by Starlette's router."""

import asyncio
import logging
import re
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.server import ServerState

from naftiko_runtime import rest as rest_app
from naftiko_runtime.http.guards import BearerAuthentication, listener_guards
from naftiko_runtime.http.messages import (
    SAFE,
    ObservedRequests,
    RawHeaders,
    send_response,
)
from naftiko_runtime.inputs import INTEGER, OBJECT, STRING, array
from naftiko_runtime.observing import calls
from naftiko_runtime.observing.calls import Call, Observer
from naftiko_runtime.rest import (
    Body,
    Cookie,
    Header,
    Input,
    JsonBody,
    Lookup,
    Member,
    Path,
    Query,
    RawBody,
    Remainder,
    Route,
    ServedPath,
    TextBody,
    create_rest_app,
)
from naftiko_runtime.serving import connection as connections
from naftiko_runtime.serving.capacity import SMALL_BYTES, Capacity
from naftiko_runtime.serving.connection import Connection, Exchange, configure
from naftiko_runtime.settings import Listener
from naftiko_runtime.transport import Reply
from naftiko_runtime.upstream.requests import CALLER

DATE = [(b"date", b"Mon, 30 Nov 2026 12:00:00 GMT")]
NEW_ID = re.compile(rb"x-request-id: [0-9a-f]{32}\r\n")
TURNS = 12
"""Turns of the event loop after which nothing moves by itself."""
OPENAPI = b'{"info": {"title": "Notes"}, "paths": {}}'


EMPTY = (b"content-length", b"0")


@dataclass(frozen=True)
class Raw:
    """A response of any form, in two parts unless it is whole."""

    status: int = 200
    headers: RawHeaders = field(default_factory=lambda: [EMPTY])
    body: bytes = b""
    safety: RawHeaders = field(default_factory=lambda: SAFE)
    is_whole: bool = True
    is_received: bool = True
    times: int = 1

    async def send(self, send: Send) -> None:
        for _ in range(self.times):
            if self.is_whole:
                parts = self.headers, self.body, self.safety
                await send_response(send, self.status, *parts)
            else:
                head = {"status": self.status, "headers": self.headers}
                await send({"type": "http.response.start", **head})
                await turns()
                await send({"type": "http.response.body", "body": self.body})


Outcome = Reply | Exception | Raw
OK = Reply(200, ((b"Content-Type", b"application/json"),), b'{"a": 1}')


@dataclass
class Upstream:
    """The API client of the application: the outcome of operations, and their notes."""

    outcome: Outcome
    waits: bool = False
    """Whether an operation waits until `answer`."""
    notes: list[Any] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def perform(self, name: str, inputs: dict[str, Any]) -> Reply:
        self.notes.append((name, sorted(inputs.items())))
        if self.waits:
            await self._ready_or_left()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        assert isinstance(self.outcome, Reply)
        return self.outcome

    async def _ready_or_left(self) -> None:
        receive = CALLER.get()
        assert receive
        leaving = asyncio.ensure_future(receive())
        ready = asyncio.ensure_future(self.ready.wait())
        await asyncio.wait((leaving, ready), return_when=asyncio.FIRST_COMPLETED)
        if leaving.done():
            self.notes.append(leaving.result())
        for task in (leaving, ready):
            task.cancel()


def route(method: str, path: str, operation: str, *sources: Input) -> Route[Any]:
    """Return a route whose operation notes its name and its inputs."""

    async def perform(client: Upstream, **inputs: Any) -> Reply:
        return await client.perform(operation, inputs)

    return Route(method, path, perform, sources)


WORDS = TextBody("text", required=False)
LIMIT = Query("limit", INTEGER, required=False, default=5)
SHOWN = (
    Path("id", STRING),
    Query("tags", array(STRING), required=False),
    Header("X-Shelf", STRING, required=False, keyword="shelf"),
    Cookie("shelf", STRING, required=False, keyword="kept"),
)
ALTERED = Path("id"), Member("title"), Member("pages", INTEGER, required=False)
PLACES = Path("shelf"), Path("id"), Path("page", INTEGER)
ROUTES = [
    route("GET", "/notes", "list", LIMIT),
    route("POST", "/notes", "add", Body("body", OBJECT)),
    route("GET", "/notes/latest", "latest"),
    route("GET", "/notes/{id}", "show", *SHOWN),
    route("GET", "/notes/oldest", "oldest"),
    route("DELETE", "/notes/oldest", "drop"),
    route("PUT", "/notes/{number}", "put", Path("number", INTEGER), JsonBody("body")),
    route("PATCH", "/notes/{id}", "alter", *ALTERED),
    route("POST", "/notes/{id}/text", "text", Path("id"), WORDS),
    route("POST", "/notes/{id}/bytes", "bytes", Path("id"), RawBody("bytes")),
    route("GET", "/{shelf}/{id}/pages/{page}", "page", *PLACES),
    route("HEAD", "/state", "state"),
    route("GET", "/a%24b/{x}", "dollar", Path("x")),
    route("GET", "/sum$", "sum"),
    route("PUT", "/shared/{id}", "share", Path("id")),
    route("GET", "/from/{x}-{y}", "range", Path("x"), Path("y")),
]


class RawResponses:
    """A path for all methods, whose responses have any form.

    It receives before its response and meanwhile, or only after it.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope["app"].client
        client.notes.append(("raw", self.path, scope["method"], scope["path"]))
        raw = client.outcome if isinstance(client.outcome, Raw) else Raw()
        if not raw.is_received:
            await raw.send(send)
            client.notes.append(await receive())
            return
        await receive()
        receiving = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        await raw.send(send)
        await turns()
        client.notes.append(receiving.done() and receiving.result())
        receiving.cancel()


RAW: list[Remainder] = [
    RawResponses(path)
    for path in ("/raw", "/shared/{id}", "/notes/{any}/text", "/files/{tail:path}")
]


async def turns() -> None:
    """Let everything happen that happens by itself."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


class Notes(Observer):
    """An observer that notes all that it is told of calls."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def _tell(self, event: str, call: Call) -> None:
        operation = call.operation
        facts = operation.target, operation.changes, repr(operation.arguments)
        state = call.status, call.response, call.fault, call.is_known
        self.told.append((event, str(operation), facts, state))

    def call_begins(self, call: Call) -> None:
        self._tell("begins", call)

    def call_is_known(self, call: Call) -> None:
        self._tell("is known", call)

    def call_answers(self, call: Call) -> None:
        self._tell("answers", call)

    def call_ends(self, call: Call) -> None:
        self._tell("ends", call)

    def call_is_refused(self, status: int) -> None:
        self.told.append(("is refused", status))


class Wire(asyncio.Transport):
    """A transport that notes its uses, and behaves as the event loop's do."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Any] = []
        self.is_slow = False
        """Whether a large write pauses writing."""
        self._received: deque[bytes] = deque()
        self._is_closing = self._is_paused = self._is_full = self._is_lost = False

    def connect(self, connection: Connection) -> None:
        self._connection = connection
        connection.connection_made(self)

    def receive(self, data: bytes) -> None:
        """Hand bytes of the client on, as soon as they are read."""
        self._received.append(data)
        self._hand_on()

    def _hand_on(self) -> None:
        while self._received and not (self._is_paused or self._is_closing):
            self._connection.data_received(self._received.popleft())

    def let_write(self, *, is_paused: bool) -> None:
        if is_paused == self._is_full or self._is_lost:
            return
        self._is_full = is_paused
        if is_paused:
            self._connection.pause_writing()
        else:
            self._connection.resume_writing()

    def lose(self) -> None:
        if not self._is_lost:
            self._is_lost = self._is_closing = True
            self._connection.connection_lost(None)

    @property
    def written(self) -> list[Any]:
        """Return the events; bytes between two others are joined."""
        pieces: list[Any] = []
        for event in self.events:
            if isinstance(event, bytes) and pieces and isinstance(pieces[-1], bytes):
                pieces[-1] += event
            else:
                pieces.append(event)
        return [NEW_ID.sub(b"", e) if isinstance(e, bytes) else e for e in pieces]

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        places = {"sockname": ("127.0.0.1", 8080), "peername": ("127.0.0.1", 50000)}
        return places.get(name, default)

    def set_write_buffer_limits(
        self, high: int | None = None, low: int | None = None
    ) -> None:
        """Leave the limits to the test."""

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self._is_closing

    def write(self, data: Any) -> None:
        if data:
            self.events.append(bytes(data))
            if self.is_slow and len(data) > SMALL_BYTES:
                self.let_write(is_paused=True)

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def write_eof(self) -> None:
        self.events.append("half-closed")

    def close(self) -> None:
        self.events.append("closed")
        self._is_closing = True

    def abort(self) -> None:
        self.events.append("aborted")
        self._is_closing = True

    def pause_reading(self) -> None:
        self._is_paused = True

    def resume_reading(self) -> None:
        self._is_paused = False
        asyncio.get_running_loop().call_soon(self._hand_on)


Step = bytes | str
"""Bytes of a client, or one of the events in `Run.happen`."""


@dataclass(frozen=True)
class Script:
    """The bytes of a client, the events meanwhile, and the outcome of its calls."""

    steps: Sequence[Step]
    outcome: Outcome = OK
    waits: bool = False
    token: str = ""
    prefix: str = ""
    connections: int = 1
    is_observed: bool = True


@dataclass(frozen=True)
class Parts:
    """The parts of the runtime that answer directly, which a test may exchange."""

    exchange: type[Exchange] = Exchange
    lookup: type[Lookup] = Lookup
    path: type[ServedPath] = ServedPath
    passes_messages: bool = False


class Routed(Lookup):
    """A lookup that leaves every path to the router."""

    def find(self, scope: Scope) -> None:
        """Find nothing."""


DIRECT = Parts()
BY_ROUTER = Parts(lookup=Routed, passes_messages=True)
"""Starlette's router finds the path, and uvicorn gets the messages of ASGI."""


class Run:
    """A run of a script, by an application on a connection."""

    def __init__(self, script: Script, app: ASGIApp, client: Upstream) -> None:
        capacity = Capacity(script.connections)
        self.state = ServerState()
        self.state.default_headers = DATE
        self.config = configure(app, capacity, 75)
        self.config.load()
        self.client = client
        self.wire = Wire()
        self.connection = Connection(self.config, self.state, {})
        self.wire.connect(self.connection)

    async def follow(self, steps: Sequence[Step]) -> None:
        """Take the steps, and the last one, which ends the connection."""
        for step in (*steps, "turn", "leave", "turn", "stop", "turn"):
            if isinstance(step, bytes):
                self.wire.receive(step)
            else:
                await self.happen(step)

    async def happen(self, event: str) -> None:
        match event:
            case "turn":
                await turns()
                self.wire.events.append("a turn ends")
            case "slow":
                self.wire.is_slow = True
            case "pause" | "resume":
                self.wire.let_write(is_paused=event == "pause")
            case "drain":
                self.config.is_draining = True
                self.connection.drain()
            case "leave":
                self.wire.lose()
            case "answer":
                self.client.ready.set()
            case "stop":
                for task in list(self.state.tasks):
                    task.cancel()
            case _:
                raise ValueError(event)


async def transcript(script: Script, parts: Parts) -> list[Any]:
    """Return everything that a script makes an application do, without new ids."""
    client = Upstream(script.outcome, script.waits)
    notes, log = Notes(), Log()

    @asynccontextmanager
    async def connect() -> AsyncIterator[Upstream]:
        yield client

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logging.getLogger(), "handlers", [log])
        patch.setattr(rest_app, "Lookup", parts.lookup)
        patch.setattr(rest_app, "ServedPath", parts.path)
        patch.setattr(connections, "Exchange", parts.exchange)
        patch.setattr(calls, "OBSERVERS", [notes] if script.is_observed else [])
        app = application(script, connect)
        async with app.router.lifespan_context(app):
            run = Run(script, serve(app, script, parts), client)
            await run.follow(script.steps)
    end = run.state.total_requests, len(run.state.tasks), len(run.state.connections)
    return [*run.wire.written, client.notes, notes.told, log.lines, end]


def application(script: Script, connect: Any) -> Starlette:
    token = BearerAuthentication(script.token) if script.token else None
    return create_rest_app(
        [*ROUTES, *RAW],
        connect,
        openapi=OPENAPI,
        variables="NOTES",
        guards=listener_guards(Listener("localhost", 8080)),
        authentication=token,
    )


def serve(app: ASGIApp, script: Script, parts: Parts) -> ASGIApp:
    """Return an application as a server has it, perhaps without whole responses."""
    inner = ObservedRequests(app, "rest", "notes", "") if script.is_observed else app

    async def outer(scope: Scope, receive: Receive, send: Send) -> None:
        async def pass_on(message: Message) -> None:
            await send(message)

        scope["root_path"] = script.prefix
        await inner(scope, receive, pass_on if parts.passes_messages else send)

    return outer


class Log(logging.Handler):
    """The lines of the log, without places in the code."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        line = record.name, record.getMessage(), repr(error)
        self.lines.append(line)
