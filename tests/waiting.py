"""Guards against hanging: generous limits, which no test comes near to."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep

PATIENCE = 120.0
"""Seconds after which something hangs, however busy the machine is."""


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = monotonic() + PATIENCE
    while not condition():
        if monotonic() > end:
            raise TimeoutError(f"it is not so after {PATIENCE:.0f} s")
        sleep(0.02)


@contextmanager
def ending() -> Iterator[None]:
    """Interrupt a computation that would take minutes; the right one takes a second."""

    def interrupt(*_: object) -> None:
        raise TimeoutError(f"it has not ended after {PATIENCE:.0f} s of processor time")

    before = signal.signal(signal.SIGPROF, interrupt)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
