"""The MCP server of a package by the official SDK."""

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, TypeAlias, TypeVar

from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.server.caching import CACHEABLE_METHODS, CacheHint
from mcp.server.lowlevel import Server
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    GetPromptRequestParams,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    RequestParams,
)

from ..errors import InvalidInputError
from ..observing.calls import note_status
from ..values import JsonObject
from .messages import ProtocolError
from .offers import CacheHints, Members, Offer, failure
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

    It opens an API client of its own, unless that of the offer is open.
    """

    def __init__(self, offer: Offer[C]) -> None:
        self.offer = offer
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
        for method, document in offer.lists.items():
            self.add_request_handler(method, PaginatedRequestParams, _list(document))
        for part in offer.contents:
            self.add_request_handler(part.method, PARAMS[part.method], _read(part.read))

    def _client(self) -> AbstractAsyncContextManager[Any]:
        offer = self.offer
        return nullcontext(offer.client) if offer.is_open else offer.connect()

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
    of_lists, of_contents = (
        CacheHint(members["ttlMs"], members["cacheScope"])
        for members in (hints.of_lists, hints.of_contents)
    )
    lists = CACHEABLE_METHODS - {"resources/read"}
    return {"resources/read": of_contents, **dict.fromkeys(lists, of_lists)}
