"""Overload: a generated server before and while eight times as many clients call it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from . import contest as contests
from .contest import OURS, WARM_UP_SECONDS, Contest, Contestant, Length, Run, Speed
from .contestants import Field
from .load import CONNECTIONS
from .process import Command
from .results import by_cpu, by_rate

TIMES = 8
LIMITS = (None, CONNECTIONS)
"""The most calls in flight: the default, or no more than usual clients make."""


@dataclass(frozen=True, slots=True)
class Overload:
    """A server's speed with as many clients as usual, and with too many."""

    limit: int | None
    usual: Speed
    exceeded: Speed

    @property
    def kept(self) -> float:
        """Return the share of the upstream's answers that still come."""
        return by_rate(self.exceeded, self.usual)

    @property
    def kept_by_cpu(self) -> float:
        """Return the same for the processor time that the server got."""
        return by_cpu(self.exceeded, self.usual)


def measure(
    subject: Contest, field: Field, directory: Path, length: Length
) -> Iterator[Overload]:
    """Measure the generated server of a contest with each limit."""
    for limit in LIMITS:
        place = directory / f"overload-{limit}"
        place.mkdir(exist_ok=True)
        yield _overload(subject, field, place, length, limit)


def _overload(
    subject: Contest, field: Field, place: Path, length: Length, limit: int | None
) -> Overload:
    ours = _limit(subject, field, limit)
    scenario = subject.scenarios[0]
    crowd = replace(scenario, connections=TIMES * CONNECTIONS)
    with ExitStack() as stack:
        target = contests.start(ours, subject, place, stack)
        scenario.check(target.port)
        contests.run(scenario, target, WARM_UP_SECONDS)
        rounds = [
            # With the limit, the last calls of one load may be in the way of the next.
            [
                contests.run(run_scenario, target, length.seconds, refusals=True)
                for run_scenario in (scenario, crowd)
            ]
            for _ in range(length.rounds)
        ]
    usual, crowded_runs = zip(*rounds, strict=True)
    return Overload(limit, _speed(subject, usual), _speed(subject, crowded_runs))


def _speed(subject: Contest, runs: Sequence[Run]) -> Speed:
    return Speed(subject.name, subject.scenarios[0].name, OURS, tuple(runs))


def _limit(subject: Contest, field: Field, limit: int | None) -> Contestant:
    """Return the generated server with a limit of its calls in flight."""
    (ours,) = (
        contestant for contestant in subject.contestants if contestant.name == OURS
    )
    if limit is None:
        return ours
    variables = {f"{field.project.name.upper()}_MAX_CONCURRENCY": str(limit)}

    def command(home: Path, port: int) -> Command:
        usual = ours.command(home, port)
        return replace(usual, environment={**usual.environment, **variables})

    return replace(ours, command=command)
