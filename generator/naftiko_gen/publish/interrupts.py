"""Interrupts (Ctrl-C), which wait until a publication is complete."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def deferred_interrupts() -> Iterator[None]:
    """Have an interrupt wait for the end of the block; a second one doesn't wait.

    This does nothing where an interrupt raises no KeyboardInterrupt: in other threads,
    and in programs that handle the signal themselves.
    """
    if not _is_raised():
        yield
        return
    interrupts: list[int] = []

    def note(number: int, _: object) -> None:
        if interrupts:
            raise KeyboardInterrupt
        interrupts.append(number)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if interrupts:
            raise KeyboardInterrupt


def _is_raised() -> bool:
    """Return whether an interrupt raises KeyboardInterrupt in this thread."""
    is_main = threading.current_thread() is threading.main_thread()
    return is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
