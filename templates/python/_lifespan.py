"""What an application does when it starts, and undoes when it stops."""

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

C = TypeVar("C")


@asynccontextmanager
async def serving(
    connect: Callable[[], AbstractAsyncContextManager[C]],
) -> AsyncIterator[C]:
    """Open the client that all requests share, and calm the garbage collector."""
    async with connect() as client:
        # What lives as long as the process need not be looked at again, and requests
        # leave few cycles behind: full collections are what slow answers wait for.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 50, 50)
        # glibc returns the memory of each large answer, only to ask for it again, until
        # it has seen a block of such a size freed (mallopt(3): M_MMAP_THRESHOLD).
        block = bytearray(8 * 1024 * 1024)
        del block
        yield client
