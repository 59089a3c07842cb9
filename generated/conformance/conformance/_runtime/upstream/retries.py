"""Limits repetitions: each call is repeated at most once, and few calls are."""

from time import monotonic

SHARE = 0.1
CEILING = 100.0
FLOOR = 10.0
FLOOR_A_SECOND = 1.0


class Budget:
    """The repetitions that an upstream's calls may have: a tenth of the last thousand.

    For an upstream that is rarely called, the budget is ten repetitions, and one per
    second is regained.
    """

    def __init__(self) -> None:
        self._left = FLOOR
        self._filled = monotonic()

    def add_call(self) -> None:
        """Count a call, which adds to the budget."""
        if self._left < CEILING:
            self._left += SHARE

    def take(self) -> bool:
        """Count a repetition; return False if the budget is used up."""
        now = monotonic()
        if self._left < FLOOR:
            regained = (now - self._filled) * FLOOR_A_SECOND
            self._left = min(FLOOR, self._left + regained)
        self._filled = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
