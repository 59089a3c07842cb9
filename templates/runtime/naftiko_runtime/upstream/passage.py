"""Bodies that pass through: each is received and sent piece by piece."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from ..errors import CallError, InvalidInputError
from .deadlines import Receive

WHOLE_LIMIT = 4 * 1024 * 1024
"""The most bytes of a body that has to be complete before it is sent."""
BODY = "the request body"
EMPTY: Mapping[str, Any] = {"body": b""}


class Patience:
    """The time limit of a request, which begins anew whenever bytes have moved.

    As a context manager it raises TimeoutError at the limit, or after `end`.
    """

    def __init__(self) -> None:
        self._seconds: float | None = None
        self._is_ended = False
        self._timeout = asyncio.timeout(None)
        self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._timeout.__aexit__(kind, error, traceback)

    @property
    def is_over(self) -> bool:
        """Return whether the time has passed, unless the request was ended before."""
        return self._timeout.expired() and not self._is_ended

    def limit(self, seconds: float) -> None:
        """Set the seconds that may pass without progress."""
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        """Let the time begin anew."""
        if self._seconds is not None:
            self._end_at(self._loop.time() + self._seconds)

    def pause(self) -> None:
        """Let no time pass until the next `renew`: the client has to act."""
        self._end_at(None)

    def end(self) -> None:
        """End the request now."""
        self._is_ended = True
        self._end_at(self._loop.time())

    def _end_at(self, time: float | None) -> None:
        # Pieces may arrive while the request is being ended.
        with contextlib.suppress(RuntimeError):
            self._timeout.reschedule(time)


class Upload:
    """The body of a client's request, of which one piece at a time is received.

    `length` is its size in bytes, if the client has told it. `is_gone` means that the
    client has disconnected.
    """

    def __init__(
        self, receive: Receive, length: int | None, patience: Patience
    ) -> None:
        self.length = length
        self.has_content = False
        self.is_started = False
        self.is_gone = False
        self.received = asyncio.Event()
        """Set once the whole body has been received."""
        self._receive = receive
        self._patience = patience
        self._message: Mapping[str, Any] = EMPTY

    async def open(self) -> None:
        """Receive the first piece, to know whether there is a body."""
        await self._next()
        self.has_content = bool(self._message.get("body")) or self._has_more
        if not self.has_content:
            self.received.set()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the pieces; raises InvalidInputError if the client disconnects."""
        self.is_started = True
        while True:
            if piece := self._message.get("body"):
                self._message = {**self._message, "body": b""}
                yield piece
                self._patience.renew()
            if not self._has_more:
                self.received.set()
                return
            await self._next()

    async def whole(self) -> bytes:
        """Return the whole body; raises CallError if it is too long or incomplete."""
        body = bytearray()
        async for piece in self.pieces():
            body += piece
            if len(body) > WHOLE_LIMIT:
                raise CallError(413, "Content Too Large", "a body may have 4 MiB")
        return bytes(body)

    @property
    def _has_more(self) -> bool:
        return bool(self._message.get("more_body", False))

    async def _next(self) -> None:
        self._message = await self._receive()
        if self._message["type"] == "http.disconnect":
            self.is_gone = True
            raise InvalidInputError(BODY, "is incomplete")


class Passage(bytes):
    """The body of a request that is passed on, and the way back of its response.

    Its bytes are empty, unless the body had to be complete. Transports and middleware
    pass it on like other bodies, and the pool sends the pieces of `upload`. The pool
    adds the response to `stack`, which closes it.
    """

    def __new__(cls, *_: object, content: bytes = b"") -> Self:
        """Make the bytes."""
        return super().__new__(cls, content)

    def __init__(
        self,
        upload: Upload | None,
        patience: Patience,
        stack: AsyncExitStack,
        *,
        content: bytes = b"",
    ) -> None:
        del content
        self.upload = upload if upload and upload.has_content else None
        self.patience = patience
        self.stack = stack

    async def whole(self) -> "Passage":
        """Return the passage of the complete body, whose bytes signers can read."""
        content = await self.upload.whole() if self.upload else b""
        return Passage(None, self.patience, self.stack, content=content)
