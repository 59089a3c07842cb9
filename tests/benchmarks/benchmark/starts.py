"""Starts of servers, by turns, until the first answer of each."""

from dataclasses import dataclass
from pathlib import Path

from .contest import Contest, Contestant
from .load import Request
from .process import Server, free_port


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


def measure(contest: Contest, directory: Path, rounds: int) -> list[Starts]:
    """Start every server once to warm caches up, then by turns in every round."""
    request = contest.scenarios[0].request
    homes = [directory / f"start-{n}" for n in range(len(contest.contestants))]
    for home in homes:
        home.mkdir(parents=True)
    pairs = list(zip(contest.contestants, homes, strict=True))
    _, *measured = [
        [_started(contestant, home, request) for contestant, home in pairs]
        for _ in range(1 + rounds)
    ]
    return [
        Starts(contest.name, contestant.name, starts)
        for contestant, starts in zip(
            contest.contestants, zip(*measured, strict=True), strict=True
        )
    ]


def _started(contestant: Contestant, home: Path, request: Request) -> Start:
    """Start a server, and stop it after its first answer."""
    port = free_port()
    server = Server(contestant.command(home, port), lambda: request.answered(port))
    try:
        used = server.usage().cpu_seconds
        return Start(server.start_seconds, used, server.peak_mebibytes())
    finally:
        server.stop()
