"""The offer of an MCP server: tools, resources and prompts, and results of tools."""

import base64
import logging
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeVar, Unpack

import orjson

from ..errors import CallError
from ..http.guards import AdapterOptions
from ..observing.calls import (
    OBSERVERS,
    CalledOperation,
    note_fault,
    note_reason,
    note_status,
)
from ..settings import ToolChoice, tool_choice
from ..transport import KEPT, Reply, decoded_text
from ..values import JsonObject, without_none
from .messages import (
    INTERNAL_ERROR,
    SERVER_INFO_META_KEY,
    UNFORESEEN,
    ProtocolError,
    Shape,
)
from .tools import ExtraTool, Tool, Toolset, declare

# --- results of tools ---

Members = tuple[bytes, ...]
"""The members of a result, as pieces of JSON: a long text is copied once."""
ERROR_LIMIT = 64 * 1024
OCTETS = "application/octet-stream"
BYTES = re.compile(r"(?i)(image|audio|video|font)/(?!.*\bxml\b)")
"""Media types of bytes, also if these can be read as text."""
PICTURES = {
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
    "image/jpg": "image/jpeg",
    "image/gif": "image/gif",
    "image/webp": "image/webp",
}
"""The pictures that models see, by the types that APIs send; clients drop others."""


class Binary(NamedTuple):
    """A body that isn't text: a URI, its media type, and its bytes.

    Clients get a picture or a sound as such, and other bytes as a resource.
    """

    uri: str
    media_type: str
    body: bytes

    def __str__(self) -> str:
        """Return the media type and the size."""
        return f"{self.media_type}, {len(self.body):,} bytes"

    @property
    def contents(self) -> Iterator[JsonObject]:
        """Yield the contents of a result.

        A text is first unless the bytes are a picture: some clients show nothing else.
        """
        blob, kind = base64.b64encode(self.body).decode(), self.media_type.lower()
        if kind in PICTURES:
            yield {"type": "image", "data": blob, "mimeType": PICTURES[kind]}
        elif kind.startswith("audio/"):
            words = f"{self}, as the audio content of this result"
            yield {"type": "text", "text": words}
            yield {"type": "audio", "data": blob, "mimeType": kind}
        else:
            words = f"{self}, in base64 as the embedded resource {self.uri}"
            yield {"type": "text", "text": f"{words} of this result"}
            resource = {"uri": self.uri, "mimeType": self.media_type, "blob": blob}
            yield {"type": "resource", "resource": resource}


def result(tool: str, reply: Reply) -> Members:
    """Return the result for a tool's reply; an upstream status from 400 is an error."""
    if not reply.ok:
        return _members(refusal_text(reply), is_error=True)
    # Some clients refuse an empty text, and a model takes it for a failure.
    content = content_of(tool, reply) or _status_line(reply)
    return _members(content, reply.structured or b"")


def failure(error: CallError) -> Members:
    """Return the result for a call without a reply."""
    note_reason(error)
    return _members(failure_text(error), is_error=True)


def _members(
    content: str | Binary, output: bytes = b"", *, is_error: bool = False
) -> Members:
    if isinstance(content, str):
        start, document = b'"content":[{"type":"text","text":', orjson.dumps(content)
        end = b"}]"
    else:
        start, document, end = b'"content":', orjson.dumps([*content.contents]), b""
    flag = b',"isError":true' if is_error else b',"isError":false'
    name = b',"structuredContent":' if output else b""
    return start, document, end, flag, name, output


def content_of(tool: str, reply: Reply) -> str | Binary:
    """Return the body of a tool's reply: a text, or bytes."""
    words = None if reply.is_binary and reply.body else text_of(reply)
    if words is not None:
        return words
    return Binary(f"result://{tool}", media_type_of(reply) or OCTETS, reply.body)


def media_type_of(reply: Reply) -> str | None:
    """Return the media type that a reply has without its parameters."""
    media_type = (reply.header(b"content-type") or "").partition(";")[0].strip()
    return media_type or None


def failure_text(error: CallError) -> str:
    """Return the text for a call without a reply."""
    message = f"{error.status} {error.title}: {error.detail}"
    if error.retry_after is not None:
        message += f"\nRetry-After: {error.retry_after}"
    return message


def refusal_text(reply: Reply) -> str:
    """Return an error text: the upstream's status, `Retry-After` and body."""
    lines = [_status_line(reply)]
    if reply.status == 401:
        lines.append("The upstream API refused the credential of this server.")
    retry_after = reply.header(b"retry-after")
    if retry_after:
        lines.append(f"Retry-After: {retry_after}")
    body = text_of(reply)
    if body is None:
        body = f"({len(reply.body)} bytes that are not text)"
    body = body[:ERROR_LIMIT].encode()[:ERROR_LIMIT].decode(errors="ignore")
    return "\n".join([*lines, body]).rstrip()


def _status_line(reply: Reply) -> str:
    try:
        return f"HTTP {reply.status} {HTTPStatus(reply.status).phrase}"
    except ValueError:
        return f"HTTP {reply.status}"


@lru_cache(KEPT)
def _is_bytes(content_type: str) -> bool:
    return BYTES.match(content_type) is not None


def text_of(reply: Reply) -> str | None:
    """Decode a body in its charset, UTF-8 by default; None if it isn't text."""
    content_type = reply.header(b"content-type") or ""
    if reply.body and _is_bytes(content_type):
        return None
    try:
        text = decoded_text(reply.body, content_type)
    except ValueError:
        return None
    return None if "\0" in text else text


# --- the offer, and its answers -------------------------------------------------------

C = TypeVar("C")
Params = Mapping[str, Any]
FRESH_MS = 300_000
LOG = logging.getLogger(__name__)


class CacheHints(NamedTuple):
    """How long clients may keep lists and contents, and who may share them.

    Without a time, lists may be kept as usual, and contents not at all.
    """

    ttl_ms: int | None = None
    scope: Literal["public", "private"] = "private"

    @property
    def of_contents(self) -> JsonObject:
        """Return the members of the result with the contents of a resource."""
        return {"ttlMs": self.ttl_ms or 0, "cacheScope": self.scope}

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
    of them with `params`. `changes` is whether that may change state.
    """

    key: str
    capability: JsonObject
    changes: bool
    lists: Mapping[str, JsonObject]
    method: str
    params: Mapping[str, Shape]

    def hints(self, cache: CacheHints) -> JsonObject:
        """Return the members of a modern result that say how long it may be kept."""

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

    @property
    def introduction(self) -> JsonObject:
        """Return the capabilities and instructions of the server."""
        tools = {"tools": {"listChanged": False}} if self.has_tools else {}
        others = {part.key: part.capability for part in self.contents}
        kinds = {**tools, **others}
        return without_none(capabilities=kinds, instructions=self.instructions)

    @property
    def modern_end(self) -> JsonObject:
        """Return the last members of a result in the modern revision."""
        meta = {SERVER_INFO_META_KEY: self.about.document}
        return {"resultType": "complete", "_meta": meta}
