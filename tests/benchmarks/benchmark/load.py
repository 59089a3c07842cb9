"""The load: wrk, one thread on its own core, one request over and over."""

import http.client
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from .process import LOAD_CORE, pin

CONNECTIONS = 32
SCRIPT = Path(__file__).with_name("load.lua")


class WrongAnswerError(Exception):
    """A server answered something else than the upstream's document."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request, and a part of every answer that is a success."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: Path | None = None
    success_mark: str = ""

    def exchange(self, port: int) -> bytes:
        """Send it once; raises WrongAnswerError if the status isn't 200, or OSError."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            body = self.body.read_bytes() if self.body else None
            connection.request(self.method, self.path, body, self.headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise WrongAnswerError(f"{self.path}: {answer.status} {content[:500]!r}")
        return content

    def is_answered(self, port: int) -> bool:
        """Say whether somebody answers it; raises WrongAnswerError."""
        try:
            self.exchange(port)
        except OSError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Load:
    """Answers a second, and how long they took in milliseconds."""

    answers: int
    rate: float
    p50: float
    p99: float


def run(request: Request, port: int, seconds: int, connections: int) -> str:
    """Load a server; returns the summary of its answers."""
    process = subprocess.run(
        pin(LOAD_CORE, _arguments(request, port, seconds, connections)),
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return process.stderr


def read(summary: str, least: int, *, refusals: bool = False) -> Load:
    """Read a summary; raises WrongAnswerError if an answer was wrong.

    `least` is how many bytes an answer has at least. With `refusals`, answers that are
    no successes are permitted, and don't count.
    """
    counts = json.loads(summary)
    answers = counts["requests"] - counts["failed"]
    if counts["lost"] or answers < (1 if refusals else max(counts["requests"], 1)):
        raise WrongAnswerError(f"not every answer is a success: {summary}")
    if counts["bytes"] < least * answers:
        raise WrongAnswerError(f"answers are shorter than {least} bytes: {summary}")
    return Load(
        answers=answers,
        rate=answers * 1e6 / counts["microseconds"],
        p50=counts["p50"] / 1000,
        p99=counts["p99"] / 1000,
    )


def _arguments(
    request: Request, port: int, seconds: int, connections: int
) -> list[str | Path]:
    headers = [text for field in request.headers.items() for text in field]
    return [
        "wrk",
        *("-t", "1", "-c", str(connections), "-d", str(seconds), "--timeout", "30"),
        *("-s", SCRIPT),
        f"http://127.0.0.1:{port}{request.path}",
        *("--", request.method, request.body or "", request.success_mark),
        *headers,
    ]
