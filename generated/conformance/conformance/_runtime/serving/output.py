"""Writes responses with fewer system calls, and large ones in two parts."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

# Smaller request bodies, and smaller unsent parts of responses, aren't counted.
SMALL_BYTES = 16 * 1024
# Only larger responses are sent in two parts, because that takes more time.
LARGE_BYTES = 128 * 1024


class Output:
    """The transport of a connection, for responses.

    It writes the head of a response together with the first part of the body, which
    needs one system call instead of two.
    """

    __slots__ = ("_head", "_holds", "_transport", "is_closing", "response_bytes")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.is_closing = transport.is_closing
        self.response_bytes = 0
        """The size of the large body that is being written."""
        self._transport = transport
        self._head = b""
        self._holds = False

    def hold(self) -> None:
        """Keep the next write, which is a head, until its body or `flush`."""
        self._holds = True

    def flush(self) -> None:
        """Write the kept head, if no body follows."""
        self.write(b"")

    def write(self, data: bytes) -> None:
        """Write a part of a response, after the kept head if there is one."""
        if self._holds:
            self._head = data
            self._holds = False
        elif self._head:
            head, self._head = self._head, b""
            self._transport.writelines((head, data))
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Close the connection after the response."""
        self.flush()
        self._transport.close()


class Exchange(RequestResponseCycle):
    """uvicorn's cycle of a request and its response, with fewer writes.

    `transport` is an Output.
    """

    transport: Any

    def send(self, message: Any) -> Coroutine[Any, Any, None]:
        """Send a part of the response."""
        if not self.response_started:
            return self._send_head(message)
        if len(message.get("body", b"")) > LARGE_BYTES:
            return self._send_large(message)
        return super().send(message)

    async def _send_head(self, message: Any) -> None:
        self.transport.hold()
        await super().send(message)
        if not self.expected_content_length or self.scope["method"] == "HEAD":
            self.transport.flush()

    async def _send_large(self, message: Any) -> None:
        """Send a large body in two parts: wait for the first, then write the end.

        The transport keeps a whole buffer until the kernel has taken its last byte.
        When this returns, only a small copy of the end may still be kept.
        """
        body = memoryview(message["body"])
        self.transport.response_bytes = len(body)
        start: Any = {**message, "body": body[:-SMALL_BYTES], "more_body": True}
        await super().send(start)
        await self.flow.drain()
        self.transport.response_bytes = 0
        end: Any = {**message, "body": bytes(body[-SMALL_BYTES:])}
        await super().send(end)
