"""Opens and closes the API client with the application, and tunes its memory."""

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

C = TypeVar("C")


@asynccontextmanager
async def serving(
    connect: Callable[[], AbstractAsyncContextManager[C]],
) -> AsyncIterator[C]:
    """Open the API client that all requests share; make garbage collections rare."""
    async with connect() as client:
        # The objects that exist now live as long as the process, and requests leave few
        # reference cycles. Full collections would be the main cause of slow responses.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 50, 50)
        # glibc maps and unmaps memory for each large response, until a block of such a
        # size has been freed once (mallopt(3): M_MMAP_THRESHOLD).
        block = bytearray(8 * 1024 * 1024)
        del block
        yield client
