"""The end of a session on standard input and output."""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from typing import Any

from .calls import CalledOperation

LOG = logging.getLogger(__name__)


class Stop:
    """The end of a session: calls in flight have `grace` seconds to finish."""

    def __init__(self, grace: float = 30.0) -> None:
        self.grace = grace
        self.has_lost_change = False
        """Whether a call was cut off that may have changed something."""
        self._asked, self._urgent = asyncio.Event(), asyncio.Event()

    @property
    def is_asked(self) -> bool:
        """Return whether the session is to end before its input does."""
        return self._asked.is_set()

    def ask(self) -> None:
        """Ask for the end; another call changes nothing."""
        self._asked.set()

    def interrupt(self) -> None:
        """Ask for the end; another call cuts off the calls in flight."""
        if self.is_asked:
            self._urgent.set()
        self._asked.set()

    async def until_asked(self, reading: Coroutine[Any, Any, None]) -> None:
        """Read until the end of the input, or until the end is asked for."""
        await _first(reading, self._asked.wait())

    async def let_finish(self, calls: Iterable["asyncio.Task[None]"]) -> None:
        """Wait until all calls are finished, or have to be cut off."""
        await _first(asyncio.wait([*calls]), self._urgent.wait(), seconds=self.grace)

    def note_cut(self, operation: CalledOperation) -> None:
        """Log a call that is cut off."""
        effect = (
            "may have changed something" if operation.changes else "changes nothing"
        )
        LOG.warning("%s is cut off without an answer: it %s", operation, effect)
        self.has_lost_change |= operation.changes


async def _first(
    *waits: Coroutine[Any, Any, Any], seconds: float | None = None
) -> None:
    """Wait for the first end, and cancel the others; raises the exception of an end."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        ends, _ = await asyncio.wait(
            tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        for end in ends:
            end.result()
    finally:
        for task in tasks:
            task.cancel()
