"""Messages of MCP, the offer of a server, and its answers to plain requests.

The names and numbers are those of the official SDK. It isn't imported for them, because
a server mostly answers without it.
"""

import base64
import json
import logging
import os
import re
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
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeVar, Unpack

import orjson

from ..errors import CallError, NaftikoError
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
from ..transport import KEPT, Reply, decoded_text
from ..values import (
    DuplicateMemberError,
    JsonObject,
    json_bytes,
    parse_unambiguous,
    without_none,
)
from .tools import ExtraTool, Tool, Toolset, declare

LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
"""The revisions that begin with `initialize`; their results have the same members."""
UNNAMED = "2025-03-26"
"""The revision of an HTTP request that names none."""
MODERN = "2026-07-28"

META = "io.modelcontextprotocol/"
PROTOCOL_VERSION_META_KEY = f"{META}protocolVersion"
CLIENT_CAPABILITIES_META_KEY = f"{META}clientCapabilities"
CLIENT_INFO_META_KEY = f"{META}clientInfo"
SERVER_INFO_META_KEY = f"{META}serverInfo"

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
HEADER_MISMATCH = -32020
UNFORESEEN = "Internal error"

CALL = "tools/call"
INITIALIZE = "initialize"
INITIALIZED = "notifications/initialized"
DISCOVER = "server/discover"


Identity = int | str | None
"""The id of a message; a notification has none."""
IDENTITIES = (int, str)


class ProtocolError(NaftikoError):
    """An error of JSON-RPC, with the id of the message if the id can be read."""

    def __init__(self, code: int, message: str, identity: Identity = None) -> None:
        super().__init__(message)
        self.code, self.identity = code, identity

    def as_json(self) -> bytes:
        """Return the error response."""
        error = {"code": self.code, "message": str(self)}
        return json_bytes({"jsonrpc": "2.0", "id": self.identity, "error": error})


def read_message(body: bytes) -> JsonObject:
    """Return the message of JSON-RPC 2.0 in a body; raises ProtocolError."""
    try:
        message = parse_unambiguous(body)
    except DuplicateMemberError:
        fault = "an object names a member twice"
        raise ProtocolError(INVALID_REQUEST, fault, _only_id(body)) from None
    except ValueError:
        fault = "the message must be JSON of at most 200 levels and of finite numbers"
        raise ProtocolError(PARSE_ERROR, fault) from None
    if not isinstance(message, dict):
        fault = "the message must be one object, not a batch"
        raise ProtocolError(INVALID_REQUEST, fault)
    if type(message.get("id", "")) not in IDENTITIES:
        raise ProtocolError(INVALID_REQUEST, "an id must be a string or an integer")
    identity = message.get("id")
    if message.get("jsonrpc") != "2.0":
        fault = 'the member jsonrpc must be "2.0"'
        raise ProtocolError(INVALID_REQUEST, fault, identity)
    has_method = isinstance(message.get("method"), str)
    if not has_method and message.keys().isdisjoint(("result", "error")):
        fault = "a message must have a method, which is a string, a result or an error"
        raise ProtocolError(INVALID_REQUEST, fault, identity)
    return message


def _only_id(body: bytes) -> Identity:
    """Return the id of a message with duplicate members, if the id itself is unique."""
    try:
        message = json.loads(body, object_pairs_hook=tuple)
    except ValueError:  # `json` reads integers of at most 4,300 digits
        return None
    # Objects are parsed to tuples; an array is a list, which has no members.
    members = message if isinstance(message, tuple) else ()
    ids = [value for name, value in members if name == "id"]
    return ids[0] if len(ids) == 1 and type(ids[0]) in IDENTITIES else None


# --- plain requests ---

REQUEST = {"jsonrpc", "id", "method", "params"}
PARAMS = {
    CALL: {"name", "arguments", "_meta"},
    INITIALIZE: {"protocolVersion", "capabilities", "clientInfo"},
    INITIALIZED: frozenset[str](),
}
"""The parameters of methods; others have only `_meta`."""
ONLY_META = {"_meta"}
NO_META: JsonObject = {}
ENVELOPE = {
    PROTOCOL_VERSION_META_KEY,
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
}
CAPABILITIES: dict[str, tuple[JsonObject, ...]] = {
    "roots": ({}, {"listChanged": True}, {"listChanged": False}),
    "sampling": ({},),
    "elicitation": ({}, {"form": {}}, {"form": {}, "url": {}}),
}
"""The capabilities of common clients; no answer depends on them."""
CLIENT_NAMES = {"name", "version"}
CLIENT_TEXTS = {*CLIENT_NAMES, "title", "description", "websiteUrl"}
ONLY_TEXTS = {str}


class PlainRequest(NamedTuple):
    """A request that can be answered without the SDK; a notification has no id.

    `revision` is the modern one if the request names it, else empty.
    """

    id: Identity
    method: str
    params: JsonObject
    revision: str


def plain_request(body: bytes) -> PlainRequest | None:
    """Parse a message; return None unless it has the form that common clients send.

    Any other message goes unchanged to the SDK, which refuses invalid ones. So a check
    that is too strict costs time, never correctness.
    """
    try:
        message = read_message(body)
    except ProtocolError:
        return None
    method, params = message.get("method", ""), message.get("params", {})
    if not (
        message.keys() <= REQUEST
        and ("id" in message) != (method == INITIALIZED)
        and is_identity(message.get("id", ""))
        and isinstance(params, dict)
        and params.keys() <= PARAMS.get(method, ONLY_META)
        and isinstance(params.get("_meta", NO_META), dict)
        and _has_parameters(method, params)
    ):
        return None
    meta = params.get("_meta", NO_META)
    if not is_identity(meta.get("progressToken", "")):
        return None
    if any(name.startswith(META) for name in meta.keys() - ENVELOPE):
        return None
    if ENVELOPE.isdisjoint(meta):
        return PlainRequest(message.get("id"), method, params, "")
    if not _is_envelope(meta):
        return None
    return PlainRequest(message.get("id"), method, params, MODERN)


def is_identity(identity: Any) -> bool:
    """Return whether a value of JSON is a valid id that orjson can write."""
    kind = type(identity)
    return kind is str or (kind is int and abs(identity) < 2**63)


def _has_parameters(method: str, params: JsonObject) -> bool:
    if method == CALL:
        has_arguments = isinstance(params.get("arguments", {}), dict)
        return isinstance(params.get("name"), str) and has_arguments
    if method == INITIALIZE:
        return (
            params.get("protocolVersion") in LEGACY
            and _are_capabilities(params.get("capabilities"))
            and _is_client(params.get("clientInfo"))
        )
    return True


def _are_capabilities(capabilities: Any) -> bool:
    return isinstance(capabilities, dict) and all(
        value in CAPABILITIES.get(name, ()) for name, value in capabilities.items()
    )


def _is_envelope(envelope: JsonObject) -> bool:
    client = envelope.get(CLIENT_INFO_META_KEY)
    return (
        envelope.get(PROTOCOL_VERSION_META_KEY) == MODERN
        and _are_capabilities(envelope.get(CLIENT_CAPABILITIES_META_KEY))
        and (client is None or _is_client(client))
    )


def _is_client(client: Any) -> bool:
    return (
        isinstance(client, dict)
        and CLIENT_NAMES <= client.keys() <= CLIENT_TEXTS
        and set(map(type, client.values())) == ONLY_TEXTS
    )


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
