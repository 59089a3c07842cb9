"""A contest: servers that do the same, measured in turn, as ratios to one of them."""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain, product
from pathlib import Path
from statistics import median

from . import load
from .load import Load, Request, WrongAnswerError
from .process import Command, Server, free_port

OURS = "naftiko-gen"
WARM_UP_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server: its name, and how it is started in a directory on a port."""

    name: str
    command: Callable[[Path, int], Command]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A request, and how an answer to it is read, which must hold the document.

    So many connections send it over and over.
    """

    name: str
    request: Request
    document: bytes
    read: Callable[[bytes], object]
    connections: int = load.CONNECTIONS

    def check(self, port: int) -> None:
        """Ask once; raises WrongAnswerError unless the document comes back."""
        answer = self.request.exchange(port)
        if self.read(answer) != json.loads(self.document or b"null"):
            raise WrongAnswerError(f"{self.name}: {answer[:500]!r}")


@dataclass(frozen=True, slots=True)
class Contest:
    """Servers of one kind, and their requests."""

    name: str
    contestants: Sequence[Contestant]
    scenarios: Sequence[Scenario]


@dataclass(frozen=True, slots=True)
class Length:
    """How long and how often is measured."""

    seconds: int
    rounds: int

    def __str__(self) -> str:
        return f"{self.rounds} rounds of {self.seconds} s"


@dataclass(frozen=True, slots=True)
class Run:
    """One round of one server: its answers, and the cost of one."""

    load: Load
    cpu_microseconds: float
    page_faults: float


@dataclass(frozen=True, slots=True)
class Speed:
    """The results of a server in a scenario, round by round."""

    contest: str
    scenario: str
    server: str
    runs: tuple[Run, ...]

    @property
    def rate(self) -> float:
        """Return the median of answers a second."""
        return median(run.load.rate for run in self.runs)

    @property
    def cpu_microseconds(self) -> float:
        """Return the median of processor time for an answer."""
        return median(run.cpu_microseconds for run in self.runs)

    @property
    def page_faults(self) -> float:
        """Return the median of pages that the kernel handed out for an answer."""
        return median(run.page_faults for run in self.runs)

    @property
    def tail(self) -> float:
        """Return how many times p50 the p99 is, the median of the rounds."""
        return median(run.load.p99 / run.load.p50 for run in self.runs)

    @property
    def p50(self) -> float:
        """Return the median of the rounds' median latency in milliseconds."""
        return median(run.load.p50 for run in self.runs)

    @property
    def p99(self) -> float:
        """Return the median of the rounds' 99th percentile of latency."""
        return median(run.load.p99 for run in self.runs)


@dataclass(frozen=True, slots=True)
class Footprint:
    """The most memory of a server in mebibytes, while it is loaded."""

    contest: str
    server: str
    peak_mebibytes: float


@dataclass(frozen=True, slots=True)
class Started:
    """A server that runs, and on which port."""

    name: str
    server: Server
    port: int


def hold(
    contest: Contest, directory: Path, length: Length
) -> tuple[list[Speed], list[Footprint]]:
    """Start every server, ask all of them, and stop them."""
    with ExitStack() as stack:
        servers = [
            start(contestant, contest, directory, stack)
            for contestant in contest.contestants
        ]
        speeds = [
            speed
            for scenario in contest.scenarios
            for speed in _measure(contest, scenario, servers, length)
        ]
        return speeds, [_footprint(contest, target) for target in servers]


def hold_anew(contest: Contest, directory: Path, length: Length) -> list[Speed]:
    """Measure every round with new servers, whose order changes from round to round.

    Two processes of one server can differ by a tenth, because of the places that their
    memory has got; so many processes are compared where less than that matters.
    """
    once = replace(length, rounds=1)
    rounds = [
        hold(_rotate(contest, number), directory / str(number), once)[0]
        for number in range(length.rounds)
    ]
    runs = defaultdict[tuple[str, str], list[Run]](list)
    for speed in chain.from_iterable(rounds):
        runs[speed.scenario, speed.server] += speed.runs
    pairs = product(contest.scenarios, contest.contestants)
    return [
        Speed(
            contest.name,
            scenario.name,
            contestant.name,
            (*runs[scenario.name, contestant.name],),
        )
        for scenario, contestant in pairs
    ]


def _rotate(contest: Contest, number: int) -> Contest:
    """Let another contestant begin."""
    first = number % len(contest.contestants)
    order = [*contest.contestants[first:], *contest.contestants[:first]]
    return replace(contest, contestants=order)


def start(
    contestant: Contestant, contest: Contest, directory: Path, stack: ExitStack
) -> Started:
    """Start a server, which the stack stops."""
    home = directory / contest.name / contestant.name.replace(" ", "-")
    home.mkdir(parents=True)
    request = contest.scenarios[0].request
    port = free_port()
    server = Server(contestant.command(home, port), lambda: request.is_answered(port))
    stack.callback(server.stop)
    return Started(contestant.name, server, port)


def _measure(
    contest: Contest, scenario: Scenario, targets: Sequence[Started], length: Length
) -> list[Speed]:
    """Take turns, so that other work of the machine meets every server alike."""
    for target in targets:
        scenario.check(target.port)
        run(scenario, target, WARM_UP_SECONDS)
    rounds = [
        [run(scenario, target, length.seconds) for target in targets]
        for _ in range(length.rounds)
    ]
    return [
        Speed(contest.name, scenario.name, target.name, runs)
        for target, runs in zip(targets, zip(*rounds, strict=True), strict=True)
    ]


def run(
    scenario: Scenario, target: Started, seconds: int, *, refusals: bool = False
) -> Run:
    """Load a server; raises WrongAnswerError unless every answer is right.

    With `refusals`, answers that are no successes are permitted, and don't count.
    """
    before = target.server.usage()
    summary = load.run(scenario.request, target.port, seconds, scenario.connections)
    usage = target.server.usage() - before
    answers = load.read(summary, len(scenario.document), refusals=refusals)
    return Run(
        answers,
        cpu_microseconds=usage.cpu_seconds * 1e6 / answers.answers,
        page_faults=usage.page_faults / answers.answers,
    )


def _footprint(contest: Contest, target: Started) -> Footprint:
    peak = target.server.peak_mebibytes()
    return Footprint(contest.name, target.name, peak)
