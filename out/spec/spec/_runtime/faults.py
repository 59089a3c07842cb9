"""Failures that may repeat, in the log: the same line once a minute."""

import asyncio
import logging
from contextvars import Context

PAUSE = 60.0
MOST = 1000
"""The kinds that are counted; further ones have a line for each failure."""
LOG = logging.getLogger(__name__)


class Faults:
    """The failures of the last minute, by the lines that the log has of them."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def warn(self, line: str) -> None:
        """Log a failure, or count it if the same line was logged within a minute."""
        if line in self._counts:
            self._counts[line] += 1
            return
        LOG.warning("%s", line)
        if len(self._counts) < MOST:
            self._begin(line)

    def tell(self) -> None:
        """Log the numbers of the failures that were left out so far."""
        for line, count in self._counts.items():
            if count:
                LOG.warning("%d more: %s", count, line)
        self._counts.clear()

    def _begin(self, line: str) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # nothing repeats outside of a server
            return
        self._counts[line] = 0
        # The next line belongs to no request.
        loop.call_later(PAUSE, self._end, line, context=Context())

    def _end(self, line: str) -> None:
        if count := self._counts.pop(line, 0):
            LOG.warning("%d more: %s", count, line)
            self._begin(line)


FAULTS = Faults()
"""The failures of this process."""
