"""Where the generated package spends its time: py-spy looks at it under load."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import contest, layers
from .contest import OURS, WARM_UP_SECONDS, Contest, Length, Scenario, Started
from .process import LOAD_CORE, pinned

SECONDS = 8
SAMPLES_A_SECOND = 500
UNWATCHED = Length(seconds=3, rounds=1)


@dataclass(frozen=True, slots=True)
class Profile:
    """What an answer costs in a scenario, and which share of it each layer has."""

    contest: str
    scenario: str
    cpu_microseconds: float
    shares: dict[str, float]


def measure(subject: Contest, directory: Path, sampler: Path) -> list[Profile]:
    """Profile the generated server of a contest in every scenario."""
    (ours,) = (one for one in subject.contestants if one.name == OURS)
    with ExitStack() as stack:
        started = contest.start(ours, subject, directory, UNWATCHED, stack)
        return [
            _profile(subject, scenario, started, sampler)
            for scenario in subject.scenarios
        ]


def _profile(
    subject: Contest, scenario: Scenario, started: Started, sampler: Path
) -> Profile:
    """Take the cost while nobody watches: the sampler stops the server again and again.

    The shares suffer little from that, as it stops at no place in particular.
    """
    scenario.check(started.port)
    contest.run(scenario, started, WARM_UP_SECONDS)
    cost = contest.run(scenario, started, UNWATCHED.seconds).cpu_microseconds
    stacks = started.home / "stacks.txt"
    with _sampled(started.server.pid, sampler, stacks):
        contest.run(scenario, started, SECONDS)
    with stacks.open(encoding="utf-8") as lines:
        return Profile(subject.name, scenario.name, cost, layers.fold(lines))


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
        *("--rate", str(SAMPLES_A_SECOND), "--duration", str(SECONDS)),
        *("--format", "raw", "--output", stacks),
    ]
