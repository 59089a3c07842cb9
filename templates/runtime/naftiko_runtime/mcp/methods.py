"""The methods of MCP, and the answers to their requests over any transport."""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple

from ..observing.calls import (
    OBSERVERS,
    UNKNOWN_METHOD,
    UNKNOWN_TOOL,
    Call,
    CalledOperation,
    know,
    note_fault,
    observe_call,
)
from ..values import JsonObject, json_bytes
from .messages import (
    CALL,
    DISCOVER,
    ENVELOPE,
    INITIALIZE,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    LEGACY,
    METHOD_NOT_FOUND,
    MODERN,
    OBJECT,
    TEXT,
    UNFORESEEN,
    Identity,
    ProtocolError,
    Request,
    Shape,
    misfit,
)
from .offers import Contents, Members, Offer
from .words import question

LOG = logging.getLogger(__name__)
REVISIONS = (*LEGACY, MODERN)
Params = Mapping[str, Shape]
ANY_META: Params = {"_meta?": OBJECT}
CLIENT: Params = {"protocolVersion": TEXT, "capabilities": OBJECT, "clientInfo": OBJECT}


class Method(NamedTuple):
    """A method: the revisions that have it, its parameters, and its handler.

    The handler returns the members of a result as pieces of JSON, the first without
    the opening brace of the result; it raises ProtocolError.
    """

    revisions: Collection[str]
    params: Params
    perform: Callable[[Request, str], Awaitable[Members]]


class Methods:
    """The methods that a server has, by name."""

    def __init__(self, offer: Offer[Any]) -> None:
        self._offer = offer
        end = b",%b" % _rest(offer.modern_end)
        self._ends = {**dict.fromkeys(LEGACY, b"}"), MODERN: end}
        self._constants: dict[tuple[str, str], Members] = {}
        tools = Method(REVISIONS, {"name": TEXT, "arguments?": OBJECT}, self._call)
        self._methods = {
            INITIALIZE: Method(LEGACY, CLIENT, self._initialize),
            "ping": Method(LEGACY, {}, self._answer_always),
            DISCOVER: Method((MODERN,), {}, self._answer_always),
            **({CALL: tools} if offer.has_tools else {}),
            **{
                part.method: Method(REVISIONS, part.params, partial(self._read, part))
                for part in offer.contents
            },
            **dict.fromkeys(
                offer.lists, Method(REVISIONS, {"cursor?": TEXT}, self._list)
            ),
        }

        self.lasting = frozenset((CALL, *(part.method for part in offer.contents)))
        """The methods that may wait for an upstream."""

    def has(self, method: str, revision: str) -> bool:
        """Return whether there is a method in a revision."""
        return method in self._methods and revision in self._methods[method].revisions

    def answer(self, request: Request, revision: str) -> Awaitable[bytes]:
        """Return the response to a request; raises ProtocolError."""
        if OBSERVERS:
            return self._observed_answer(request, revision)
        return self._answer(request, revision)

    async def _observed_answer(self, request: Request, revision: str) -> bytes:
        with self._observe(request, revision) as call:
            try:
                response = await self._answer(request, revision)
            except ProtocolError as error:
                call.status = call.status or error.code
                raise
            call.status = call.status or HTTPStatus.OK
            return response

    async def _answer(self, request: Request, revision: str) -> bytes:
        start = b'{"jsonrpc":"2.0","id":%b,"result":{' % json_bytes(request.id)
        try:
            method = self._method(request, revision)
            members = await method.perform(request, revision)
        except ProtocolError as error:
            error.identity = request.id
            raise
        except Exception as error:
            note_fault(error)
            LOG.exception("a request failed")
            raise ProtocolError(INTERNAL_ERROR, UNFORESEEN, request.id) from None
        return b"".join((start, *members, b"}"))

    def _method(self, request: Request, revision: str) -> Method:
        """Return the method of a request; raises ProtocolError for a wrong request."""
        name = request.method
        if not self.has(name, revision):
            raise ProtocolError(METHOD_NOT_FOUND, "Method not found", data=name)
        method = self._methods[name]
        meta: Params = {"_meta": ENVELOPE} if revision == MODERN else ANY_META
        fault = misfit("params", request.params, method.params)
        if fault := fault or misfit("params", request.params, meta):
            raise invalid_params(fault)
        return method

    async def _initialize(self, request: Request, _: str) -> Members:
        """Introduce the server in the client's revision, else in the latest one."""
        return self._constant(INITIALIZE, negotiated_revision(request))

    async def _answer_always(self, request: Request, revision: str) -> Members:
        return self._constant(request.method, revision)

    async def _list(self, request: Request, revision: str) -> Members:
        if request.params.get("cursor") is not None:  # every list has a single page
            raise ProtocolError(INVALID_PARAMS, "Unknown cursor")
        return self._constant(request.method, revision)

    async def _read(self, part: Contents, request: Request, revision: str) -> Members:
        offer = self._offer
        document = await part.read(offer.client, request.params)
        if revision == MODERN:
            document = {**document, **part.hints(offer.cache), **offer.modern_end}
        return (_rest(document),)

    async def _call(self, request: Request, revision: str) -> Members:
        offer, tool = self._offer, request.params["name"]
        if tool not in offer.handlers:
            near = question(tool, offer.handlers)
            raise ProtocolError(INVALID_PARAMS, f"Unknown tool: {tool}{near}")
        arguments = request.params.get("arguments") or {}
        name, arguments = offer.toolset.target(tool, arguments)
        members = await offer.call(offer.client, name, arguments)
        return *members, self._ends[revision]

    def _constant(self, method: str, revision: str) -> Members:
        """Return the result of a method that never changes; it is written once."""
        key = method, revision
        if key not in self._constants:
            self._constants[key] = (_rest(self._document(method, revision)),)
        return self._constants[key]

    def _document(self, method: str, revision: str) -> JsonObject:
        offer = self._offer
        document = offer.lists.get(method, {})
        if revision == MODERN:
            if method == DISCOVER:
                document = {"supportedVersions": [MODERN], **offer.introduction}
            return {**document, **offer.cache.of_lists, **offer.modern_end}
        if method == INITIALIZE:
            server = {"protocolVersion": revision, "serverInfo": offer.about.document}
            return {**server, **offer.introduction}
        return document

    def operation(self, request: Request, revision: str) -> CalledOperation:
        """Return the operation of a request, without values of a client in its name."""
        identity, method, params = request
        operation = CalledOperation(
            method, meta=params.get("_meta"), protocol=revision, request_id=identity
        )
        if method not in self._methods:
            operation.method = UNKNOWN_METHOD
        elif method == CALL:
            self._name_tool(operation, params)
        for part in self._offer.contents:
            if part.method == method:
                part.name(operation, params)
        return operation

    @contextmanager
    def _observe(self, request: Request, revision: str) -> Iterator[Call]:
        """Show a request to observers."""
        operation = self.operation(request, revision)
        with observe_call("mcp", self._offer.name, operation) as call:
            know(operation)
            yield call

    def _name_tool(self, operation: CalledOperation, params: JsonObject) -> None:
        """Note the tool of a call, and its arguments, if there is such a tool."""
        operation.target, offer = UNKNOWN_TOOL, self._offer
        tool, arguments = params.get("name"), params.get("arguments") or {}
        if isinstance(tool, str) and tool in offer.handlers:
            if isinstance(arguments, dict):
                tool, arguments = offer.toolset.target(tool, arguments)
            operation.target, operation.arguments = tool, arguments
            operation.changes = tool in offer.changing


def negotiated_revision(request: Request) -> str:
    """Return the revision of a session that a request begins."""
    revision = request.params.get("protocolVersion")
    return revision if revision in LEGACY else LEGACY[-1]


def invalid_params(fault: str, identity: Identity = None) -> ProtocolError:
    """Return the error for parameters that a method doesn't take."""
    message = "Invalid request parameters"
    return ProtocolError(INVALID_PARAMS, message, identity, fault)


def _rest(document: JsonObject) -> bytes:
    """Return an object as JSON without its opening brace."""
    return json_bytes(document).removeprefix(b"{")
