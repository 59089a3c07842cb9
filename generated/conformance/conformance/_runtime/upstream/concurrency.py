"""The limit on concurrent calls."""

import asyncio
import math
from typing import NoReturn

from ..errors import CallError
from ..settings import Limits
from .deadlines import ROUND

RETRY_AFTER = 1
REFUSALS_A_SECOND = 250


class ConcurrencyLimit:
    """The limit on concurrent calls."""

    def __init__(self, limits: Limits) -> None:
        self._patience = min(RETRY_AFTER, limits.timeout / 2)
        self._next_refusal = 0.0
        self._free = limits.max_concurrency

    def enter(self) -> bool:
        """Count a call that starts; return False if the limit is reached."""
        if not self._free:
            return False
        self._free -= 1
        return True

    def leave(self) -> None:
        """Count a call that has ended."""
        self._free += 1

    async def refuse(self) -> NoReturn:
        """Raise CallError; if many calls are refused, raise it with a delay.

        Clients that retry at once would otherwise slow down the calls in flight.
        """
        now = asyncio.get_running_loop().time()
        turn = min(max(self._next_refusal, now), now + self._patience)
        self._next_refusal = turn + 1 / REFUSALS_A_SECOND
        if turn > now + ROUND:
            # Rounding lets refusals share a wake-up of the event loop.
            await asyncio.sleep(math.ceil(turn / ROUND) * ROUND - now)
        detail = "too many calls are in flight"
        raise CallError(503, "Service Unavailable", detail, retry_after=RETRY_AFTER)
