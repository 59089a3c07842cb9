"""Serves MCP over Streamable HTTP with a page, and on standard input and output.

Plain requests are answered here. The SDK takes half a second to import, and most
servers never need it: it is imported for the first other message.
"""

import asyncio
import json
import logging
import os
import re
import shlex
import sys
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from io import TextIOBase
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, ParamSpec, TypeVar

from starlette.routing import Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import CallError
from ..http.guards import (
    Authentication,
    Guarded,
    WaitingGuard,
    checks_of,
)
from ..http.messages import SAFE, encoded_prefix, own_path, problem, send_response
from ..http.page import (
    ROOT,
    Answer,
    Contents,
    Effect,
    Entry,
    Input,
    Page,
    Schemas,
    Section,
    Surroundings,
    count_of,
    curl,
)
from ..observing.calls import note_unread
from ..upstream.requests import CALLER
from ..values import JsonObject, json_bytes, parse
from .offers import (
    CALL,
    CLIENT_CAPABILITIES_META_KEY,
    DISCOVER,
    HEADER_MISMATCH,
    INITIALIZE,
    INITIALIZED,
    INVALID_REQUEST,
    LEGACY,
    MODERN,
    PROTOCOL_VERSION_META_KEY,
    UNNAMED,
    Offer,
    PlainAnswers,
    PlainRequest,
    ProtocolError,
    is_identity,
    plain_request,
    read_message,
)

# --- the page -------------------------------------------------------------------------

CONNECTION = (
    "Give an MCP client the address, or the member of its configuration. Or let the"
    " command print the configuration of a client, and add --install to write it into"
    " the client's file. Without a name it lists the clients. With --http the client"
    " calls a server that runs; without, it starts one of its own."
)
JSON_RPC = (
    ("-H", "Content-Type: application/json"),
    ("-H", "Accept: application/json, text/event-stream"),
)
Lists = Mapping[str, Sequence[JsonObject]]
"""The tools, resources, resourceTemplates and prompts, as the protocol has them."""


@dataclass(frozen=True, slots=True)
class ServerPage:
    """The content of the page of an MCP server.

    `lists` returns its lists. `configure` is the command that configures clients.
    `credential` are curl's options for a client's own.
    """

    name: str
    description: str
    configure: str
    lists: Callable[[], Lists]
    credential: Sequence[str] = ()

    def contents(self) -> Contents:
        """Return how to connect, and the tools, resources and prompts."""
        lists = self.lists()
        tools = lists.get("tools", ())
        resources = *lists.get("resources", ()), *lists.get("resourceTemplates", ())
        sections = (
            Section("Tools", [self._tool(tool) for tool in tools]),
            Section("Resources", [self._resource(resource) for resource in resources]),
            Section(
                "Prompts", [self._prompt(prompt) for prompt in lists.get("prompts", ())]
            ),
        )
        size = f"{count_of(len(tools), 'tool')}, about {_tokens(tools):,} tokens"
        return Contents(
            "MCP server",
            self.name,
            self.description,
            [self._connection(), *(section for section in sections if section.entries)],
            facts=[size] if tools else [],
        )

    def index(self, root: str) -> JsonObject:
        """Return the URL, the command that configures clients, and the lists."""
        lists = self.lists()
        tools = [
            {
                **_summary(tool),
                "inputs": list(tool["inputSchema"].get("properties", {})),
            }
            for tool in lists.get("tools", ())
        ]
        resources = *lists.get("resources", ()), *lists.get("resourceTemplates", ())
        others = {"resources": resources, "prompts": lists.get("prompts", ())}
        return {
            "name": self.name,
            "description": self.description,
            "url": f"{root}/mcp",
            "configure": self.configure,
            "tools": tools,
            **{
                key: [_summary(item) for item in rows]
                for key, rows in others.items()
                if rows
            },
        }

    def _connection(self) -> Section:
        member = {self.name: {"type": "http", "url": f"{ROOT}/mcp"}}
        text = json.dumps({"mcpServers": member}, indent=2, ensure_ascii=False)
        commands = (
            ("Address (Streamable HTTP)", f"{ROOT}/mcp"),
            ("Command", self.configure),
            ("Configuration", text.replace(json.dumps(ROOT)[1:-1], ROOT)),
        )
        return Section("Connect", description=CONNECTION, commands=commands)

    def _tool(self, tool: JsonObject) -> Entry:
        name, schema, shape = (
            tool["name"],
            tool["inputSchema"],
            tool.get("outputSchema"),
        )
        schemas = Schemas(schema)
        arguments = schemas.required_sample(schema)
        answer = shape and Answer("", "structured content", Schemas(shape).shape(shape))
        return Entry(
            name,
            effect=_effect(tool.get("annotations", {})),
            title=tool.get("title") or "",
            description=tool.get("description", ""),
            inputs=schemas.inputs(schema, "argument"),
            answers=[answer] if answer else [],
            command=self._call("tools/call", name=name, arguments=arguments),
            request={"tool": name},
        )

    def _resource(self, resource: JsonObject) -> Entry:
        uri = resource.get("uri")
        media_type = resource.get("mimeType", "")
        return Entry(
            uri or resource["uriTemplate"],
            badge="" if uri else "template",
            title=resource.get("title") or "",
            description=resource.get("description", ""),
            answers=[Answer("", media_type, "")] if media_type else [],
            command=self._call("resources/read", uri=uri) if uri else "",
        )

    def _prompt(self, prompt: JsonObject) -> Entry:
        inputs = [
            Input(
                argument["name"],
                "argument",
                is_required=bool(argument.get("required")),
                description=argument.get("description") or "",
            )
            for argument in prompt.get("arguments") or ()
        ]
        arguments = {
            argument.name: "example" for argument in inputs if argument.is_required
        }
        return Entry(
            prompt["name"],
            title=prompt.get("title") or "",
            description=prompt.get("description", ""),
            inputs=inputs,
            command=self._call("prompts/get", name=prompt["name"], arguments=arguments),
        )

    def _call(self, method: str, **params: Any) -> str:
        """Return a command for a shell that sends a request of JSON-RPC."""
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        body = json.dumps(message, ensure_ascii=False)
        address = shlex.quote(f"{ROOT}/mcp")
        return curl(*self.credential, address, options=(*JSON_RPC, ("-d", body)))


def _summary(item: JsonObject) -> JsonObject:
    """Return the name of a tool or prompt, or the URI of a resource, and its text."""
    name = item.get("uri") or item.get("uriTemplate") or item["name"]
    return {"name": name, "description": item.get("description") or ""}


def _effect(hints: JsonObject) -> Effect:
    """Return the effect by the hints, whose defaults are those of the protocol."""
    if hints.get("readOnlyHint"):
        return "read-only"
    return "destructive" if hints.get("destructiveHint", True) else "changes"


def _tokens(tools: Sequence[JsonObject]) -> int:
    """Return about how many tokens a list has, in the three digits that matter.

    There are two for each nine bytes.
    """
    text = json.dumps(list(tools), ensure_ascii=False, separators=(",", ":"))
    number = -(-len(text.encode()) * 2 // 9)
    return round(number, min(0, 3 - len(str(number))))


if TYPE_CHECKING:
    from .server import ToolServer

C = TypeVar("C")
P = ParamSpec("P")
LOG = logging.getLogger(__name__)


def server_factory(create: Callable[P, Offer[C]]) -> Callable[P, "ToolServer[C]"]:
    """Return a function that builds the server of the official SDK for an offer."""

    def create_server(*args: P.args, **options: P.kwargs) -> "ToolServer[C]":
        from .server import ToolServer

        return ToolServer(create(*args, **options))

    return create_server


# --- Streamable HTTP ---

Header = tuple[bytes, bytes]
OWN_PAGE = (("GET", "/"), ("HEAD", "/"))
ANY_CASE = (b"host", b"content-type")
# The router of the SDK would accept a line break after the path.
NOT_FOUND = CallError(404, "Not Found", "MCP is at /mcp")
NOT_A_PAGE = b"""\
This is the address of an MCP server (Streamable HTTP) for MCP clients, which send POST
requests to it. The page for browsers, with the tools of the server, is at / instead.
"""
LONGEST_BODY = 4 * 1024 * 1024
"""The most bytes of a request."""
MEDIA_TYPES = (b"application/json", b"application/json; charset=utf-8")
ACCEPTED = (
    b"application/json, text/event-stream",
    b"text/event-stream, application/json",
    b"application/json",
    b"*/*",
)
JSON = (b"content-type", b"application/json")
PLAIN_TEXT = ((b"allow", b"POST"), (b"content-type", b"text/plain; charset=utf-8"))
LENGTH = re.compile(rb"[0-9]{1,6}")
PLAIN_LIMIT = 1_000_000
"""The bytes after which a body isn't plain."""
REVISION = b"mcp-protocol-version"
REVISIONS: dict[bytes | None, str] = {
    None: UNNAMED,
    **{revision.encode(): revision for revision in (*LEGACY, MODERN)},
}
"""The revisions by the header that names them, which may be absent."""


class McpApp(Guarded):
    """The application of an MCP server.

    Another application that mounts it enters `app.router.lifespan_context(app)`.
    """

    def __init__(
        self,
        app: ASGIApp,
        sdk: "SdkApp",
        guards: Iterable[WaitingGuard],
        credential: Sequence[str],
    ) -> None:
        super().__init__(app, guards, credential, ("/", "/mcp"))
        self.router = sdk.router
        self._may_change = sdk.offer.may_change

    def note_refused(self, scope: Scope) -> None:
        """Note a message that isn't read, if a message may change state at all."""
        is_message = scope.get("method") == "POST" and own_path(scope) == "/mcp"
        if is_message and self._may_change:
            note_unread("/mcp")


def create_mcp_app(
    offer: Offer[Any], variables: str, spec: Authentication | None = None
) -> McpApp:
    """Build the application: MCP at `/mcp` and a page for browsers at `/`.

    The transport is Streamable HTTP with JSON responses and without sessions. The
    server's guards check each request first, then the authentication of clients, which
    the `spec` declares; `variables` is the prefix of the adapter's environment
    variables. The application's lifespan opens the API client.
    """
    sdk = SdkApp(offer)
    authentication, guards = checks_of(offer.options, variables, spec)
    front = _Front(sdk, _page(offer, authentication))
    app = DirectCalls(authentication.with_open_pages(front), offer)
    return McpApp(app, sdk, guards, authentication.curl_options)


def _page(offer: Offer[Any], authentication: Authentication) -> Page:
    def lists() -> Lists:
        return {k: rows for page in offer.lists.values() for k, rows in page.items()}

    about, surroundings = offer.about, offer.options.get("surroundings")
    text = offer.instructions or about.description or ""
    credential = authentication.curl_options
    contents = ServerPage(about.name, text, about.configure, lists, credential)
    return Page(contents, surroundings or Surroundings(), authentication.typed)


class DirectCalls:
    """ASGI middleware that answers plain requests without the SDK's application.

    Any other request, and any that fails a check, goes unchanged to the SDK, which
    refuses invalid ones.
    """

    def __init__(self, app: ASGIApp, offer: Offer[Any]) -> None:
        self._app = app
        self._answers = PlainAnswers(offer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a plain request; pass any other one on."""
        headers = _plain_headers(scope) if scope["type"] == "http" else None
        if headers is None:
            await self._app(scope, receive, send)
            return
        message, body = await receive_body(receive, PLAIN_LIMIT)
        revision = REVISIONS[headers.get(REVISION)]
        request = plain_request(body)
        if not (
            request is not None
            and _agrees(request, headers, revision)
            and self._answers.takes(request, revision)
        ):
            request = None  # the SDK has to answer it
        caller = CALLER.set(receive)
        try:
            if request is None:
                await self._app(scope, replaying(message, receive), send)
            elif request.id is None:
                await _send(send, 202, b"")
            else:
                await _send(send, 200, await self._answers.answer(request, revision))
        finally:
            # The application may be called within a call of another one.
            CALLER.reset(caller)


def _plain_headers(scope: Scope) -> dict[bytes, bytes] | None:
    """Return the headers of a plain request, else None."""
    fields = scope["headers"]
    headers = dict(fields)
    is_plain = (
        scope["method"] == "POST"
        and (scope["path"] == "/mcp" or own_path(scope) == "/mcp")
        and len(headers) == len(fields)
        and headers.get(b"content-type") in MEDIA_TYPES
        # The SDK refuses a body that is too long before it has arrived.
        and LENGTH.fullmatch(headers.get(b"content-length", b"")) is not None
        and headers.get(b"accept") in ACCEPTED
        and headers.get(REVISION) in REVISIONS
    )
    return headers if is_plain else None


def _agrees(request: PlainRequest, headers: dict[bytes, bytes], revision: str) -> bool:
    """Return whether the headers, which name a revision, are those of a request."""
    if request.revision != MODERN:
        return revision != MODERN
    name = request.params["name"].encode() if request.method == CALL else None
    return (
        revision == MODERN
        and headers.get(b"mcp-method") == request.method.encode()
        and headers.get(b"mcp-name") == name
    )


class _Front:
    """ASGI middleware that normalizes headers and refuses ambiguous messages.

    By RFC 9110, white space around a header's value and the case of a host or media
    type have no meaning. A GET stream has no use without sessions, and would keep the
    server from stopping; there is no session to DELETE. MCP permits the response 405.
    """

    def __init__(self, app: ASGIApp, page: Page) -> None:
        self._app = app
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["headers"] = [_as_meant(*header) for header in scope["headers"]]
        path = own_path(scope)
        if path == "/mcp":
            await self._at_mcp(scope, receive, send)
        elif (scope["method"], path) in OWN_PAGE:
            root = {"root_path": encoded_prefix(scope)}
            await self._page({**scope, **root}, receive, send)
        else:
            await send_response(send, *problem(NOT_FOUND))

    async def _at_mcp(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await _send(send, 405, NOT_A_PAGE, *PLAIN_TEXT)
            return
        headers, safely = scope["headers"], _made_safe(send)
        kinds = [value for name, value in headers if name == b"content-type"]
        if [kind.partition(b";")[0].strip() for kind in kinds] != [JSON[1]]:
            fault = "Content-Type must be application/json"
            refusal = ProtocolError(INVALID_REQUEST, fault)
            await _send(send, 415, refusal.as_json())
            return
        lengths = [value for name, value in headers if name == b"content-length"]
        if any(text.isdigit() and int(text[:20]) > LONGEST_BODY for text in lengths):
            await self._app(scope, receive, safely)
            return
        message, body = await receive_body(receive, LONGEST_BODY + 1)
        try:
            if body:
                _check_revision(read_message(body), headers)
        except ProtocolError as error:
            await _send(send, 400, error.as_json())
            return
        # Of an incomplete body, nobody else may receive the rest.
        caller = CALLER.set(receive if body else None)
        try:
            await self._app(scope, replaying(message, receive), safely)
        finally:
            # The application may be called within a call of another one.
            CALLER.reset(caller)


def _as_meant(name: bytes, value: bytes) -> Header:
    value = value.strip(b" \t")
    return name, value.lower() if name in ANY_CASE else value


def _check_revision(message: JsonObject, headers: Iterable[Header]) -> None:
    """Raise ProtocolError if a message names another revision than the headers do."""
    try:
        revision = message["params"]["_meta"][PROTOCOL_VERSION_META_KEY]
    except (KeyError, TypeError):
        return
    if [str(revision).encode()] != [v for name, v in headers if name == REVISION]:
        fault = f"MCP-Protocol-Version must be what {PROTOCOL_VERSION_META_KEY} says"
        raise ProtocolError(HEADER_MISMATCH, fault, message.get("id"))


def _send(send: Send, status: int, body: bytes, *headers: Header) -> Awaitable[None]:
    length = (b"content-length", b"%d" % len(body))
    return send_response(send, status, [*(headers or [JSON]), length], body)


def _made_safe(send: Send) -> Send:
    async def send_safely(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *SAFE]
        await send(message)

    return send_safely


async def receive_body(receive: Receive, limit: int) -> tuple[Message, bytes]:
    """Receive a body, empty if it is incomplete, and a message that replays it.

    The pieces are joined at once: a message for each piece would need more memory.
    """
    message = await receive()
    if not message.get("more_body", False):
        return message, message.get("body", b"")
    pieces = bytearray(message.get("body", b""))
    while message.get("more_body", False) and len(pieces) < limit:
        message = await receive()
        pieces += message.get("body", b"")
    if message["type"] != "http.request":
        return message, b""
    body = bytes(pieces)
    is_whole = not message.get("more_body", False)
    return {**message, "body": body}, body if is_whole else b""


def replaying(message: Message, receive: Receive) -> Receive:
    """Return an ASGI `receive` that begins with a message received before."""
    waiting = iter((message,))

    async def replay() -> Message:
        first = next(waiting, None)
        return await receive() if first is None else first

    return replay


class SdkApp:
    """ASGI application that serves an offer by the SDK: Streamable HTTP at `/mcp`.

    Its lifespan, which `router` runs, opens the API client.
    """

    def __init__(self, offer: Offer[Any]) -> None:
        self.offer = offer
        self._app: asyncio.Future[ASGIApp] | None = None
        self.router = Router(lifespan=lambda _: self._lifespan())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; it waits until the SDK is imported."""
        if scope["type"] == "lifespan":
            await self.router(scope, receive, send)
            return
        if not self.offer.is_open:
            raise RuntimeError("enter app.router.lifespan_context(app)")
        if self._app is None:
            self._app = asyncio.get_running_loop().create_future()
            self._tasks.create_task(self._run(self._app))
        # A request that is cancelled mustn't cancel this for others.
        app = await asyncio.shield(self._app)
        await app(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self) -> AsyncIterator[None]:
        self._app, self._ended = None, asyncio.Event()
        async with self.offer.open(), asyncio.TaskGroup() as self._tasks:
            try:
                yield
            finally:
                self._ended.set()

    async def _run(self, ready: "asyncio.Future[ASGIApp]") -> None:
        """Run the application of the SDK until the end of the lifespan."""
        try:
            server = await asyncio.to_thread(_observing_server, self.offer)
            app = server.http_app()
        except Exception as error:
            LOG.exception("the MCP SDK doesn't start")
            self._app = None  # the next request tries again
            ready.set_exception(error)
            return
        async with server.session_manager.run():
            ready.set_result(app)
            await self._ended.wait()


def _observing_server(offer: Offer[Any]) -> "ToolServer[Any]":
    from .server import ToolServer

    return ToolServer(offer, observes=True)


# --- standard input and output ---

REPLAYED = token_hex()
"""The id of the message that tells the SDK how a session began.

No client knows it: observers aren't told of a request with this id.
"""
CANCELLED = "notifications/cancelled"
WAITING = 8
"""How many lines may wait for the SDK."""
OPENING = {PROTOCOL_VERSION_META_KEY: MODERN, CLIENT_CAPABILITIES_META_KEY: {}}
"""The `_meta` of the request that begins a session of the modern revision."""


async def speak(offer: Offer[Any]) -> None:
    """Serve MCP on standard input and output until the input ends."""
    lines, output = _lines(), Output(_claim_output())
    async with offer.open(), asyncio.TaskGroup() as tasks:
        session = Session(offer, output, tasks)
        async for line in lines:
            await session.take(line)
        await session.end()


async def _lines() -> AsyncIterator[str]:
    # A file of its own, because the process could not close `sys.stdin` at its end
    # while a thread waits for a line.
    descriptor = os.dup(sys.stdin.fileno())
    with os.fdopen(descriptor, encoding="utf-8", errors="surrogateescape") as lines:
        while line := await asyncio.to_thread(lines.readline):
            yield line


def _claim_output() -> BinaryIO:
    """Return standard output; from now on, other prints go to standard error."""
    own = sys.stdout.fileno()
    wire = os.fdopen(os.dup(own), "wb")
    with suppress(OSError):  # standard error may be closed
        os.dup2(2, own)
    return wire


class Output(TextIOBase):
    """Whole messages, but for the answer to the request that was replayed."""

    def __init__(self, wire: BinaryIO) -> None:
        self._wire = wire
        self._lock = Lock()

    def write(self, line: str) -> int:
        """Write a message with its line end."""
        if REPLAYED not in line or parse(line.encode()).get("id") != REPLAYED:
            with self._lock:
                self._send(line.encode())
        return len(line)

    def _send(self, message: bytes) -> None:
        try:
            self._wire.write(message)
            self._wire.flush()
        except BrokenPipeError:
            # The client has left; the input ends as well. Python writes the rest of the
            # buffer again when it closes the file.
            with Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), self._wire.fileno())


class Session:
    """The messages of a client: plain ones are answered, the SDK gets the others.

    From the first of these, the SDK gets all; it is told how the session began.
    """

    def __init__(
        self, offer: Offer[Any], output: Output, tasks: asyncio.TaskGroup
    ) -> None:
        self._offer, self._output, self._tasks = offer, output, tasks
        self._answers = PlainAnswers(offer)
        self._revision = ""
        self._opening: list[JsonObject] = []
        self._calls: dict[str, asyncio.Task[None]] = {}
        self._sdk: asyncio.Queue[str] | None = None

    async def take(self, line: str) -> None:
        """Answer a message, or pass it on."""
        if line.isspace():
            return
        body = line.encode(errors="surrogateescape")
        request = plain_request(body) if self._sdk is None else None
        if request and await self._answer(request):
            return
        try:
            message = read_message(body)
        except ProtocolError as error:
            await self._write(error.as_json())
            return
        if not self._cancels(message):
            if self._sdk is None:
                self._sdk = asyncio.Queue(WAITING)
                self._tasks.create_task(self._serve_by_sdk(self._sdk))
            await self._sdk.put(line)

    async def end(self) -> None:
        """End the calls in flight, whose answers nobody awaits."""
        for call in self._calls.values():
            call.cancel()
        if self._sdk is not None:
            await self._sdk.put("")

    async def _answer(self, request: PlainRequest) -> bool:
        """Answer a plain request; return whether the SDK isn't needed at this time."""
        revision, method = self._revision, request.method
        is_modern = request.revision == MODERN
        if method == INITIALIZED and revision in LEGACY:
            self._opening.append({"jsonrpc": "2.0", "method": INITIALIZED})
            return True
        if method == INITIALIZE and not revision:
            self._revision = request.params["protocolVersion"]
            self._opening = [_again(INITIALIZE, request.params)]
        elif (
            method in (INITIALIZE, INITIALIZED)
            or revision not in (("", MODERN) if is_modern else LEGACY)
            or not self._answers.takes(request, MODERN if is_modern else revision)
        ):
            return False
        elif not revision:
            self._revision = MODERN
            self._opening = [_again(DISCOVER, {"_meta": OPENING})]
        if method == CALL:
            identity = str(request.id)
            self._calls[identity] = call = self._tasks.create_task(self._send(request))
            call.add_done_callback(lambda _: self._forget(identity, call))
        else:
            await self._send(request)
        return True

    def _forget(self, identity: str, call: "asyncio.Task[None]") -> None:
        if self._calls.get(identity) is call:
            del self._calls[identity]

    async def _send(self, request: PlainRequest) -> None:
        await self._write(await self._answers.answer(request, self._revision))

    async def _write(self, message: bytes) -> None:
        await asyncio.to_thread(self._output.write, f"{message.decode()}\n")

    def _cancels(self, message: JsonObject) -> bool:
        """Cancel the call that a message names; return whether nobody else needs it."""
        if message.get("method") != CANCELLED or "id" in message:
            return False
        params = message.get("params")
        identity = params.get("requestId") if isinstance(params, dict) else None
        call = self._calls.get(str(identity)) if is_identity(identity) else None
        if call is not None:
            call.cancel()
        return call is not None

    async def _serve_by_sdk(self, lines: "asyncio.Queue[str]") -> None:
        opening = [f"{json_bytes(message).decode()}\n" for message in self._opening]

        def load() -> Any:
            from .server import serve_lines

            return serve_lines

        async def all_lines() -> AsyncIterator[str]:
            for line in opening:
                yield line
            while line := await lines.get():
                yield line

        serve = await asyncio.to_thread(load)
        await serve(self._offer, all_lines(), self._output, REPLAYED)


def _again(method: str, params: JsonObject) -> JsonObject:
    return {"jsonrpc": "2.0", "id": REPLAYED, "method": method, "params": params}
