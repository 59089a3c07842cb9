"""Scripts of upstreams as processes, each on a socket that it inherits."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from waiting import PATIENCE


@dataclass(frozen=True)
class UpstreamProcess:
    """A running script: the root of its URLs."""

    url: str
    process: subprocess.Popen[str]

    def end(self) -> str:
        """End it, and return its output."""
        output, _ = self.process.communicate(timeout=PATIENCE)
        return output


@contextmanager
def upstream_process(script: str, *arguments: str) -> Iterator[UpstreamProcess]:
    """Run a script of this directory, which ends when its standard input does."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        handle = listening.fileno()
        process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name(script), str(handle), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            pass_fds=(handle,),
        )
    upstream = UpstreamProcess(url, process)
    try:
        yield upstream
    finally:
        if process.poll() is None:
            upstream.end()
