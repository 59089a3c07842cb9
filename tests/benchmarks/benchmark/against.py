"""A comparison with another commit: the packages that both generate, in one contest.

The other commit's package runs twice. The spread between the two is the noise of the
machine: a difference below it says nothing.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from . import rest, tools
from .comparing import Comparison
from .contest import Contest, Contestant
from .contestants import Field
from .peers import ROOT, RUNTIME, SPEC
from .peers import generate as generated_now
from .results import Results

BEFORE = "before"
AGAIN = "before, again"
NOW = "this checkout"
LIBRARY = "this checkout, runtime as a library"
ROUNDS = 5


def comparisons(results: Results) -> Iterator[Comparison]:
    """Yield a comparison of each figure that was measured with both commits."""
    for (contest, figure), servers in _figures(results).items():
        for package in (NOW, LIBRARY):
            if BEFORE in servers and package in servers:
                before, again = servers[BEFORE], servers[AGAIN]
                now = servers[package]
                yield Comparison(contest, figure, package, before, again, now)


def _figures(
    results: Results,
) -> Mapping[tuple[str, str], Mapping[str, Sequence[float]]]:
    """Return the rounds of each figure of a contest, by server."""
    figures: dict[tuple[str, str], dict[str, Sequence[float]]] = {}
    for contest, server, figure, rounds in _rounds(results):
        figures.setdefault((contest, figure), {})[server] = rounds
    return figures


def _rounds(results: Results) -> Iterator[tuple[str, str, str, Sequence[float]]]:
    for speed in results.speeds:
        costs = [run.cpu_microseconds for run in speed.runs]
        yield speed.contest, speed.server, f"{speed.scenario}, CPU µs", costs
    for series in results.starts:
        figures = {
            "start, CPU ms": [start.cpu_seconds * 1000 for start in series.rounds],
            "start, ms": [start.seconds * 1000 for start in series.rounds],
            "memory after the start, MiB": [
                start.peak_mebibytes for start in series.rounds
            ],
        }
        for figure, rounds in figures.items():
            yield series.contest, series.server, figure, rounds
    for footprint in results.footprints:
        peak = [footprint.peak_mebibytes]
        yield footprint.contest, footprint.server, "peak memory, MiB", peak


def contests(field: Field, earlier: Path, directory: Path) -> Sequence[Contest]:
    """Return the contests of the two commits' packages; `earlier` is a project."""
    library = generated_now(directory / "library", "--runtime", "library")
    fields = {
        BEFORE: replace(field, project=earlier),
        NOW: field,
        LIBRARY: replace(field, project=library, path=(RUNTIME,)),
        AGAIN: replace(field, project=earlier),
    }
    return [
        _between(rest.contest(field, directory), fields, "rest"),
        _between(tools.contest(field, directory), fields, "mcp"),
    ]


def _between(contest: Contest, fields: Mapping[str, Field], adapter: str) -> Contest:
    contestants = [
        Contestant(name, field.start_generated(adapter))
        for name, field in fields.items()
    ]
    return replace(contest, contestants=contestants)


def generate(revision: str, directory: Path) -> Path:
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
