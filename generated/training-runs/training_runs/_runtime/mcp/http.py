"""Serves MCP over Streamable HTTP."""

from collections.abc import Iterable, Sequence
from typing import Any

from starlette.routing import Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import CallError
from ..http.guards import (
    Authentication,
    Guarded,
    Surroundings,
    WaitingGuard,
    checks_of,
    curl_options,
    typed_parts,
)
from ..http.messages import SAFE, encoded_prefix, own_path, problem, send_response
from ..observing.calls import note_unread
from ..pages.page import Page
from ..pages.tools import Lists, ServerPage
from ..upstream.deadlines import CALLER
from ..values import JsonObject
from .fast_path import DirectCalls
from .messages import (
    Refusal,
    is_json,
    is_too_long,
    mismatch,
    received,
    refusal,
    replayed,
)
from .offers import Offer
from .revisions import INVALID_REQUEST, LONGEST_BODY
from .sdk import SdkApp

ROOT = (("GET", "/"), ("HEAD", "/"))
PAGES = ("/", "/mcp")
ANY_CASE = (b"host", b"content-type")
# The router of the SDK would accept a line break after the path.
NOT_FOUND = CallError(404, "Not Found", "MCP is at /mcp")
NOT_A_PAGE = b"""\
This is the address of an MCP server (Streamable HTTP) for MCP clients, which send POST
requests to it. The page for browsers, with the tools of the server, is at / instead.
"""


class McpApp(Guarded):
    """The application of an MCP server.

    Another application that mounts it enters `app.router.lifespan_context(app)`.
    """

    def __init__(
        self,
        app: ASGIApp,
        router: Router,
        guards: Iterable[WaitingGuard],
        credential: Sequence[str] = (),
        *,
        may_change: bool,
    ) -> None:
        super().__init__(app, guards, credential, PAGES)
        self.router = router
        self._may_change = may_change

    def note_refused(self, scope: Scope) -> None:
        """Note a message that isn't read, if a message may change state at all."""
        is_message = scope.get("method") == "POST" and own_path(scope) == "/mcp"
        if is_message and self._may_change:
            note_unread("/mcp")


def create_mcp_app(
    offer: Offer[Any], variables: str, declared: Authentication | None = None
) -> McpApp:
    """Build the application: MCP at `/mcp` and a page for browsers at `/`.

    The transport is Streamable HTTP with JSON responses and without sessions. The
    server's guards check each request first, then the authentication of clients, which
    is `declared` in the spec; `variables` is the prefix of the adapter's environment
    variables. The application's lifespan opens the API client.
    """
    sdk = SdkApp(offer)
    authentication, guards = checks_of(offer.options, variables, declared)
    credential = curl_options(authentication)
    front: ASGIApp = _Front(sdk, _page(offer, credential, typed_parts(authentication)))
    if authentication is not None:
        front = authentication.with_open_pages(front)
    calls = DirectCalls(front, offer)
    changes = offer.may_change
    return McpApp(calls, sdk.router, guards, credential, may_change=changes)


def _page(
    offer: Offer[Any], credential: Sequence[str], typed: Sequence[JsonObject]
) -> Page:
    """Return the page of an offer."""

    def lists() -> Lists:
        return {k: rows for one in offer.lists.values() for k, rows in one.items()}

    about, surroundings = offer.about, offer.options.get("surroundings")
    described = offer.instructions or about.description or ""
    contents = ServerPage(about.name, described, about.configure, lists, credential)
    return Page(contents, surroundings or Surroundings(), typed)


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
            await self._at_mcp(scope, receive, _made_safe(send))
        elif (scope["method"], path) in ROOT:
            root = {"root_path": encoded_prefix(scope)}
            await self._page({**scope, **root}, receive, send)
        else:
            await send_response(send, *problem(NOT_FOUND))

    async def _at_mcp(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await _send_not_allowed(send)
            return
        headers = scope["headers"]
        if not is_json(headers):
            fault = "Content-Type must be application/json"
            await _send_refusal(send, 415, Refusal(INVALID_REQUEST, fault))
            return
        if is_too_long(headers, LONGEST_BODY):
            await self._app(scope, receive, send)
            return
        message, body = await received(receive, LONGEST_BODY + 1)
        refused = (refusal(body) or mismatch(body, headers)) if body else None
        if refused:
            await _send_refusal(send, 400, refused)
            return
        # Of an incomplete body, nobody else may receive the rest.
        caller = CALLER.set(receive if body else None)
        try:
            await self._app(scope, replayed(message, receive), send)
        finally:
            # The application may be called within a call of another one.
            CALLER.reset(caller)


def _as_meant(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    value = value.strip(b" \t")
    return name, value.lower() if name in ANY_CASE else value


async def _send_refusal(send: Send, status: int, refused: Refusal) -> None:
    body = refused.as_json()
    length = b"%d" % len(body)
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    await send_response(send, status, headers, body, [])


def _made_safe(send: Send) -> Send:
    async def send_safely(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *SAFE]
        await send(message)

    return send_safely


async def _send_not_allowed(send: Send) -> None:
    headers = [
        (b"allow", b"POST"),
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(NOT_A_PAGE)),
    ]
    await send_response(send, 405, headers, NOT_A_PAGE, [])
