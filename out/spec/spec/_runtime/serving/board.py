"""The states of a package's workers, which all its processes share."""

import mmap
from collections.abc import Callable
from enum import IntEnum
from time import monotonic

STUCK_SECONDS = 30.0
"""A worker whose event loop stands still for longer is stuck."""
# After the first number, which is 1 while the package stops, each worker has two.
HEAD, EACH, SIZE = 1, 2, 8


class WorkerState(IntEnum):
    """The state of a worker; a replaced one is missed by nobody while others serve."""

    STARTING = 0
    SERVING = 1
    REFUSING = 2
    REPLACED = 3


class Board:
    """The states of all workers, in memory that forked processes share.

    Each worker writes its own state, and the time of doing so; the parent writes that
    of a worker that has ended, and that the package stops.
    """

    def __init__(
        self, workers: int = 1, clock: Callable[[], float] = monotonic
    ) -> None:
        self._clock = clock
        memory = mmap.mmap(-1, SIZE * (HEAD + EACH * workers))
        self._numbers = memoryview(memory).cast("d")
        self.workers = workers

    @property
    def is_stopping(self) -> bool:
        """Return whether the package is asked to stop."""
        return self._numbers[0] == 1

    def stop(self) -> None:
        """Note that the package is asked to stop."""
        self._numbers[0] = 1

    def note(self, worker: int, state: WorkerState) -> None:
        """Note the state that a worker has now."""
        at = HEAD + EACH * worker
        self._numbers[at + 1] = self._clock()
        self._numbers[at] = state

    @property
    def is_serving(self) -> bool:
        """Return whether every worker has started once and the package goes on."""
        states = self._states()
        has_started = WorkerState.STARTING not in states
        is_served = any(state is not WorkerState.REPLACED for state in states)
        return has_started and is_served and not self.is_stopping

    @property
    def is_ready(self) -> bool:
        """Return whether calls are served, and no worker refuses some of them."""
        return self.is_serving and WorkerState.REFUSING not in self._states()

    @property
    def is_live(self) -> bool:
        """Return whether no worker's event loop stands still."""
        running, now = (WorkerState.SERVING, WorkerState.REFUSING), self._clock()
        return all(
            state not in running or now - since < STUCK_SECONDS
            for state, since in zip(self._states(), self._times(), strict=True)
        )

    def _states(self) -> list[WorkerState]:
        return [WorkerState(int(number)) for number in self._numbers[HEAD::EACH]]

    def _times(self) -> list[float]:
        return list(self._numbers[HEAD + 1 :: EACH])
