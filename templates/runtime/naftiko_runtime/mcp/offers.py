"""The offer of an MCP server to its clients, and the answers to plain requests."""

import logging
import os
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeVar, Unpack

import orjson

from ..errors import CallError
from ..http.guards import AdapterOptions
from ..observing.calls import (
    OBSERVERS,
    UNKNOWN_METHOD,
    UNKNOWN_TOOL,
    Call,
    CalledOperation,
    know,
    note_fault,
    note_status,
    observe_call,
)
from ..settings import ToolChoice, tool_choice
from ..values import JsonObject, json_bytes, without_none
from .messages import (
    CALL,
    DISCOVER,
    INITIALIZE,
    INITIALIZED,
    INTERNAL_ERROR,
    LEGACY,
    METHOD_NOT_FOUND,
    MODERN,
    SERVER_INFO_META_KEY,
    UNFORESEEN,
    Identity,
    Members,
    PlainRequest,
    ProtocolError,
    failure,
    result,
)
from .tools import ExtraTool, Tool, Toolset, declare

C = TypeVar("C")
Params = Mapping[str, Any]
KINDS = ("prompts", "resources", "resources/templates", "tools")
LISTS = (*(f"{kind}/list" for kind in KINDS), DISCOVER)
"""The methods whose results are the same until the server is replaced."""
FRESH_MS = 300_000
NOT_FOUND = {"code": METHOD_NOT_FOUND, "message": "Method not found"}
LOG = logging.getLogger(__name__)


class CacheHints(NamedTuple):
    """How long clients may keep lists and contents, and who may share them.

    Without a time, lists may be kept as usual, and contents not at all.
    """

    ttl_ms: int | None = None
    scope: Literal["public", "private"] = "private"

    @property
    def of_lists(self) -> JsonObject:
        """Return the members of a list's result."""
        time = FRESH_MS if self.ttl_ms is None else self.ttl_ms
        return {"ttlMs": time, "cacheScope": self.scope}


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """A server's own description for clients.

    `configure` is the command that prints the configuration of this server for an MCP
    client.
    """

    name: str
    version: str
    configure: str
    instructions: str | None
    title: str | None = None
    description: str | None = None
    website_url: str | None = None

    @property
    def document(self) -> JsonObject:
        """Return it as results have it."""
        return without_none(
            name=self.name,
            version=self.version,
            title=self.title,
            description=self.description,
            websiteUrl=self.website_url,
        )


class Contents(Protocol):
    """Prompts, or resources; only packages that have some have their module.

    `key` is the capability, `lists` has the results of methods, and `method` reads one
    of them. `changes` is whether that may change state.
    """

    key: str
    capability: JsonObject
    changes: bool
    lists: Mapping[str, JsonObject]
    method: str

    def name(self, operation: CalledOperation, params: Params) -> None:
        """Note for observers which of them is read, if there is such a one."""

    async def read(self, client: Any, params: JsonObject) -> JsonObject:
        """Return the result of the method; raises ProtocolError."""


class ServerOptions(AdapterOptions, total=False):
    """The options of a server, which a package's `create_server` takes too."""

    extra_tools: Sequence[ExtraTool]
    """Coroutines `f(client, *, argument: str)`, which are listed after the tools."""
    choice: ToolChoice
    """The tools that the server has, instead of those that its variables choose.

    Tools that aren't chosen are neither listed nor called.
    """


class Offer(Generic[C]):
    """The tools, resources and prompts of a server, and how to open its API client.

    `about` is the server's own description for clients. `variables` is the prefix of
    the environment variables that choose tools, unless an option does. Raises
    StartError if two tools have the same name.
    """

    def __init__(
        self,
        about: ServerInfo,
        *,
        tools: Sequence[Tool[C]] | Toolset[C],
        connect: Callable[[], AbstractAsyncContextManager[C]],
        variables: str,
        contents: Sequence[Contents] = (),
        cache: CacheHints | None = None,
        **options: Unpack[ServerOptions],
    ) -> None:
        toolset = tools if isinstance(tools, Toolset) else Toolset(tools)
        extra_tools = map(declare, options.get("extra_tools", ()))
        toolset = toolset.of((*toolset.tools.values(), *extra_tools))
        choice = options.get("choice") or tool_choice(os.environ, variables)
        self.toolset = toolset.choose(choice)
        self.instructions = self.toolset.instructions(about.instructions, toolset)
        self.handlers = self.toolset.handlers
        self.changing = self.toolset.changing
        self.about, self.name, self.contents = about, about.name, contents
        self.connect, self.options = connect, options
        self.cache = cache or CacheHints()
        self.has_tools = bool(toolset.tools)
        self.client: C | None = None
        self.is_open = False
        """Whether the API client is open, so that tools can be called."""
        self._results: dict[tuple[str, str], bytes] = {}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[C]:
        """Open the API client for all calls, until the end of the context."""
        async with self.connect() as client:
            self.client, self.is_open = client, True
            try:
                yield client
            finally:
                self.client, self.is_open = None, False

    @cached_property
    def lists(self) -> Mapping[str, JsonObject]:
        """Return the members of lists by method."""
        lists = {"tools/list": {"tools": self.listed}} if self.has_tools else {}
        for part in self.contents:
            lists |= part.lists
        return lists

    @cached_property
    def methods(self) -> frozenset[str]:
        """Return the methods that the server has."""
        calls = (CALL,) if self.has_tools else ()
        reads = (part.method for part in self.contents)
        return frozenset((INITIALIZE, "ping", DISCOVER, *calls, *self.lists, *reads))

    @property
    def may_change(self) -> bool:
        """Return whether a tool or resource may change state."""
        return bool(self.changing) or any(part.changes for part in self.contents)

    @cached_property
    def listed(self) -> list[JsonObject]:
        """Return the tools as clients see them."""
        return self.toolset.listed

    async def call(self, client: Any, name: str, arguments: JsonObject) -> Members:
        """Call a tool, and return its result; raises ProtocolError."""
        try:
            reply = await self.handlers[name](client, arguments)
            if OBSERVERS:
                note_status(reply.status)
        except CallError as error:
            note_status(error.status)
            return failure(error)
        except Exception as error:
            note_fault(error)
            LOG.exception("a tool call failed")
            raise ProtocolError(INTERNAL_ERROR, UNFORESEEN) from None
        return result(name, reply)

    @contextmanager
    def observe(
        self, method: str, params: Params, revision: str, identity: Identity
    ) -> Iterator[Call]:
        """Show a request to observers, without values from the client in its name."""
        operation = CalledOperation(
            method, meta=params.get("_meta"), protocol=revision, request_id=identity
        )
        if method not in self.methods:
            operation.method = UNKNOWN_METHOD
        elif method == CALL:
            self._name_tool(operation, params)
        for part in self.contents:
            if part.method == method:
                part.name(operation, params)
        with observe_call("mcp", self.name, operation) as call:
            know(operation)
            yield call

    def _name_tool(self, operation: CalledOperation, params: Params) -> None:
        """Note the tool of a call, and its arguments, if there is such a tool."""
        operation.target = UNKNOWN_TOOL
        tool, arguments = params.get("name"), params.get("arguments") or {}
        if isinstance(tool, str) and tool in self.handlers:
            if isinstance(arguments, dict):
                tool, arguments = self.toolset.target(tool, arguments)
            operation.target, operation.arguments = tool, arguments
            operation.changes = tool in self.changing

    def constant(self, method: str, revision: str) -> bytes:
        """Return the member of a response to a method, empty unless it is constant.

        Clients ask for lists that a server doesn't have.
        """
        key = method, revision
        if key not in self._results:
            document = self._document(method, revision)
            if document is not None:
                self._results[key] = b'"result":%b' % json_bytes(document)
            elif method in LISTS and revision != MODERN:
                error = {**NOT_FOUND, "data": method}
                self._results[key] = b'"error":%b' % json_bytes(error)
            else:
                return b""
        return self._results[key]

    def _document(self, method: str, revision: str) -> JsonObject | None:
        document = self.lists.get(method)
        if revision == MODERN:
            if method == DISCOVER:
                document = {"supportedVersions": [MODERN], **self._introduction}
            if document is None:
                return None
            return {**document, **self.cache.of_lists, **self.modern_end}
        if method == INITIALIZE:
            server = {"protocolVersion": revision, "serverInfo": self.about.document}
            return {**server, **self._introduction}
        return {} if method in ("ping", INITIALIZED) else document

    @property
    def _introduction(self) -> JsonObject:
        tools = {"tools": {"listChanged": False}} if self.has_tools else {}
        others = {part.key: part.capability for part in self.contents}
        kinds = {**tools, **others}
        return without_none(capabilities=kinds, instructions=self.instructions)

    @property
    def modern_end(self) -> JsonObject:
        """Return the last members of a result in the modern revision."""
        meta = {SERVER_INFO_META_KEY: self.about.document}
        return {"resultType": "complete", "_meta": meta}


class PlainAnswers:
    """Answers plain requests as the SDK would, over any transport."""

    def __init__(self, offer: Offer[Any]) -> None:
        self._offer = offer
        end = orjson.dumps(offer.modern_end).removeprefix(b"{")
        self._ends = {**dict.fromkeys(LEGACY, b"}}"), MODERN: b",%b}" % end}

    def takes(self, request: PlainRequest, revision: str) -> bool:
        """Return whether a request can be answered here; the SDK gets others."""
        if not self._offer.is_open:
            return False
        if request.method == CALL:
            return request.params["name"] in self._offer.handlers
        return self._constant(request, revision) != b""

    def answer(self, request: PlainRequest, revision: str) -> Awaitable[bytes]:
        """Return the response to a request that can be answered here."""
        if OBSERVERS:
            return self._observed_answer(request, revision)
        return self._answer(request, revision)

    async def _observed_answer(self, request: PlainRequest, revision: str) -> bytes:
        offer, method = self._offer, request.method
        with offer.observe(method, request.params, revision, request.id) as call:
            if method not in offer.methods:
                call.status = METHOD_NOT_FOUND
            elif method != CALL:
                call.status = HTTPStatus.OK
            return await self._answer(request, revision)

    async def _answer(self, request: PlainRequest, revision: str) -> bytes:
        offer, identity = self._offer, orjson.dumps(request.id)
        if request.method != CALL:
            constant = self._constant(request, revision)
            return b'{"jsonrpc":"2.0","id":%b,%b}' % (identity, constant)
        tool, arguments = request.params["name"], request.params.get("arguments", {})
        name, arguments = offer.toolset.target(tool, arguments)
        try:
            members = await offer.call(offer.client, name, arguments)
        except ProtocolError as error:
            error.identity = request.id
            return error.as_json()
        start = b'{"jsonrpc":"2.0","id":%b,"result":{' % identity
        return b"".join((start, *members, self._ends[revision]))

    def _constant(self, request: PlainRequest, revision: str) -> bytes:
        if request.method == INITIALIZE:
            revision = request.params["protocolVersion"]
        return self._offer.constant(request.method, revision)
