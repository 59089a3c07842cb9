"""The training API's mock as a process, and the requests that it received."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from service import environment

from waiting import PATIENCE

RUNS = "/v1/api/v1/training/runs"
"""The path at which the generated package exposes the training runs."""

SERVE = """\
import sys, uvicorn, prime_mock
uvicorn.run(prime_mock.make_app(), fd=int(sys.argv[1]), log_level="warning")
"""


@dataclass(frozen=True)
class Prime:
    """A running mock: its root, and a client for its own routes."""

    url: str
    client: httpx2.Client

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Return the requests since the last reset."""
        requests: list[dict[str, Any]] = self.client.get("/__requests__").json()
        return requests

    def reset(self) -> None:
        """Forget requests and runs."""
        self.client.post("/__reset__").raise_for_status()


@contextmanager
def run_mock(directory: Path, **env: str) -> Iterator[Prime]:
    """Run the mock in `directory`, on a port that is taken before it starts."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        handle = listening.fileno()
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(handle)],
            env=environment({"PYTHONPATH": str(directory), **env}),
            pass_fds=(handle,),
        )
    try:
        with httpx2.Client(base_url=url, timeout=PATIENCE) as client:
            yield Prime(url, client)
    finally:
        # It would finish its slow answers first.
        process.kill()
        process.wait(PATIENCE)
