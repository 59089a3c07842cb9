"""A comparison with another commit: the packages that both generate, in one contest.

The other commit's package runs twice. The spread between the two is the noise of the
machine: a difference below it says nothing.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from . import rest, tools
from .contest import Contest, Contestant, Speed
from .contestants import Field
from .peers import ROOT, SPEC
from .results import Results, by_cpu, ratios_by_cpu

BEFORE = "before"
AGAIN = "before, again"
NOW = "this checkout"
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Comparison:
    """The processor time of an answer in a scenario, before and now."""

    before: Speed
    again: Speed
    now: Speed

    @property
    def ratio(self) -> float:
        """Return how many times as much an answer takes now: the rounds' median."""
        return by_cpu(self.before, self.now)

    @property
    def spread(self) -> tuple[float, float]:
        """Return the least and the most of the same, of one commit and itself."""
        ratios = ratios_by_cpu(self.before, self.again)
        return min(ratios), max(ratios)

    @property
    def is_no_slower(self) -> bool:
        """Say whether now takes no more, beyond the spread to either side."""
        least, most = self.spread
        return self.ratio <= max(most, 1 / least, 1.0)


def comparisons(results: Results) -> Iterator[Comparison]:
    """Yield a comparison for each scenario that was measured with both commits."""
    for before in results.speeds:
        if before.server == BEFORE:
            again = results.speed(before.contest, before.scenario, AGAIN)
            now = results.speed(before.contest, before.scenario, NOW)
            assert again
            assert now
            yield Comparison(before, again, now)


def contests(field: Field, earlier: Path, directory: Path) -> Sequence[Contest]:
    """Return the contests of the two commits' packages; `earlier` is a project."""
    other = replace(field, project=earlier)
    return [
        _between(rest.contest(field, directory), other, field, "rest"),
        _between(tools.contest(field, directory), other, field, "mcp"),
    ]


def _between(contest: Contest, before: Field, now: Field, adapter: str) -> Contest:
    contestants = (
        Contestant(BEFORE, before.generated(adapter)),
        Contestant(NOW, now.generated(adapter)),
        Contestant(AGAIN, before.generated(adapter)),
    )
    return replace(contest, contestants=contestants)


def generated(revision: str, directory: Path) -> Path:
    """Compile the benchmark's capability with the compiler of another commit.

    Raises:
        CalledProcessError: There is no such commit, or it can't compile the capability.
    """
    checkout = directory / "checkout"
    check_out(revision, checkout)
    variables = {
        "PYTHONPATH": str(checkout / "generator"),
        "NAFTIKO_GEN_CACHE_DIR": str(directory / "cache"),
    }
    output = directory / "generated"
    subprocess.run(
        [sys.executable, "-m", "naftiko_gen", SPEC, "-o", output],
        cwd=checkout,
        env={**os.environ, **variables},
        check=True,
        capture_output=True,
    )
    return output / SPEC.stem


def check_out(revision: str, checkout: Path) -> None:
    """Write the files of a commit to a directory, which git knows nothing of."""
    checkout.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "archive", "--format=tar", revision],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    subprocess.run(["tar", "-x", "-C", checkout], check=True, input=archive.stdout)
