"""The MCP server of a package by the official SDK."""

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from http import HTTPStatus
from io import StringIO
from typing import Any, TypeAlias, TypeVar

from anyio import AsyncFile, wrap_file
from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.server.caching import CACHEABLE_METHODS, CacheHint
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

from ..errors import CallError, InvalidInputError
from ..observing.calls import (
    OBSERVERS,
    UNKNOWN_METHOD,
    UNKNOWN_TOOL,
    CalledOperation,
    know,
    note_status,
    observed,
)
from ..values import JsonObject
from .messages import UNFORESEEN, MethodError, Result, contents, failure, result
from .offers import FRESH_MS, LISTS, CacheHints, Offer
from .toolsets import question

C = TypeVar("C")
Context: TypeAlias = ServerRequestContext[Any]
Method: TypeAlias = Callable[[Context, Any], Awaitable[JsonObject]]
PARAMS: Mapping[str, type[RequestParams]] = {
    "prompts/get": GetPromptRequestParams,
    "resources/read": ReadResourceRequestParams,
}
COMPLETE = {"resultType": "complete"}
"""A member of results, which the SDK leaves out for revisions that don't have it."""
METHODS = ("initialize", "ping", "server/discover")
LOG = logging.getLogger(__name__)


class ToolServer(Server[C]):
    """An MCP server of the official SDK for an offer.

    It opens an API client of its own, unless that of the offer is open. It is the
    reference for the answers of `plain_answers.py`.
    """

    replayed: str | None = None
    """The id of a request that isn't the client's."""

    def __init__(self, offer: Offer[C]) -> None:
        self.offer = offer
        about = offer.about
        super().__init__(
            about.name,
            version=about.version,
            title=about.title,
            description=about.description,
            website_url=about.website_url,
            instructions=offer.instructions,
            lifespan=lambda _: self._client(),
            get_tool_input_schema=self._input_schema,
            on_call_tool=self._on_call if offer.has_tools else None,
        )
        self._schemas = {one["name"]: one["inputSchema"] for one in offer.listed}
        self.cache_hints = _cache_hints(offer.cache)
        # The SDK's spans would have names and texts of clients and of exceptions.
        self.middleware.clear()
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

    def _input_schema(self, name: str) -> dict[str, Any] | None:
        return self._schemas.get(name)

    def observe_calls(self) -> None:
        """Record each further request, if calls have observers."""
        if OBSERVERS:
            self.middleware.append(self._observe_request)

    async def _observe_request(
        self, ctx: ServerRequestContext[C], call_next: CallNext
    ) -> HandlerResult:
        if ctx.request_id in (None, self.replayed):  # no request of the client's
            return await call_next(ctx)
        operation = self._operation(ctx)
        with observed("mcp", self.name, operation) as call:
            know(operation)
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

    def _operation(self, context: ServerRequestContext[C]) -> CalledOperation:
        """Name a request for observers, without values from the client."""
        method, params = context.method, context.params or {}
        operation = CalledOperation(
            method,
            meta=params.get("_meta"),
            protocol=context.protocol_version,
            request_id=context.request_id,
        )
        if method not in METHODS and not self.get_request_handler(method):
            operation.method = UNKNOWN_METHOD
        elif method == "tools/call":
            operation.target = UNKNOWN_TOOL
            self._name_tool(operation, params)
        for part in self.offer.contents:
            if part.method == method:
                part.name(operation, params)
        return operation

    def _name_tool(self, operation: CalledOperation, params: Mapping[str, Any]) -> None:
        """Note the tool of a call, and its arguments, if there is such a tool."""
        tool, arguments = params.get("name"), params.get("arguments") or {}
        if not isinstance(tool, str) or tool not in self.offer.handlers:
            return
        if isinstance(arguments, dict):
            tool, arguments = self.offer.toolset.target(tool, arguments)
        operation.target, operation.arguments = tool, arguments
        operation.changes = tool in self.offer.changing

    async def _on_call(
        self, context: ServerRequestContext[C], params: CallToolRequestParams
    ) -> CallToolResult:
        handlers = self.offer.handlers
        if params.name not in handlers:
            asked = question(params.name, handlers)
            raise MCPError(INVALID_PARAMS, f"Unknown tool: {params.name}{asked}")
        try:
            arguments = _arguments(params)
            name, arguments = self.offer.toolset.target(params.name, arguments)
            reply = await handlers[name](context.lifespan_context, arguments)
            note_status(reply.status)
            return _shown(result(name, reply))
        except CallError as error:
            note_status(error.status)
            return _shown(failure(error))
        except Exception:
            LOG.exception("a tool call failed")
            raise MCPError(INTERNAL_ERROR, UNFORESEEN) from None


def _arguments(params: CallToolRequestParams) -> JsonObject:
    """Refuse Infinity and NaN, which a client in the same process may pass."""
    members = params.arguments or {}
    try:
        json.dumps(members, allow_nan=False)
    except ValueError:
        raise InvalidInputError("every number", "must be finite") from None
    return members


def _shown(outcome: Result) -> CallToolResult:
    members = {
        "content": contents(outcome),
        "structuredContent": json.loads(outcome.structured or b"null"),
        "isError": outcome.is_error,
    }
    return CallToolResult.model_validate(members)


async def serve_lines(
    offer: Offer[Any], lines: AsyncIterator[str], output: Any, replayed: str
) -> None:
    """Serve the messages of a client on lines, until they end.

    The request with the id `replayed` isn't the client's.
    """
    server = ToolServer(offer)
    server.replayed = replayed
    server.observe_calls()
    files = _Lines(lines), wrap_file(output)
    async with stdio_server(*files) as (requests, answers):
        await server.run(requests, answers, server.create_initialization_options())


class _Lines(AsyncFile[str]):
    """The lines of a client, in place of a file."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        super().__init__(StringIO())
        self._lines = lines

    def __aiter__(self) -> AsyncIterator[str]:
        return self._lines


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
        except MethodError as error:
            raise MCPError(error.code, str(error)) from None

    return answer


def _cache_hints(hints: CacheHints | None) -> dict[Any, CacheHint]:
    """Return how long each result may be kept; without hints, lists alone."""
    if hints is None:
        lists_alone = dict.fromkeys(LISTS, CacheHint(FRESH_MS))
        return {"resources/read": CacheHint(), **lists_alone}
    every = dict.fromkeys(CACHEABLE_METHODS, CacheHint(hints.ttl_ms or 0, hints.scope))
    lists = hints.of_lists
    of_lists = CacheHint(lists["ttlMs"], lists["cacheScope"])
    return every | dict.fromkeys(LISTS, of_lists)
