"""The MCP server of a package, over any transport, and its page."""

import json
import logging
import os
import sys
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from typing import Any, Literal, Protocol, TypeVar, Unpack

from anyio import AsyncFile
from anyio.abc import ObjectSendStream
from mcp import MCPError, types
from mcp.server import ServerRequestContext
from mcp.server.caching import CACHEABLE_METHODS, CacheableMethod, CacheHint
from mcp.server.context import CallNext, HandlerResult
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ErrorData,
    JSONRPCError,
    ListToolsResult,
    PaginatedRequestParams,
)

from ..errors import CallError, InvalidInputError
from ..http.authentication import AdapterOptions
from ..http.page import Contents
from ..observing.calls import (
    OBSERVERS,
    UNKNOWN_METHOD,
    UNKNOWN_TOOL,
    CalledOperation,
    know,
    note_status,
    observed,
)
from ..settings import ToolChoice, tool_choice
from ..values import JsonObject
from .messages import (
    UNFORESEEN,
    Refusal,
    Result,
    contents,
    failure,
    refusal,
    result,
)
from .tools import ExtraTool, Tool, declare
from .toolsets import Toolset, question

ADDRESS = "Give this URL to an MCP client. The transport is Streamable HTTP."
CONFIGURATION = (
    "Or let this command print the configuration for a client, and add --install to"
    " write it into the client's file. Without a name it lists the clients. With --http"
    " the client calls a server that runs; without, it starts one of its own."
)

C = TypeVar("C")
LISTS: tuple[CacheableMethod, ...] = (
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "server/discover",
    "tools/list",
)
"""The methods whose results are the same until the server is replaced."""
FRESH_MS = 300_000
METHODS = ("initialize", "ping", "server/discover")
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ToolsPage:
    """The content of the page; `configure` is the command that configures clients."""

    name: str
    description: str
    tools: list[types.Tool]
    configure: str

    def index(self, root: str) -> dict[str, Any]:
        """Return the URL, the command that configures clients, and the tools."""
        tools = [
            {
                "name": one.name,
                "description": one.description or "",
                "inputs": list(_inputs(one)),
            }
            for one in self.tools
        ]
        return {"url": _url(root), "configure": self.configure, "tools": tools}

    def lines(self, root: str) -> Iterator[str]:
        """Yield the HTML of how to connect a client, and of each tool."""
        yield f"<h2>Connect</h2>\n<p>{ADDRESS}</p>\n<pre>{escape(_url(root))}</pre>"
        yield f"<p>{CONFIGURATION}</p>\n<pre>{escape(self.configure)}</pre>"
        if self.tools:
            yield "<h2>Tools</h2>"
        for tool in self.tools:
            yield f"<h3>{escape(tool.name)}</h3>"
            yield f"<p>{escape(tool.description or '')}</p>"
            if inputs := ", ".join(_inputs(tool)):
                yield f"<p>Inputs: {escape(inputs)}</p>"


def _inputs(tool: types.Tool) -> Iterable[str]:
    """Return the names of a tool's inputs."""
    names: Iterable[str] = tool.input_schema.get("properties", {})
    return names


def _url(root: str) -> str:
    return f"{root}/mcp"


async def serve_stdio(server: Server[Any]) -> None:
    """Serve MCP on standard input and output until the input ends."""
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


class ServerOptions(AdapterOptions, total=False):
    """The options of a server, which a package's `create_server` takes too."""

    extra_tools: Sequence[ExtraTool]
    """Coroutines `f(client, *, argument: str)`, which are listed after the tools."""
    choice: ToolChoice
    """The tools that the server has, instead of those that its variables choose.

    Tools that aren't chosen are neither listed nor called.
    """


class Resources(Protocol):
    """The resources of a server, as observers know them."""

    may_change: bool
    """Whether reading one of them may change state."""

    def name(self, operation: CalledOperation, uri: object) -> None:
        """Note the resource with a URI, and the values in it, if there is one."""


class ToolServer(Server[C]):
    """An MCP server whose tools share the API client that `connect` opens.

    `fast_path.py` calls the tools without the SDK. `about` is the server's own
    description for clients, `configure` the command that prints the configuration of
    this server for an MCP client. `variables` is the prefix of the environment
    variables that choose tools, unless an option does. Raises StartError if two tools
    have the same name.
    """

    page: Contents
    prompts: Collection[str] = ()
    """The names of the prompts."""
    resources: Resources | None = None

    def __init__(
        self,
        about: types.Implementation,
        *,
        instructions: str | None,
        tools: Sequence[Tool[C]] | Toolset[C],
        connect: Callable[[], AbstractAsyncContextManager[C]],
        configure: str,
        variables: str,
        **options: Unpack[ServerOptions],
    ) -> None:
        toolset = tools if isinstance(tools, Toolset) else Toolset(tools)
        extra_tools = map(declare, options.get("extra_tools", ()))
        toolset = toolset.of((*toolset.tools.values(), *extra_tools))
        self.options: ServerOptions = options
        self._client: C | None = None
        self._connect = connect
        self._whole, self._about = toolset, instructions
        self._listed: list[types.Tool] = []
        self.page = ToolsPage(about.name, instructions or "", self._listed, configure)
        choice = options.get("choice") or tool_choice(os.environ, variables)
        self._show(toolset.choose(choice))
        super().__init__(
            about.name,
            version=about.version,
            title=about.title,
            description=about.description,
            website_url=about.website_url,
            instructions=self.instructions,
            lifespan=lambda _: self._started(),
            get_tool_input_schema=self._input_schema,
            on_list_tools=self._on_list if toolset.tools else None,
            on_call_tool=self._on_call if toolset.tools else None,
        )
        self.cache_hints = dict.fromkeys(LISTS, CacheHint(FRESH_MS))
        # The SDK's spans would have names and texts of clients and of exceptions.
        self.middleware.clear()
        self._own_way = self._way()

    def _show(self, toolset: Toolset[C]) -> None:
        """Take a set of tools."""
        self._toolset = toolset
        self.instructions = toolset.instructions(self._about, self._whole)
        self.handlers = toolset.handlers
        self.changing = toolset.changing
        self._listed[:] = toolset.listed
        self._listing = ListToolsResult(tools=self._listed)
        self._schemas = {tool.name: tool.input_schema for tool in self._listed}

    def _input_schema(self, name: str) -> dict[str, Any] | None:
        return self._schemas.get(name)

    def target(self, name: str, arguments: JsonObject) -> tuple[str, JsonObject]:
        """Return the tool that a call is for, and the arguments of that tool."""
        return self._toolset.target(name, arguments)

    @property
    def client(self) -> C | None:
        """Return the API client for calls that bypass the SDK.

        It is None before start-up, or if middleware or another handler was installed.
        """
        return self._client if self._way() == self._own_way else None

    async def run_stdio_async(self) -> None:
        """Serve MCP on standard input and output until the input ends."""
        if OBSERVERS:
            self.observe_calls()
        await serve_stdio(self)

    def observe_calls(self) -> None:
        """Record each further request that the SDK gets."""
        is_own_way = self._way() == self._own_way
        self.middleware.append(self._observe_request)
        if is_own_way:
            self._own_way = self._way()

    async def _observe_request(
        self, ctx: ServerRequestContext[C], call_next: CallNext
    ) -> HandlerResult:
        if ctx.request_id is None:  # a notification, which has no response
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
        elif method == "prompts/get" and params.get("name") in self.prompts:
            operation.target = params["name"]
        elif method == "resources/read" and self.resources:
            self.resources.name(operation, params.get("uri"))
        elif method == "tools/call":
            operation.target = UNKNOWN_TOOL
            self._name_tool(operation, params)
        return operation

    def _name_tool(self, operation: CalledOperation, params: Mapping[str, Any]) -> None:
        """Note the tool of a call, and its arguments, if there is such a tool."""
        tool, arguments = params.get("name"), params.get("arguments") or {}
        if not isinstance(tool, str) or tool not in self.handlers:
            return
        if isinstance(arguments, dict):
            tool, arguments = self.target(tool, arguments)
        operation.target, operation.arguments = tool, arguments
        operation.changes = tool in self.changing

    def may_change(self) -> bool:
        """Return whether a tool or resource may change state."""
        has_resource = self.resources is not None and self.resources.may_change
        return bool(self.changing) or has_resource

    def _way(self) -> tuple[object, ...]:
        return (*self.middleware, self.get_request_handler("tools/call"))

    @asynccontextmanager
    async def _started(self) -> AsyncIterator[C]:
        """Open the API client while the server runs."""
        async with self._connect() as client:
            self._client = client
            try:
                yield client
            finally:
                self._client = None

    async def _on_list(
        self, _: ServerRequestContext[C], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        check_cursor(params)
        return self._listing

    async def _on_call(
        self, context: ServerRequestContext[C], params: CallToolRequestParams
    ) -> CallToolResult:
        if params.name not in self.handlers:
            asked = question(params.name, self.handlers)
            raise MCPError(INVALID_PARAMS, f"Unknown tool: {params.name}{asked}")
        try:
            name, arguments = self.target(params.name, _arguments(params))
            reply = await self.handlers[name](context.lifespan_context, arguments)
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


def check_cursor(params: PaginatedRequestParams | None) -> None:
    """Raise MCPError for a cursor: every list has a single page."""
    if params is not None and params.cursor is not None:
        raise MCPError(INVALID_PARAMS, "Unknown cursor")


def add_cache_hints(
    server: ToolServer[Any],
    *,
    ttl_ms: int | None = None,
    scope: Literal["public", "private"] = "private",
) -> None:
    """Tell clients how long lists and contents may be kept, and who may share them.

    Without a time, lists may be kept as usual, and contents not at all.
    """
    server.cache_hints = {
        method: CacheHint(ttl_ms or 0, scope) for method in sorted(CACHEABLE_METHODS)
    }
    if ttl_ms is None:
        server.cache_hints |= dict.fromkeys(LISTS, CacheHint(FRESH_MS, scope))
