"""Where the generated package spends its time: py-spy looks at it under load."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from . import contest, layers
from .contest import OURS, WARM_UP_SECONDS, Contest, Length, Scenario, Started
from .process import LOAD_CORE, pinned

SAMPLES_A_SECOND = 500
SAMPLED = Length(seconds=8, rounds=1)
UNWATCHED = Length(seconds=1, rounds=5)


@dataclass(frozen=True, slots=True)
class Profile:
    """The cost of an answer in a scenario, and the share of each layer."""

    contest: str
    scenario: str
    cpu_microseconds: float
    shares: dict[str, float]


def measure(subject: Contest, directory: Path, sampler: Path) -> list[Profile]:
    """Profile the generated server of a contest in every scenario."""
    (ours,) = (
        contestant for contestant in subject.contestants if contestant.name == OURS
    )
    with ExitStack() as stack:
        started = contest.start(ours, subject, directory, SAMPLED, stack)
        return [
            _profile(subject, scenario, started, sampler)
            for scenario in subject.scenarios
        ]


def _profile(
    subject: Contest, scenario: Scenario, started: Started, sampler: Path
) -> Profile:
    scenario.check(started.port)
    cost = _cost(scenario, started)
    stacks = started.home / "stacks.txt"
    with _sampled(started.server.pid, sampler, stacks):
        contest.run(scenario, started, SAMPLED.seconds)
    with stacks.open(encoding="utf-8") as lines:
        return Profile(subject.name, scenario.name, cost, layers.fold(lines))


def _cost(scenario: Scenario, started: Started) -> float:
    """Take the cost while nobody watches: the sampler stops the server again and again.

    The shares suffer little from that, as it stops at no place in particular.
    """
    contest.run(scenario, started, WARM_UP_SECONDS)
    runs = [
        contest.run(scenario, started, UNWATCHED.seconds)
        for _ in range(UNWATCHED.rounds)
    ]
    return median(run.cpu_microseconds for run in runs)


@contextmanager
def _sampled(pid: int, sampler: Path, stacks: Path) -> Iterator[None]:
    """Write the stacks of a process; samples in which it only waits are left out."""
    sampling = subprocess.Popen(
        pinned(LOAD_CORE, _arguments(pid, sampler, stacks)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        yield
    finally:
        _, complaints = sampling.communicate()
    if sampling.returncode:
        raise subprocess.CalledProcessError(
            sampling.returncode, sampling.args, stderr=complaints
        )


def _arguments(pid: int, sampler: Path, stacks: Path) -> list[str | Path]:
    return [
        *(sampler, "record", "--pid", str(pid), "--native"),
        *("--rate", str(SAMPLES_A_SECOND), "--duration", str(SAMPLED.seconds)),
        *("--format", "raw", "--output", stacks),
    ]
