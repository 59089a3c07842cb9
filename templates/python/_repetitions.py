"""Repetitions: a call is sent once more at most, and few calls are."""

from contextvars import ContextVar
from time import monotonic

REPEATED: ContextVar[bool] = ContextVar("repeated", default=False)
"""Whether the call that is being performed was sent a second time."""

SHARE = 0.1
CEILING = 100.0
FLOOR = 10.0
FLOOR_A_SECOND = 1.0


class Budget:
    """The repetitions of an upstream's calls: a tenth of the last thousand calls.

    An upstream that is called rarely has ten, which come back one a second.
    """

    def __init__(self) -> None:
        self._left = FLOOR
        self._filled = monotonic()

    def add_call(self) -> None:
        """Count a call."""
        if self._left < CEILING:
            self._left += SHARE

    def take(self) -> bool:
        """Count a repetition; return False if there have been too many."""
        now = monotonic()
        if self._left < FLOOR:
            regained = (now - self._filled) * FLOOR_A_SECOND
            self._left = min(FLOOR, self._left + regained)
        self._filled = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
