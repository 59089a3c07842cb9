"""The measurements of one run of the benchmarks, and their machine."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from .comparing import Comparison
from .compiling import Cost
from .contest import Footprint, Speed
from .starts import Starts

if TYPE_CHECKING:
    from .overload import Overload


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that was measured, and the conditions."""

    conditions: dict[str, str]
    speeds: list[Speed] = field(default_factory=list)
    footprints: list[Footprint] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    compared: list[Comparison] = field(default_factory=list)
    overloads: "list[Overload]" = field(default_factory=list)
    starts: list[Starts] = field(default_factory=list)

    def speed(self, contest: str, scenario: str, server: str) -> Speed | None:
        """Return the result of a server in a scenario, if that was measured."""
        wanted = (contest, scenario, server)
        for speed in self.speeds:
            if (speed.contest, speed.scenario, speed.server) == wanted:
                return speed
        return None


def machine() -> str:
    """Describe the machine."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    system = f"{platform.system()} {platform.release()}"
    return f"{len(models)} × {models[0]}, {system}"


def by_rate(speed: Speed, reference: Speed) -> float:
    """Return how many times as many answers a second, the median of the rounds."""
    return median(
        _ratios(
            [run.load.rate for run in speed.runs],
            [run.load.rate for run in reference.runs],
        )
    )


def by_cpu(speed: Speed, reference: Speed) -> float:
    """Return how many times as many answers for the same processor time."""
    return median(ratios_by_cpu(speed, reference))


def ratios_by_cpu(speed: Speed, reference: Speed) -> list[float]:
    """Return the same round by round."""
    return _ratios(
        [run.cpu_microseconds for run in reference.runs],
        [run.cpu_microseconds for run in speed.runs],
    )


def start_ratios(starts: Starts, reference: Starts) -> tuple[float, float]:
    """Return how many times the time and the processor time of a start, medians."""
    pairs = list(zip(starts.rounds, reference.rounds, strict=True))
    return (
        median(ours.seconds / theirs.seconds for ours, theirs in pairs),
        median(ours.cpu_seconds / theirs.cpu_seconds for ours, theirs in pairs),
    )


def _ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    return [a / b for a, b in zip(ours, theirs, strict=True)]
