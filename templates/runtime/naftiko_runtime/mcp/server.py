"""The MCP server of a package by the official SDK."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from http import HTTPStatus
from typing import Any, TypeAlias, TypeVar, cast

from anyio import AsyncFile, wrap_file
from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.server.caching import CacheHint
from mcp.server.context import CallNext, HandlerResult
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    GetPromptRequestParams,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    RequestParams,
)
from starlette.types import ASGIApp

from ..errors import InvalidInputError
from ..observing.calls import OBSERVERS, note_status
from ..values import JsonObject
from .offers import LISTS, CacheHints, Members, Offer, ProtocolError, failure
from .words import question

C = TypeVar("C")
Context: TypeAlias = ServerRequestContext[Any]
Method: TypeAlias = Callable[[Context, Any], Awaitable[JsonObject]]
PARAMS: Mapping[str, type[RequestParams]] = {
    "prompts/get": GetPromptRequestParams,
    "resources/read": ReadResourceRequestParams,
}
COMPLETE = {"resultType": "complete"}
"""A member of results, which the SDK leaves out for revisions that don't have it."""


class ToolServer(Server[C]):
    """An MCP server of the official SDK for an offer.

    It opens an API client of its own, unless that of the offer is open. It is the
    reference for the answers to plain requests. `observes` is whether it shows calls to
    observers, and the request with the id `opening` isn't the client's.
    """

    def __init__(
        self, offer: Offer[C], *, observes: bool = False, opening: str | None = None
    ) -> None:
        self.offer = offer
        self._opening = opening
        about = offer.about
        schemas = {tool["name"]: tool["inputSchema"] for tool in offer.listed}
        super().__init__(
            about.name,
            version=about.version,
            title=about.title,
            description=about.description,
            website_url=about.website_url,
            instructions=offer.instructions,
            cache_hints=_cache_hints(offer.cache),
            lifespan=lambda _: self._client(),
            get_tool_input_schema=schemas.get,
            on_call_tool=self._on_call if offer.has_tools else None,
        )
        # The SDK's spans would have names and texts of clients and of exceptions.
        self.middleware.clear()
        if observes and OBSERVERS:
            self.middleware.append(self._observe_request)
        for method, document in offer.lists.items():
            self.add_request_handler(method, PaginatedRequestParams, _list(document))
        for part in offer.contents:
            self.add_request_handler(part.method, PARAMS[part.method], _read(part.read))

    def _client(self) -> AbstractAsyncContextManager[Any]:
        offer = self.offer
        return nullcontext(offer.client) if offer.is_open else offer.connect()

    def http_app(self) -> ASGIApp:
        """Return the application: Streamable HTTP without sessions, at `/mcp`."""
        app = self.streamable_http_app(
            json_response=True,
            stateless_http=True,
            # The guards check Host and Origin for every path, and the page's too.
            transport_security=TransportSecuritySettings(
                enable_dns_rebinding_protection=False
            ),
        )
        app.router.redirect_slashes = False
        return app

    async def _observe_request(
        self, ctx: ServerRequestContext[C], call_next: CallNext
    ) -> HandlerResult:
        if ctx.request_id in (None, self._opening):  # no request of the client's
            return await call_next(ctx)
        request = ctx.method, ctx.params or {}, ctx.protocol_version, ctx.request_id
        with self.offer.observe(*request) as call:
            try:
                answer = await call_next(ctx)
            except MCPError as error:
                call.status = error.error.code
                raise
            except ValueError:  # as the SDK raises it for parameters
                call.status = INVALID_PARAMS
                raise
            except Exception:
                call.status = INTERNAL_ERROR
                raise
            call.status = call.status or HTTPStatus.OK
            return answer

    async def _on_call(
        self, context: ServerRequestContext[C], params: CallToolRequestParams
    ) -> CallToolResult:
        name, arguments = params.name, params.arguments or {}
        if name not in self.offer.handlers:
            near = question(name, self.offer.handlers)
            raise MCPError(INVALID_PARAMS, f"Unknown tool: {name}{near}")
        client = context.lifespan_context
        try:
            members = _infinite(arguments) or await self.offer.call(
                client, *self.offer.toolset.target(name, arguments)
            )
        except ProtocolError as error:
            raise MCPError(error.code, str(error)) from None
        return CallToolResult.model_validate(json.loads(b"{%b}" % b"".join(members)))


def _infinite(arguments: JsonObject) -> Members | None:
    """Refuse Infinity and NaN, which a client in the same process may pass."""
    try:
        json.dumps(arguments, allow_nan=False)
    except ValueError:
        error = InvalidInputError("every number", "must be finite")
        note_status(error.status)
        return failure(error)
    return None


async def serve_lines(
    offer: Offer[Any], lines: AsyncIterator[str], output: Any, opening: str
) -> None:
    """Serve the messages of a client on lines, until they end.

    The request with the id `opening` isn't the client's.
    """
    server = ToolServer(offer, observes=True, opening=opening)
    # Of the file, the SDK only needs its lines.
    files = cast("AsyncFile[str]", lines), wrap_file(output)
    async with stdio_server(*files) as (requests, answers):
        await server.run(requests, answers, server.create_initialization_options())


def _list(document: JsonObject) -> Method:
    async def show(_: Context, params: PaginatedRequestParams) -> JsonObject:
        if params.cursor is not None:  # every list has a single page
            raise MCPError(INVALID_PARAMS, "Unknown cursor")
        return document | COMPLETE

    return show


def _read(read: Callable[[Any, JsonObject], Awaitable[JsonObject]]) -> Method:
    async def answer(context: Context, params: RequestParams) -> JsonObject:
        try:
            members = params.model_dump(mode="json")
            return await read(context.lifespan_context, members) | COMPLETE
        except ProtocolError as error:
            raise MCPError(error.code, str(error)) from None

    return answer


def _cache_hints(hints: CacheHints) -> dict[Any, CacheHint]:
    """Return how long each result may be kept."""
    lists = hints.of_lists
    of_lists = CacheHint(lists["ttlMs"], lists["cacheScope"])
    contents = CacheHint(hints.ttl_ms or 0, hints.scope)
    return {"resources/read": contents, **dict.fromkeys(LISTS, of_lists)}
