"""The end of a server: the calls that may finish, and the log that is written."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from naftiko_runtime.http.logs import LogQueue
from naftiko_runtime.serving.capacity import Capacity
from naftiko_runtime.serving.connection import configure


class EndedQueue(LogQueue):
    """A queue whose thread ends as soon as it has been looked up."""

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if name == "_writer":
            self._writer = None
        return value


async def application(*_: object) -> None: ...


@pytest.mark.parametrize(("timeout", "seconds"), [(0.2, 1), (1.4, 2), (30.0, 30)])
def test_calls_have_their_whole_timeout_to_finish(timeout: float, seconds: int) -> None:
    configuration = configure(application, Capacity(1), timeout)

    assert configuration.timeout_graceful_shutdown == seconds


def test_the_thread_of_the_log_may_end_during_a_flush() -> None:
    with Path(os.devnull).open("wb") as nowhere:
        queue = EndedQueue(nowhere.fileno())
        thread = threading.Thread(target=int)
        thread.start()
        queue._writer = thread

        queue.flush()

    assert not thread.is_alive()
