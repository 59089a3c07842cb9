"""Serves tools over MCP, on the low-level server of the MCP SDK."""

import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from typing import Any, TypeVar

from anyio import AsyncFile
from anyio.abc import ObjectSendStream
from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import (
    DEFAULT_MAX_REQUEST_BODY_SIZE,
    TransportSecurityMiddleware,
    TransportSecuritySettings,
)
from mcp.shared.message import SessionMessage
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    BlobResourceContents,
    CallToolRequestParams,
    CallToolResult,
    EmbeddedResource,
    ErrorData,
    JSONRPCError,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
)
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ._calls import are_logged, logged
from ._direct import NOSNIFF, DirectCalls, Handler, received, replayed
from ._inputs import Arguments
from ._lifespan import serving
from ._mcp_page import ToolsPage
from ._messages import (
    UNFORESEEN,
    Refusal,
    is_json,
    is_too_long,
    mismatch,
    refusal,
)
from ._page import Page
from ._results import Binary, Result, failure, result
from ._settings import Listener
from ._upstream import CallError, InvalidInputError, Reply

C = TypeVar("C")
METHODS = ("initialize", "ping", "server/discover")
ROOT = (("GET", "/"), ("HEAD", "/"))
ANY_CASE = (b"host", b"content-type")
LOG = logging.getLogger(__name__)
NOT_A_PAGE = b"""\
This is the address of an MCP server (Streamable HTTP) for MCP clients, which send POST
requests to it. The page for browsers, with the tools of the server, is at / instead.
"""


class ToolServer(Server[C]):
    """An MCP server whose tools share the API client that `connect` opens.

    `_direct.py` calls the tools without the SDK. `configure` is the command that prints
    the configuration of this server for an MCP client.
    """

    def __init__(
        self,
        name: str,
        version: str,
        instructions: str | None,
        tools: list[tuple[Tool, Handler[C]]],
        connect: Callable[[], AbstractAsyncContextManager[C]],
        configure: str,
    ) -> None:
        self.handlers: Mapping[str, Handler[C]] = {
            tool.name: handler for tool, handler in tools
        }
        self._client: C | None = None
        self._listing = ListToolsResult(tools=[tool for tool, _ in tools])
        self._connect = connect
        listed = self._listing.tools
        self.page = ToolsPage(name, instructions or "", listed, configure)
        schemas = {tool.name: tool.input_schema for tool, _ in tools}
        super().__init__(
            name,
            version=version,
            instructions=instructions,
            lifespan=lambda _: self._started(),
            get_tool_input_schema=schemas.get,
            on_list_tools=self._on_list,
            on_call_tool=self._on_call,
        )
        self._own_way = self._way()

    @property
    def client(self) -> C | None:
        """Return the API client for calls that bypass the SDK.

        It is None before start-up, or if middleware or another handler was installed.
        """
        return self._client if self._way() == self._own_way else None

    def log_calls(self) -> None:
        """Log each further request, with or without the SDK."""
        is_own_way = self._way() == self._own_way
        self.handlers = {
            name: _logging(self.name, name, handler)
            for name, handler in self.handlers.items()
        }
        self.middleware.append(self._log_request)
        if is_own_way:
            self._own_way = self._way()

    async def _log_request(
        self, ctx: ServerRequestContext[C], call_next: CallNext
    ) -> HandlerResult:
        if ctx.request_id is None:  # a notification, which has no response
            return await call_next(ctx)
        with logged(self.name, self._shown_name(ctx)) as call:
            try:
                answer = await call_next(ctx)
            except MCPError as error:
                call.status = error.error.code
                raise
            except Exception:
                call.status = INTERNAL_ERROR
                raise
            call.status = call.status or HTTPStatus.OK
            return answer

    def _shown_name(self, context: ServerRequestContext[C]) -> str:
        """Name a request for the log, without values from the client."""
        if context.method not in METHODS and not self.get_request_handler(
            context.method
        ):
            return "(unknown method)"
        if context.method != "tools/call":
            return context.method
        tool = (context.params or {}).get("name")
        is_known = isinstance(tool, str) and tool in self.handlers
        return f"tools/call {tool if is_known else '(unknown tool)'}"

    def _way(self) -> tuple[object, ...]:
        return (*self.middleware, self.get_request_handler("tools/call"))

    @asynccontextmanager
    async def _started(self) -> AsyncIterator[C]:
        """Open the API client while the server runs."""
        async with serving(self._connect) as client:
            self._client = client
            yield client
            self._client = None

    async def _on_list(
        self, _: ServerRequestContext[C], __: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return self._listing

    async def _on_call(
        self, context: ServerRequestContext[C], params: CallToolRequestParams
    ) -> CallToolResult:
        handler = self.handlers.get(params.name)
        if handler is None:
            raise MCPError(INVALID_PARAMS, f"Unknown tool: {params.name}")
        try:
            arguments = _arguments(params)
            reply = await handler(context.lifespan_context, arguments)
            return _shown(result(params.name, reply))
        except CallError as error:
            return _shown(failure(error))
        except Exception:
            LOG.exception("a tool call failed")
            raise MCPError(INTERNAL_ERROR, UNFORESEEN) from None


def create_http_app(server: ToolServer[Any], listener: Listener) -> ASGIApp:
    """Build the application: MCP at `/mcp` and a page for browsers at `/`.

    The transport is Streamable HTTP with JSON responses and without sessions.
    """
    if are_logged():
        server.log_calls()
    security = TransportSecuritySettings(
        allowed_hosts=list(listener.hosts), allowed_origins=list(listener.origins)
    )
    app = server.streamable_http_app(
        json_response=True,
        stateless_http=True,
        host=listener.host,
        transport_security=security,
    )
    app.router.redirect_slashes = False
    return DirectCalls(_Front(app, security, Page(server.page)), server, listener)


async def serve_stdio(server: ToolServer[Any]) -> None:
    """Serve MCP on standard input and output until the input ends."""
    if are_logged():
        server.log_calls()
    lines = _Lines()
    async with stdio_server(stdin=lines) as (requests, answers):
        lines.answers = answers
        await server.run(requests, answers, server.create_initialization_options())


class _Lines(AsyncFile[str]):
    """The lines of standard input without refused messages, which get an error here."""

    answers: ObjectSendStream[SessionMessage]

    def __init__(self) -> None:
        # A file of its own, because the process could not close `sys.stdin` at its end
        # while a thread waits for a line.
        descriptor = os.dup(sys.stdin.fileno())
        lines = os.fdopen(descriptor, encoding="utf-8", errors="surrogateescape")
        super().__init__(lines)

    async def __aiter__(self) -> AsyncIterator[str]:
        async for line in super().__aiter__():
            refused = refusal(line.encode(errors="surrogateescape"))
            if line.isspace() or not refused:
                yield line
            else:
                await self.answers.send(SessionMessage(_error(refused)))


def _error(refused: Refusal) -> JSONRPCError:
    error = ErrorData(code=refused.code, message=refused.message)
    return JSONRPCError(jsonrpc="2.0", id=refused.id, error=error)


class _Front:
    """ASGI middleware that normalizes headers and refuses ambiguous messages.

    By RFC 9110, white space around a header's value and the case of a host or media
    type have no meaning. A GET stream has no use without sessions, and would keep the
    server from stopping; MCP permits the response 405.
    """

    def __init__(
        self, app: ASGIApp, security: TransportSecuritySettings, page: Page
    ) -> None:
        self._app = app
        self._page = page
        self._security = TransportSecurityMiddleware(security)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["headers"] = [_as_meant(*header) for header in scope["headers"]]
            request = (scope["method"], scope["path"])
            if request in ROOT:
                await self._show_page(scope, receive, send)
                return
            send = _with_nosniff(send)
            if request == ("GET", "/mcp"):
                await _send_not_allowed(send)
                return
            if request == ("POST", "/mcp"):
                await self._post(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _show_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        if refused := await self._security.validate_request(Request(scope)):
            await refused(scope, receive, _with_nosniff(send))
        else:
            await self._page(scope, receive, send)

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = scope["headers"]
        if answer := await self._security.validate_request(Request(scope)):
            await answer(scope, receive, send)
            return
        if not is_json(headers):
            fault = "Content-Type must be application/json"
            await _send_refusal(send, 415, Refusal(INVALID_REQUEST, fault))
            return
        if is_too_long(headers, DEFAULT_MAX_REQUEST_BODY_SIZE):
            await self._app(scope, receive, send)
            return
        message, body = await received(receive, DEFAULT_MAX_REQUEST_BODY_SIZE + 1)
        refused = (refusal(body) or mismatch(body, headers)) if body else None
        if refused:
            await _send_refusal(send, 400, refused)
        else:
            await self._app(scope, replayed(message, receive), send)


def _as_meant(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    value = value.strip(b" \t")
    return name, value.lower() if name in ANY_CASE else value


async def _send_refusal(send: Send, status: int, refused: Refusal) -> None:
    body = refused.as_json()
    length = b"%d" % len(body)
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _with_nosniff(send: Send) -> Send:
    async def send_with_nosniff(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], NOSNIFF]
        await send(message)

    return send_with_nosniff


async def _send_not_allowed(send: Send) -> None:
    headers = [
        (b"allow", b"POST"),
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(NOT_A_PAGE)),
    ]
    await send({"type": "http.response.start", "status": 405, "headers": headers})
    await send({"type": "http.response.body", "body": NOT_A_PAGE})


def _logging(adapter: str, tool: str, handler: Handler[C]) -> Handler[C]:
    async def call_and_log(client: C, arguments: Arguments) -> Reply:
        with logged(adapter, f"tools/call {tool}") as call:
            try:
                reply = await handler(client, arguments)
            except CallError as error:
                call.status = error.status
                raise
            except Exception:
                call.status = HTTPStatus.INTERNAL_SERVER_ERROR
                raise
            call.status = reply.status
            return reply

    return call_and_log


def _arguments(params: CallToolRequestParams) -> Arguments:
    """Refuse Infinity and NaN, which a client in the same process may pass."""
    members = params.arguments or {}
    try:
        json.dumps(members, allow_nan=False)
    except ValueError:
        raise InvalidInputError("every number", "must be finite") from None
    return Arguments(members)


def _shown(outcome: Result) -> CallToolResult:
    return CallToolResult(
        content=[_content(outcome.content)],
        structured_content=json.loads(outcome.structured or b"null"),
        is_error=outcome.is_error,
    )


def _content(content: str | Binary) -> TextContent | EmbeddedResource:
    if isinstance(content, str):
        return TextContent(text=content)
    blob = BlobResourceContents(
        uri=content.uri, mime_type=content.media_type, blob=content.blob
    )
    return EmbeddedResource(resource=blob)
