"""MCP over Streamable HTTP, with JSON responses and without sessions, and a page."""

import re
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError
from ..http.guards import Authentication, Guarded, WaitingGuard, checks_of
from ..http.messages import encoded_prefix, own_path, problem, send_response
from ..http.page import Page, Surroundings
from ..observing.calls import note_unread
from ..upstream.requests import CALLER
from .messages import (
    HEADER_MISMATCH,
    INTERNAL_ERROR,
    INVALID_REQUEST,
    LEGACY,
    METHOD_NOT_FOUND,
    MODERN,
    PROTOCOL_VERSION_META_KEY,
    UNNAMED,
    ClientResponse,
    Message,
    Notification,
    ProtocolError,
    Request,
    check_envelope,
    check_revision,
    has_envelope,
    read_message,
)
from .methods import Methods
from .offers import Offer
from .page import Lists, ServerPage

Header = tuple[bytes, bytes]
OWN_PAGE = (("GET", "/"), ("HEAD", "/"))
NOT_FOUND = CallError(404, "Not Found", "MCP is at /mcp")
NOT_A_PAGE = b"""\
This is the address of an MCP server (Streamable HTTP) for MCP clients, which send POST
requests to it. The page for browsers, with the tools of the server, is at / instead.
"""
LONGEST_BODY = 4 * 1024 * 1024
"""The most bytes of a request."""
JSON = (b"content-type", b"application/json")
PLAIN_TEXT = ((b"allow", b"POST"), (b"content-type", b"text/plain; charset=utf-8"))
ACCEPTED = frozenset((b"application/json", b"application/*", b"*/*"))
REVISION, METHOD, NAME = b"mcp-protocol-version", b"mcp-method", b"mcp-name"
"""The headers by which proxies route requests of the modern revision."""
NAMES = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
"""The parameters that `Mcp-Name` repeats, by method."""
OTHER_REVISION = f"MCP-Protocol-Version must be what {PROTOCOL_VERSION_META_KEY} says"
BASE64 = re.compile(r"=\?base64\?(.*)\?=")
STATUSES = {METHOD_NOT_FOUND: 404, INTERNAL_ERROR: 200}
"""The statuses of errors in the modern revision; 400 for all others."""


class McpApp(Guarded):
    """The application of an MCP server.

    Another application that mounts it enters `app.router.lifespan_context(app)`.
    """

    def __init__(
        self,
        app: ASGIApp,
        paths: "Paths",
        guards: Iterable[WaitingGuard],
        credential: Sequence[str],
    ) -> None:
        super().__init__(app, guards, credential, ("/", "/mcp"))
        self.router = paths.router
        self._may_change = paths.offer.may_change

    def note_refused(self, scope: Scope) -> None:
        """Note a message that isn't read, if a message may change state at all."""
        is_message = scope.get("method") == "POST" and own_path(scope) == "/mcp"
        if is_message and self._may_change:
            note_unread("/mcp")


def create_mcp_app(
    offer: Offer[Any], variables: str, spec: Authentication | None = None
) -> McpApp:
    """Build the application: MCP at `/mcp` and a page for browsers at `/`.

    The server's guards check each request first, then the authentication of clients,
    which the `spec` declares; `variables` is the prefix of the adapter's environment
    variables. The application's lifespan opens the API client.
    """
    authentication, guards = checks_of(offer.options, variables, spec)
    paths = Paths(offer, _page(offer, authentication))
    app = authentication.with_open_pages(paths)
    return McpApp(app, paths, guards, authentication.curl_options)


def _page(offer: Offer[Any], authentication: Authentication) -> Page:
    def lists() -> Lists:
        return {k: rows for page in offer.lists.values() for k, rows in page.items()}

    about, surroundings = offer.about, offer.options.get("surroundings")
    text = offer.instructions or about.description or ""
    credential = authentication.curl_options
    contents = ServerPage(about.name, text, about.configure, lists, credential)
    return Page(contents, surroundings or Surroundings(), authentication.typed)


class Paths:
    """ASGI application with the endpoint of MCP, and the page.

    Its lifespan, which `router` runs, opens the API client.

    A GET stream has no use without sessions, and would keep the server from stopping;
    there is no session to DELETE. MCP permits the response 405.
    """

    def __init__(self, offer: Offer[Any], page: Page) -> None:
        self.offer, self._page = offer, page
        self._methods = Methods(offer)
        self.router = Router(lifespan=lambda _: self._lifespan())

    @asynccontextmanager
    async def _lifespan(self) -> AsyncIterator[None]:
        async with self.offer.open():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a message or show the page; refuse other requests."""
        if scope["type"] != "http":
            await self.router(scope, receive, send)
            return
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
        headers = Headers(scope["headers"])
        try:
            headers.check_body()
            body = await receive_body(receive, LONGEST_BODY)
            if body is None:  # the client has left
                return
            message = read_message(body)
            headers.check_message(message)
        except ProtocolError as error:
            await _refuse(send, error, 400)
            return
        if isinstance(message, Request):
            await self._answer(message, headers.revision, receive, send)
        else:
            await _send(send, 202, b"")

    async def _answer(
        self, request: Request, revision: str, receive: Receive, send: Send
    ) -> None:
        if not self.offer.is_open:
            raise RuntimeError("enter app.router.lifespan_context(app)")
        caller = CALLER.set(receive)
        try:
            response = await self._methods.answer(request, revision)
            await _send(send, 200, response)
        except ProtocolError as error:
            status = STATUSES.get(error.code, 400) if revision == MODERN else 200
            await _refuse(send, error, status)
        finally:
            # The application may be called within a call of another one.
            CALLER.reset(caller)


class HttpRefusalError(ProtocolError):
    """An error that has a status of HTTP of its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(INVALID_REQUEST, message)
        self.status = status


class Headers:
    """The headers of a message.

    By RFC 9110, white space around a header's value has no meaning.
    """

    def __init__(self, fields: Iterable[Header]) -> None:
        self._fields = [(name, value.strip(b" \t")) for name, value in fields]
        self._first = dict(reversed(self._fields))
        self.revision = self._first.get(REVISION, UNNAMED.encode()).decode("latin-1")

    def check_body(self) -> None:
        """Raise ProtocolError unless the body is JSON of an allowed length."""
        kinds = [value for name, value in self._fields if name == JSON[0]]
        if [_media_type(kind) for kind in kinds] != [JSON[1]]:
            raise HttpRefusalError(415, "Content-Type must be application/json")
        length = self._first.get(b"content-length", b"")
        if length.isdigit() and int(length[:20]) > LONGEST_BODY:
            raise HttpRefusalError(413, "Request body too large")

    def check_message(self, message: Message) -> None:
        """Raise ProtocolError if the headers contradict a message."""
        self.check_named_revision(message)
        kinds = map(_media_type, self._first.get(b"accept", b"").split(b","))
        if ACCEPTED.isdisjoint(kinds):
            fault = "Not Acceptable: Client must accept application/json"
            raise HttpRefusalError(406, fault)
        if self.revision in LEGACY:
            return
        match message:
            case Request():
                self._check_routing(message)
                check_revision(self.revision, message.id)
            case Notification():
                check_revision(self.revision, None)
            case ClientResponse():
                fault = "Body must be a single JSON-RPC request or notification object"
                raise ProtocolError(INVALID_REQUEST, fault)

    def check_named_revision(self, message: Message) -> None:
        """Raise ProtocolError if a message names another revision than the headers."""
        if isinstance(message, ClientResponse) or not has_envelope(message):
            return
        meta = message.params["_meta"]
        revision = str(meta[PROTOCOL_VERSION_META_KEY]).encode()
        if [revision] != [value for name, value in self._fields if name == REVISION]:
            identity = message.id if isinstance(message, Request) else None
            raise ProtocolError(HEADER_MISMATCH, OTHER_REVISION, identity)

    def _check_routing(self, request: Request) -> None:
        """Raise ProtocolError unless the headers repeat the method and the name."""
        counts = Counter(name for name, _ in self._fields)
        for header in (REVISION, METHOD, NAME):
            if counts[header] > 1:
                fault = f"{header.decode()} header appears more than once"
                raise _mismatch(request, fault)
        check_envelope(request)
        if self._text(METHOD) != request.method:
            fault = "mcp-method header does not match the request body's method"
            raise _mismatch(request, fault)
        parameter = NAMES.get(request.method, "")
        value = request.params.get(parameter)
        if value is not None and _decode(self._text(NAME)) != value:
            fault = "mcp-name header does not match the request body's"
            raise _mismatch(request, f"{fault} {parameter!r} parameter")

    def _text(self, name: bytes) -> str | None:
        value = self._first.get(name)
        return None if value is None else value.decode("latin-1")


def _mismatch(request: Request, fault: str) -> ProtocolError:
    return ProtocolError(HEADER_MISMATCH, fault, request.id)


def _media_type(value: bytes) -> bytes:
    return value.partition(b";")[0].strip().lower()


def _decode(value: str | None) -> str | None:
    """Decode the text of a header; None if it is in malformed base64."""
    match = BASE64.fullmatch(value or "")
    if match is None:
        return value
    try:
        content = b64decode(match[1], validate=True)
        return content.decode() if b64encode(content).decode() == match[1] else None
    except ValueError:
        return None


def _refuse(send: Send, error: ProtocolError, status: int) -> Awaitable[None]:
    own_status = error.status if isinstance(error, HttpRefusalError) else status
    return _send(send, own_status, error.as_json())


def _send(send: Send, status: int, body: bytes, *headers: Header) -> Awaitable[None]:
    length = (b"content-length", b"%d" % len(body))
    return send_response(send, status, [*(headers or [JSON]), length], body)


async def receive_body(receive: Receive, limit: int) -> bytes | None:
    """Receive a body; None if its client leaves; raises ProtocolError if it is long.

    The pieces are joined at once: a message for each piece would need more memory.
    """
    message = await receive()
    pieces = message.get("body", b"")
    while message.get("more_body", False) and len(pieces) <= limit:
        message = await receive()
        pieces = bytearray(pieces) if isinstance(pieces, bytes) else pieces
        pieces += message.get("body", b"")
    if len(pieces) > limit:
        raise HttpRefusalError(413, "Request body too large")
    return bytes(pieces) if message["type"] == "http.request" else None
