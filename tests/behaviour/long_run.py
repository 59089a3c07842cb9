"""A command that runs until it is stopped, and its output meanwhile."""

import os
import queue
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from compiler import start_compiler
from forks import Fork
from waiting import PATIENCE


@dataclass
class LongRun:
    """A process, and the lines of its standard error that weren't looked at yet."""

    process: Fork
    lines: queue.Queue[str | None] = field(default_factory=queue.Queue)

    def until(self, words: str) -> list[str]:
        """Wait for a line with those words; return it and those before it."""
        lines: list[str] = []
        while words not in "".join(lines[-1:]):
            line = self.lines.get(timeout=PATIENCE)
            assert line is not None, f"it ended, and said {lines}"
            lines.append(line)
        return lines

    def end(self, number: int = signal.SIGINT) -> tuple[int, list[str]]:
        """Send a signal; return the exit code, and the output until the end."""
        self.process.send_signal(number)
        return self.wait_for_end()

    def wait_for_end(self) -> tuple[int, list[str]]:
        """Wait for the end; return the exit code, and the output until then."""
        code = self.process.wait(PATIENCE)
        return code, list(iter(lambda: self.lines.get(timeout=PATIENCE), None))


@contextmanager
def long_run(*arguments: str) -> Iterator[LongRun]:
    """Run naftiko-gen, and kill it if it still runs at the end."""
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as output:
        try:
            process = start_compiler((0, 1, writing), *arguments)
        finally:
            os.close(writing)
        run = LongRun(process)
        reader = threading.Thread(target=_read, args=(output, run))
        reader.start()
        try:
            yield run
        finally:
            process.kill()
            reader.join(PATIENCE)


def _read(output: IO[str], run: LongRun) -> None:
    for line in output:
        run.lines.put(line.rstrip("\n"))
    run.lines.put(None)
