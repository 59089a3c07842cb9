"""The way from a tool to the client and back, on the SDK's low-level server."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import (
    INVALID_PARAMS,
    BlobResourceContents,
    CallToolRequestParams,
    CallToolResult,
    EmbeddedResource,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ._direct import NOSNIFF, DirectCalls, Handler
from ._inputs import Arguments
from ._lifespan import serving
from ._results import Binary, Result, failure, result
from ._settings import Listener
from ._upstream import CallError, InvalidInputError

C = TypeVar("C")


class ToolServer(Server[C]):
    """An MCP server whose calls share the client that `connect` opens.

    Its tools can also be called without the SDK (`_direct.py`).
    """

    def __init__(
        self,
        name: str,
        version: str,
        instructions: str | None,
        tools: list[tuple[Tool, Handler[C]]],
        connect: Callable[[], AbstractAsyncContextManager[C]],
    ) -> None:
        self.handlers: Mapping[str, Handler[C]] = {
            tool.name: handler for tool, handler in tools
        }
        self._client: C | None = None
        self._listing = ListToolsResult(tools=[tool for tool, _ in tools])
        self._connect = connect
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
        """Return the client for calls that go around the SDK.

        None unless the server runs, and where something was put in the way of calls.
        """
        return self._client if self._way() == self._own_way else None

    def _way(self) -> tuple[object, ...]:
        return (*self.middleware, self.get_request_handler("tools/call"))

    @asynccontextmanager
    async def _started(self) -> AsyncIterator[C]:
        """Open the client for as long as the server runs."""
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
        except CallError as error:
            return _shown(failure(error))
        return _shown(result(params.name, reply))


def create_http_app(server: ToolServer[Any], listener: Listener) -> ASGIApp:
    """Serve MCP at `/mcp` on Streamable HTTP: JSON answers, no sessions."""
    app = server.streamable_http_app(
        json_response=True,
        stateless_http=True,
        host=listener.host,
        transport_security=TransportSecuritySettings(
            allowed_hosts=list(listener.hosts), allowed_origins=list(listener.origins)
        ),
    )
    app.router.redirect_slashes = False
    return DirectCalls(_Front(app), server, listener)


async def serve_stdio(server: Server[Any]) -> None:
    """Speak MCP on standard input and output until the input ends."""
    async with stdio_server() as (requests, answers):
        await server.run(requests, answers, server.create_initialization_options())


class _Front:
    """Takes requests as HTTP means them, and refuses streams of nothing.

    Outer white space is no part of a header's value, and the case of a host means
    nothing (RFC 9110). A server without sessions has nothing to say on a GET stream,
    which would only keep it from stopping; MCP lets it answer 405.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["headers"] = [_as_meant(*header) for header in scope["headers"]]
            if scope["method"] == "GET" and scope["path"] == "/mcp":
                await _send_not_allowed(send)
                return
        await self._app(scope, receive, _with_nosniff(send))


def _as_meant(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    value = value.strip(b" \t")
    return name, value.lower() if name == b"host" else value


def _with_nosniff(send: Send) -> Send:
    async def send_with_nosniff(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], NOSNIFF]
        await send(message)

    return send_with_nosniff


async def _send_not_allowed(send: Send) -> None:
    headers = [(b"allow", b"POST"), (b"content-length", b"0"), NOSNIFF]
    await send({"type": "http.response.start", "status": 405, "headers": headers})
    await send({"type": "http.response.body"})


def _arguments(params: CallToolRequestParams) -> Arguments:
    """Refuse Infinity and NaN, which the SDK's parser takes and JSON doesn't have."""
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
