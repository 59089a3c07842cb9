"""Routes that pass requests on to an upstream, and its responses to clients."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Concatenate, Generic, TypeVar

from starlette.types import Receive, Scope, Send

from .errors import FAULTS, CallError, NoAnswerError
from .http.messages import (
    SAFE,
    STREAMED,
    RawHeaders,
    is_header_value,
    method_not_allowed,
    own_path,
    problem,
    send_response,
)
from .observing.calls import CalledOperation, know, note_fault, note_gone, note_status
from .rest import FAILED, own_fields, own_headers
from .transport import Reply
from .upstream.client import late
from .upstream.forwarding import Download, Forwarded, Passage, Patience, Upload
from .upstream.requests import READ_ONLY, time_limit

C = TypeVar("C")
LOG = logging.getLogger(__name__)
# CONNECT would make a tunnel, and TRACE return the request with the API's credential.
REFUSED = frozenset({"CONNECT", "TRACE"})
ALLOWED = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
MEDIA_TYPE = b"content-type"
OF_BODY = frozenset(
    (
        *(b"accept-ranges", b"content-encoding", b"content-language"),
        *(b"content-length", b"content-range", b"vary"),
    )
)
"""Headers about a body that passes through unchanged."""

Operation = Callable[Concatenate[C, ...], Awaitable[Reply]]
"""A coroutine that takes the API client and a request to pass on."""


class Forward(Generic[C]):
    """The ASGI application of a path that passes requests of any method on.

    A variable `{name:path}` of the path is the path to send, any number of segments;
    without one, it is empty. `headers` are those that are passed on besides
    Content-Type.
    """

    def __init__(
        self, path: str, operation: Operation[C], headers: Sequence[str] = ()
    ) -> None:
        self.path = path
        self.operation = operation
        self._trusted = frozenset((MEDIA_TYPE, *(n.lower().encode() for n in headers)))
        before, tail, after = path.partition(":path}")
        self._has_tail = tail != ""
        self._before, self._after = before.count("/"), after.count("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and then the response or the reason why not."""
        if scope["method"] in REFUSED:
            await send_response(send, *method_not_allowed(ALLOWED))
            return
        # The server needn't count the bytes of the body that have passed.
        scope[STREAMED] = True
        answer = _Answer(scope["method"], send)
        changes = scope["method"] not in READ_ONLY
        path = self.path.replace(":path}", "}")
        know(CalledOperation(scope["method"], path, changes=changes))
        try:
            await self._pass_on(scope, receive, answer)
        except CallError as error:
            await answer.fail(error)
        except Exception as error:
            note_fault(error)
            # An application with exception handlers of its own handles this error.
            if scope["app"].exception_handlers:
                raise
            LOG.exception("a request failed")
            await answer.fail(FAILED)

    async def _pass_on(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        upload: Upload | None = None
        try:
            async with Patience() as patience:
                patience.enter_context(time_limit(lambda: patience.is_over))
                length = dict(scope["headers"]).get(b"content-length")
                upload = Upload(receive, int(length) if length else None, patience)
                await upload.open()
                request = self._request(scope, Passage(upload))
                async with _watch(upload, receive, answer, patience):
                    reply = await self.operation(scope["app"].client, request)
                    if upload.is_gone:
                        answer.note_gone(reply.status)
                    else:
                        await answer.send(reply, patience)
        except TimeoutError:
            if upload is None or not upload.is_gone:
                raise late(scope["method"]) from None

    def _request(self, scope: Scope, body: Passage) -> Forwarded:
        names = self._trusted - _ending_here(scope["headers"])
        headers = [
            (name.decode(), value.decode("latin-1"))
            for name, value in scope["headers"]
            if name in names
        ]
        query = scope["query_string"].decode("latin-1")
        return Forwarded(scope["method"], self._tail(scope), query, headers, body)

    def _tail(self, scope: Scope) -> str:
        """Return the variable part of the path, as the client has encoded it."""
        if not self._has_tail:
            return ""
        count = len(own_path(scope).split("/")) - self._before - self._after
        target: bytes = scope.get("raw_path") or scope["path"].encode()
        segments = target.partition(b"?")[0].decode("latin-1").split("/")
        end = len(segments) - self._after
        return "/" + "/".join(segments[end - count : end])


class _Answer:
    """The response to a client, which may have begun when the upstream fails."""

    def __init__(self, method: str, send: Send) -> None:
        self.method = method
        self._send = send
        self.has_begun = False
        self._host = ""

    async def send(self, reply: Reply, patience: Patience) -> None:
        """Send a response; a body that is a stream is sent piece by piece."""
        self.has_begun = True
        if not isinstance(reply.body, Download):
            headers = own_headers(reply, self.method)
            await send_response(self._send, reply.status, headers, reply.body)
            return
        self._host = reply.body.host
        start = {"type": "http.response.start", "status": reply.status}
        await self._send({**start, "headers": [*_passed_headers(reply), *SAFE]})
        async for piece in reply.body.pieces():
            patience.pause()
            await self._send_piece(piece, more_body=True)
            patience.renew()
        await self._send_piece(b"", more_body=False)

    async def fail(self, error: CallError) -> None:
        """Send a problem document; a response that has begun stays incomplete.

        The server then closes the connection, from which clients see that it broke.
        """
        if self.has_begun:
            line = f"a response of {self._host} to a {self.method} broke off"
            FAULTS.warn(f"{line}: {error.detail}")
        else:
            await send_response(self._send, *problem(error))

    def note_gone(self, status: int) -> None:
        """Log a request whose client doesn't wait for the response."""
        note_gone()
        note_status(status)
        LOG.warning("the caller of a %s had gone: %s", self.method, status)

    async def _send_piece(self, body: bytes, *, more_body: bool) -> None:
        message = {"type": "http.response.body", "body": body, "more_body": more_body}
        await self._send(message)


@asynccontextmanager
async def _watch(
    upload: Upload, receive: Receive, answer: _Answer, patience: Patience
) -> AsyncIterator[None]:
    """End the request when the client disconnects, unless it may change something."""

    async def watch() -> None:
        await upload.received.wait()
        while (await receive())["type"] != "http.disconnect":
            pass
        upload.is_gone = True
        if answer.has_begun or answer.method in READ_ONLY:
            patience.end()

    watching = asyncio.create_task(watch())
    try:
        yield
    except NoAnswerError as error:
        # The response has begun.
        raise CallError(502, "Bad Gateway", f"the upstream API {error}") from None
    finally:
        watching.cancel()


def _ending_here(headers: Iterable[tuple[bytes, bytes]]) -> set[bytes]:
    """Return the names of headers that `Connection` keeps from the next connection."""
    texts = (value for name, value in headers if name.lower() == b"connection")
    return {name.strip().lower() for text in texts for name in text.split(b",")}


def _passed_headers(reply: Reply) -> RawHeaders:
    about = [
        (name, value)
        for field, value in reply.raw_headers
        if (name := field.lower()) in OF_BODY and is_header_value(value)
    ]
    ending = _ending_here(reply.raw_headers)
    return [field for field in (*own_fields(reply), *about) if field[0] not in ending]
