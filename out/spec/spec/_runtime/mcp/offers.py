"""The offer of an MCP server to its clients, and the results that never change."""

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import (
    Any,
    Generic,
    Literal,
    NamedTuple,
    Protocol,
    TypeVar,
    Unpack,
)

from ..http.authentication import AdapterOptions
from ..observing.calls import CalledOperation
from ..settings import ToolChoice, tool_choice
from ..values import JsonObject, json_bytes, without_none
from .plain_requests import INITIALIZE, INITIALIZED
from .revisions import METHOD_NOT_FOUND, MODERN, SERVER_INFO_META_KEY
from .tools import ExtraTool, Tool, declare
from .toolsets import Toolset

C = TypeVar("C")
LISTS = (
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "server/discover",
    "tools/list",
)
"""The methods whose results are the same until the server is replaced."""
FRESH_MS = 300_000
NOT_FOUND = {"code": METHOD_NOT_FOUND, "message": "Method not found"}


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

    `key` is the capability, and `changes` is whether reading one of them may change
    state.
    """

    key: str
    capability: JsonObject
    changes: bool

    @property
    def lists(self) -> Mapping[str, JsonObject]:
        """Return the results of methods."""

    @property
    def method(self) -> str:
        """Return the method that reads one of them."""

    def name(self, operation: CalledOperation, params: Mapping[str, Any]) -> None:
        """Note for observers which of them is read, if there is such a one."""

    async def read(self, client: Any, params: JsonObject) -> JsonObject:
        """Return the result of the method; raises MethodError."""


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
        whole = tools if isinstance(tools, Toolset) else Toolset(tools)
        extra_tools = map(declare, options.get("extra_tools", ()))
        whole = whole.of((*whole.tools.values(), *extra_tools))
        choice = options.get("choice") or tool_choice(os.environ, variables)
        self.toolset = whole.choose(choice)
        self.instructions = self.toolset.instructions(about.instructions, whole)
        self.handlers = self.toolset.handlers
        self.changing = self.toolset.changing
        self.about, self.name, self.contents = about, about.name, contents
        self.connect, self.cache, self.options = connect, cache, options
        self.has_tools = bool(whole.tools)
        self.client: C | None = None
        self.is_open = False
        """Whether the API client is open, so that tools can be called."""
        self._results: dict[tuple[str, str], bytes] = {}

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[C]:
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
        tools = {"tools/list": {"tools": self.listed}} if self.has_tools else {}
        return tools | {k: v for one in self.contents for k, v in one.lists.items()}

    @property
    def may_change(self) -> bool:
        """Return whether a tool or resource may change state."""
        return bool(self.changing) or any(one.changes for one in self.contents)

    @cached_property
    def listed(self) -> list[JsonObject]:
        """Return the tools as clients see them."""
        return self.toolset.listed

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
        """Return a result as an object."""
        document = self.lists.get(method)
        if revision == MODERN:
            if method == "server/discover":
                document = {"supportedVersions": [MODERN], **self._introduction}
            return None if document is None else self._modern(document)
        if method == INITIALIZE:
            server = {"protocolVersion": revision, "serverInfo": self.about.document}
            return {**server, **self._introduction}
        return {} if method in ("ping", INITIALIZED) else document

    @property
    def _introduction(self) -> JsonObject:
        tools = {"tools": {"listChanged": False}} if self.has_tools else {}
        others = {contents.key: contents.capability for contents in self.contents}
        return without_none(
            capabilities={**tools, **others}, instructions=self.instructions
        )

    def _modern(self, result: JsonObject) -> JsonObject:
        meta = {SERVER_INFO_META_KEY: self.about.document}
        hints = (self.cache or CacheHints()).of_lists
        return {**result, **hints, "resultType": "complete", "_meta": meta}
