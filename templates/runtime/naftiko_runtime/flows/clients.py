"""The clients of flows: once one has left, no further call may change anything."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..errors import CallError
from ..reply import Reply
from ..upstream.deadlines import CALLER, LEFT, Receive

LOG = logging.getLogger(__name__)


class FlowClient:
    """ASGI's `receive` of a request, which remembers that the client has left."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._last: Mapping[str, Any] | None = None

    async def __call__(self) -> Mapping[str, Any]:
        """Return the next message; the message that the client has left, repeatedly."""
        if self._last is None:
            message = await self._receive()
            if message["type"] != "http.disconnect":
                return message
            self._last = message
        return self._last

    async def has_left(self) -> bool:
        """Return whether the client has left, without waiting for that."""
        while self._last is None:
            receiving = asyncio.ensure_future(self())
            await asyncio.wait((receiving,), timeout=0)
            if not receiving.done():
                receiving.cancel()
                break
        return self._last is not None


@contextmanager
def flow_client() -> Iterator[None]:
    """Remember within the context whether the client of the request has left."""
    receive = CALLER.get()
    if receive is None:
        yield
        return
    token = CALLER.set(FlowClient(receive))
    try:
        yield
    finally:
        CALLER.reset(token)


async def unless_gone(call: Coroutine[Any, Any, Reply]) -> Reply:
    """Make a call of a flow; raises CallError if the client has left before."""
    client = CALLER.get()
    if isinstance(client, FlowClient) and await client.has_left():
        call.close()
        LOG.warning("the caller of a flow had gone: its next step was not begun")
        raise CallError(503, "Service Unavailable", LEFT)
    return await call
