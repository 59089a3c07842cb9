"""Starts of servers, by turns, until the first answer of each."""

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from . import rest, tools
from .contest import OURS, Contest, Contestant
from .contestants import Field
from .load import Request, WrongAnswerError
from .process import Process, Server, free_port

STDIO = "MCP over stdio"


@dataclass(frozen=True, slots=True)
class Start:
    """One start, until the first answer: its time, processor time and most memory."""

    seconds: float
    cpu_seconds: float
    peak_mebibytes: float


@dataclass(frozen=True, slots=True)
class Starts:
    """The times of a server's starts, round by round."""

    contest: str
    server: str
    rounds: tuple[Start, ...]

    @property
    def seconds(self) -> float:
        """Return the median of the time to the first answer."""
        return median(start.seconds for start in self.rounds)

    @property
    def cpu_seconds(self) -> float:
        """Return the median of processor time."""
        return median(start.cpu_seconds for start in self.rounds)

    @property
    def peak_mebibytes(self) -> float:
        """Return the median of the most memory."""
        return median(start.peak_mebibytes for start in self.rounds)


@dataclass(frozen=True, slots=True)
class Starter:
    """A server, and how it is started and stopped in a directory of its own."""

    contest: str
    server: str
    start: Callable[[Path], Start]


def over_http(contest: Contest) -> list[Starter]:
    """Return the servers of a contest, which answer its first request."""
    request = contest.scenarios[0].request
    return [
        Starter(contest.name, contestant.name, _http_start(contestant, request))
        for contestant in contest.contestants
    ]


def starters(field: Field, directory: Path) -> list[Starter]:
    """Return the servers by hand and the generated ones, the REST adapter first."""
    servers = [
        starter
        for contest in (rest.contest(field, directory), tools.contest(field, directory))
        for starter in over_http(contest)
        if starter.server in (OURS, rest.BY_HAND, tools.BY_HAND)
    ]
    servers.sort(key=lambda starter: starter.server != OURS)
    return [*servers, Starter(STDIO, OURS, _stdio_start(field))]


def measure(
    servers: Sequence[Starter], directory: Path, rounds: int
) -> Iterator[Starts]:
    """Start every server once to warm caches up, then by turns in every round."""
    homes = [directory / f"start-{n}" for n in range(len(servers))]
    for home in homes:
        home.mkdir(parents=True)
    pairs = list(zip(servers, homes, strict=True))
    _, *series = [
        [server.start(home) for server, home in pairs] for _ in range(1 + rounds)
    ]
    for server, starts in zip(servers, zip(*series, strict=True), strict=True):
        yield Starts(server.contest, server.server, starts)


def _http_start(contestant: Contestant, request: Request) -> Callable[[Path], Start]:
    """Return how a server is started, and stopped after its first answer."""

    def start(home: Path) -> Start:
        port = free_port()
        command = contestant.command(home, port)
        return _stop(Server(command, lambda: request.is_answered(port)))

    return start


def _stdio_start(field: Field) -> Callable[[Path], Start]:
    """Return the same for the generated server on standard input and output."""

    def start(home: Path) -> Start:
        command = field.start_generated("mcp", "--stdio")(home, free_port())
        process = Process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            answer = _call_tool(process.popen)
        finally:
            usage = _stop(process)
        if "error" in answer or answer["result"]["isError"]:
            raise WrongAnswerError(answer)
        return usage

    return start


def _call_tool(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """Begin a session as clients do, and call the tool; return the answer."""
    assert process.stdin
    assert process.stdout
    answer = b"{}"
    for message in tools.session():
        process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()
        if "id" in message:
            answer = process.stdout.readline()
    response: dict[str, Any] = json.loads(answer)
    return response


def _stop(process: Process) -> Start:
    """Stop a process that has just answered."""
    seconds, usage = process.age(), process.usage().cpu_seconds
    peak = process.peak_mebibytes()
    process.stop()
    return Start(seconds, usage, peak)
