"""The answers to plain requests, over any transport."""

import logging
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Any

import orjson

from ..errors import CallError
from ..observing.calls import (
    OBSERVERS,
    UNKNOWN_METHOD,
    CalledOperation,
    know,
    note_fault,
    note_status,
    observed,
)
from ..values import JsonObject
from .messages import UNFORESEEN, Refusal, failure, response, result
from .offers import Offer
from .plain_requests import CALL, PlainRequest
from .revisions import (
    INTERNAL_ERROR,
    LEGACY,
    METHOD_NOT_FOUND,
    MODERN,
    SERVER_INFO_META_KEY,
)

LOG = logging.getLogger(__name__)


class PlainAnswers:
    """Answers plain requests as the SDK would."""

    def __init__(self, offer: Offer[Any]) -> None:
        self._offer = offer
        meta = {SERVER_INFO_META_KEY: offer.about.document}
        complete = orjson.dumps({"resultType": "complete", "_meta": meta})
        self._ends = dict.fromkeys(LEGACY, b"}}")
        self._ends[MODERN] = b",%b}" % complete.removeprefix(b"{")

    def takes(self, request: PlainRequest, revision: str) -> bool:
        """Return whether a request can be answered here; the SDK gets others."""
        if not self._offer.is_open:
            return False
        if request.method == CALL:
            return request.params["name"] in self._offer.handlers
        return self._constant(request, revision) != b""

    def answer(self, request: PlainRequest, revision: str) -> Awaitable[bytes]:
        """Return the response to a request that can be answered here."""
        if request.method == CALL:
            return self._called(request, revision)
        return self._unchanging(request, revision)

    async def _unchanging(self, request: PlainRequest, revision: str) -> bytes:
        constant = self._constant(request, revision)
        if OBSERVERS:
            self._observe(request, revision, constant.startswith(b'"result"'))
        return b'{"jsonrpc":"2.0","id":%b,%b}' % (orjson.dumps(request.id), constant)

    def _observe(self, request: PlainRequest, revision: str, is_served: bool) -> None:
        method, status = request.method, int(HTTPStatus.OK)
        if not is_served:
            method, status = UNKNOWN_METHOD, METHOD_NOT_FOUND
        operation = CalledOperation(
            method, meta=request.meta, protocol=revision, request_id=request.id
        )
        with observed("mcp", self._offer.name, operation):
            know(operation)
            note_status(status)

    def _constant(self, request: PlainRequest, revision: str) -> bytes:
        if request.method == "initialize":
            revision = request.params["protocolVersion"]
        return self._offer.constant(request.method, revision)

    def _called(self, request: PlainRequest, revision: str) -> Awaitable[bytes]:
        tool, arguments = request.params["name"], request.params.get("arguments", {})
        name, arguments = self._offer.toolset.target(tool, arguments)
        if OBSERVERS:
            return self._observed(request, name, arguments, revision)
        return self._performed(request, name, arguments, revision)

    async def _observed(
        self, request: PlainRequest, name: str, arguments: JsonObject, revision: str
    ) -> bytes:
        operation = CalledOperation(
            CALL, name, arguments, request.meta, revision, request.id
        )
        operation.changes = name in self._offer.changing
        with observed("mcp", self._offer.name, operation):
            know(operation)
            return await self._performed(request, name, arguments, revision)

    async def _performed(
        self, request: PlainRequest, name: str, arguments: JsonObject, revision: str
    ) -> bytes:
        """Call a tool and write its result."""
        try:
            handler = self._offer.handlers[name]
            reply = await handler(self._offer.client, arguments)
            if OBSERVERS:
                note_status(reply.status)
        except CallError as error:
            note_status(error.status)
            outcome = failure(error)
        except Exception as error:
            note_fault(error)
            LOG.exception("a tool call failed")
            return Refusal(INTERNAL_ERROR, UNFORESEEN, request.id).as_json()
        else:
            outcome = result(name, reply)
        return response(request.id, outcome, self._ends[revision])
