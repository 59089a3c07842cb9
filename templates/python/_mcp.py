"""The way from a tool to the client and back, on the SDK's low-level server."""

import base64
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
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
from starlette.types import ASGIApp, Receive, Scope, Send

from ._inputs import Arguments
from ._lifespan import serving
from ._settings import Listener
from ._upstream import CallError, InvalidInputError, Reply

C = TypeVar("C")
Handler = Callable[[C, Arguments], Awaitable[Reply]]
Content = TextContent | EmbeddedResource

ERROR_LIMIT = 64 * 1024
# Python knows more codecs; some are no charset, and some take forever.
NAMED_CHARSET = re.compile(r';\s*charset="?([^\s;"]*)')
CHARSET = re.compile(
    r"utf-?(8|16|32)(le|be)?|(us-)?ascii|latin1|iso-8859-\d+|windows-125\d|koi8-[ru]|"
    r"shift_jis|euc-(jp|kr)|gbk|gb2312|gb18030|big5"
)


def create_mcp_server(
    name: str,
    version: str,
    instructions: str | None,
    tools: list[tuple[Tool, Handler[C]]],
    connect: Callable[[], AbstractAsyncContextManager[C]],
) -> Server[C]:
    """Build the MCP server; its calls share the client that `connect` opens."""
    handlers = {tool.name: handler for tool, handler in tools}
    schemas = {tool.name: tool.input_schema for tool, _ in tools}
    listing = ListToolsResult(tools=[tool for tool, _ in tools])

    @asynccontextmanager
    async def lifespan(_: Server[C]) -> AsyncIterator[C]:
        async with serving(connect) as client:
            yield client

    async def list_tools(
        _: ServerRequestContext[C], __: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return listing

    async def call_tool(
        context: ServerRequestContext[C], params: CallToolRequestParams
    ) -> CallToolResult:
        handler = handlers.get(params.name)
        if handler is None:
            raise MCPError(INVALID_PARAMS, f"Unknown tool: {params.name}")
        try:
            arguments = _arguments(params)
            reply = await handler(context.lifespan_context, arguments)
        except CallError as error:
            return CallToolResult(
                content=[TextContent(text=_explained(error))], is_error=True
            )
        return _result(params.name, reply)

    return Server(
        name,
        version=version,
        instructions=instructions,
        lifespan=lifespan,
        get_tool_input_schema=schemas.get,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def create_http_app(server: Server[Any], listener: Listener) -> ASGIApp:
    """Serve MCP at `/mcp` on Streamable HTTP: JSON answers, no sessions."""
    app = server.streamable_http_app(
        json_response=True,
        stateless_http=True,
        host=listener.host,
        transport_security=TransportSecuritySettings(
            allowed_hosts=list(listener.hosts), allowed_origins=list(listener.origins)
        ),
    )
    return _Trimmed(app)


async def serve_stdio(server: Server[Any]) -> None:
    """Speak MCP on standard input and output until the input ends."""
    async with stdio_server() as (requests, answers):
        await server.run(requests, answers, server.create_initialization_options())


class _Trimmed:
    """Drops the white space around header values, no part of them (RFC 9110)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["headers"] = [(n, v.strip(b" \t")) for n, v in scope["headers"]]
        await self._app(scope, receive, send)


def _arguments(params: CallToolRequestParams) -> Arguments:
    """Refuse Infinity and NaN, which the SDK's parser takes and JSON doesn't have."""
    members = params.arguments or {}
    try:
        json.dumps(members, allow_nan=False)
    except ValueError:
        raise InvalidInputError("every number", "must be finite") from None
    return Arguments(members)


def _result(tool: str, reply: Reply) -> CallToolResult:
    if not reply.ok:
        return CallToolResult(
            content=[TextContent(text=_refusal(reply))], is_error=True
        )
    return CallToolResult(
        content=[_content(tool, reply)], structured_content=reply.structured
    )


def _content(tool: str, reply: Reply) -> Content:
    """Return the body as text, or as an embedded resource if it isn't text."""
    text = _text(reply)
    if text is not None:
        return TextContent(text=text)
    blob = BlobResourceContents(
        uri=f"result://{tool}",
        mime_type=_media_type(reply) or "application/octet-stream",
        blob=base64.b64encode(reply.body).decode(),
    )
    return EmbeddedResource(resource=blob)


def _refusal(reply: Reply) -> str:
    """Say what the upstream refused: status, `Retry-After`, then the body."""
    try:
        lines = [f"HTTP {reply.status} {HTTPStatus(reply.status).phrase}"]
    except ValueError:
        lines = [f"HTTP {reply.status}"]
    if reply.status == 401:
        lines.append("The upstream API refused the credential of this server.")
    retry_after = reply.header(b"retry-after")
    if retry_after:
        lines.append(f"Retry-After: {retry_after}")
    body = _text(reply)
    if body is None:
        body = f"({len(reply.body)} bytes that are not text)"
    body = body[:ERROR_LIMIT].encode()[:ERROR_LIMIT].decode(errors="ignore")
    return "\n".join([*lines, body]).rstrip()


def _explained(error: CallError) -> str:
    text = f"{error.status} {error.title}: {error.detail}"
    if error.retry_after is not None:
        text += f"\nRetry-After: {error.retry_after}"
    return text


def _text(reply: Reply) -> str | None:
    """Decode a body in its charset, UTF-8 by default; None if it isn't text."""
    content_type = (reply.header(b"content-type") or "").lower()
    named = NAMED_CHARSET.search(content_type)
    charset = named[1] if named else "utf-8"
    if not CHARSET.fullmatch(charset):
        return None
    try:
        text = reply.body.decode(charset)
    except (UnicodeError, LookupError):
        return None
    return None if "\0" in text else text


def _media_type(reply: Reply) -> str:
    return (reply.header(b"content-type") or "").partition(";")[0].strip()
