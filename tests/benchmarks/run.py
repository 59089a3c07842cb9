"""Measure packages and the compiler, beside the tools that one would use instead.

Needs Linux, two cores, and an environment with naftiko-gen and black. The servers get
an environment of their own; nginx and wrk are installed where this is Debian and root.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmark import (
    against,
    compiling,
    contest,
    documents,
    guards,
    nginx,
    overload,
    peers,
    report,
    rest,
    starts,
    tools,
)
from benchmark.contest import Contest, Footprint, Length, Speed
from benchmark.contestants import Field
from benchmark.load import CONNECTIONS, Request
from benchmark.process import LOAD_CORE, Server, free_port
from benchmark.results import Results, machine

SHORT = Length(seconds=1, rounds=3)
LONG = Length(seconds=5, rounds=5)
COMPILER = "compiler"
OVERLOAD = "overload"
GUARDS = "guards"
CONTESTS = {"rest": rest.contest, "mcp": tools.contest}


@dataclass(frozen=True, slots=True)
class Options:
    """The wishes of the user."""

    subjects: Sequence[str]
    length: Length
    output: Path
    against: str | None


def main() -> None:
    """Measure as wished, print the tables and write them."""
    options = _options()
    # Measured programs keep their bytecode, as programs in use do.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with TemporaryDirectory(prefix="naftiko-benchmarks-") as directory:
        results = _measured(options, Path(directory))
    text = report.markdown(results)
    print(text)
    options.output.mkdir(parents=True, exist_ok=True)
    _write(options.output / "results.md", text)
    _write(options.output / "results.json", report.to_json(results))


def _options() -> Options:
    arguments = _parser().parse_args()
    length = LONG if arguments.long else SHORT
    subjects = [arguments.only] if arguments.only else [COMPILER, *CONTESTS]
    rounds = arguments.rounds or (
        against.ROUNDS if arguments.against else length.rounds
    )
    length = replace(length, rounds=rounds)
    return Options(
        subjects,
        length,
        arguments.output,
        arguments.against,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    lengths = parser.add_mutually_exclusive_group()
    lengths.add_argument("--short", action="store_true", help=f"{SHORT} (default)")
    lengths.add_argument("--long", action="store_true", help=str(LONG))
    subjects = (*CONTESTS, COMPILER, OVERLOAD, GUARDS)
    parser.add_argument("--only", choices=subjects)
    parser.add_argument(
        "--against",
        metavar="REV",
        help="compare the calls, start and memory of REST and MCP with the package that"
        " another commit generates; with --only compiler, compare the compilers",
    )
    parser.add_argument("--rounds", type=int, help="another number of rounds")
    parser.add_argument("--output", type=Path, default=peers.CACHE)
    return parser


def _measured(options: Options, directory: Path) -> Results:
    conditions = _conditions(options)
    if options.against and options.subjects == [COMPILER]:
        checkout = directory / "before"
        against.check_out(options.against, checkout)
        compared = compiling.compare(checkout, directory, options.length.rounds)
        conditions |= {"against": options.against}
        return Results(conditions, compared=compared)
    if options.against:
        names = options.subjects
        length = options.length
        return _compared(options.against, names, conditions, length, directory)
    rounds = options.length.rounds
    compiled = COMPILER in options.subjects
    costs = compiling.measure(directory, rounds) if compiled else []
    names = [name for name in options.subjects if name != COMPILER]
    if not names or not peers.programs_ready():
        return Results(conditions, costs=costs)
    environment = peers.install()
    conditions |= environment.described()
    if OVERLOAD in names:
        overloads = _overloads(environment, options.length, directory)
        return Results(conditions, costs=costs, overloads=overloads)
    if GUARDS in names:
        speeds = _guarded(environment, options.length, directory)
        return Results(conditions, speeds, costs=costs)
    speeds, footprints = _held(names, environment, options.length, directory)
    return Results(conditions, speeds, footprints, costs)


def _compared(
    revision: str,
    names: Sequence[str],
    conditions: dict[str, str],
    length: Length,
    directory: Path,
) -> Results:
    """Compare with another commit, whose compiler makes the package of before."""
    if not peers.programs_ready():
        return Results(conditions)
    environment = peers.install()
    earlier = against.generated(revision, directory / "before")
    with _field(environment, directory) as field:
        contests = [
            subject
            for subject in against.contests(field, earlier, directory)
            if subject.name.lower() in names
        ]
        started = [
            series
            for subject in contests
            for series in starts.measure(
                subject, directory / subject.name, length.rounds
            )
        ]
        outcomes = [contest.hold(subject, directory, length) for subject in contests]
    conditions |= {"against": revision, **environment.described()}
    speeds = [speed for measured, _ in outcomes for speed in measured]
    footprints = [footprint for _, theirs in outcomes for footprint in theirs]
    return Results(conditions, speeds, footprints, starts=started)


def _overloads(
    environment: peers.Peers, length: Length, directory: Path
) -> list[overload.Overload]:
    with _field(environment, directory) as field:
        return [
            measured
            for setting_up in CONTESTS.values()
            for measured in overload.measure(
                setting_up(field, directory), field, directory, length
            )
        ]


def _guarded(environment: peers.Peers, length: Length, directory: Path) -> list[Speed]:
    with _field(environment, directory) as field:
        return [
            speed
            for subject in guards.contests(field, directory)
            for speed in contest.hold_anew(subject, directory, length)
        ]


def _conditions(options: Options) -> dict[str, str]:
    return {
        "command": shlex.join(["python", *sys.argv]),
        "load": f"{options.length}, {CONNECTIONS} connections",
        "machine": machine(),
        "load average before": f"{os.getloadavg()[0]:.2f}",
        "compiler's Python": peers.described(Path(sys.executable)),
    }


def _held(
    names: Sequence[str], environment: peers.Peers, length: Length, directory: Path
) -> tuple[list[Speed], list[Footprint]]:
    with _contests(names, environment, directory) as contests:
        outcomes = [contest.hold(subject, directory, length) for subject in contests]
    speeds = [speed for measured, _ in outcomes for speed in measured]
    return speeds, [footprint for _, theirs in outcomes for footprint in theirs]


@contextmanager
def _contests(
    names: Iterable[str], environment: peers.Peers, directory: Path
) -> Iterator[list[Contest]]:
    """Set contests up before one upstream."""
    with _field(environment, directory) as field:
        yield [CONTESTS[name](field, directory) for name in names]


@contextmanager
def _field(environment: peers.Peers, directory: Path) -> Iterator[Field]:
    """Run the upstream for the servers; this process keeps to the load's core."""
    os.sched_setaffinity(0, {LOAD_CORE})
    project = peers.generated(directory / "generated")
    with _upstream(directory) as port:
        yield Field(environment.python, project, port)


@contextmanager
def _upstream(directory: Path) -> Iterator[int]:
    """Serve the documents; yields the port."""
    documents.write(directory)
    port = free_port()
    probe = Request("GET", documents.DOCUMENTS[0].path)
    upstream = Server(nginx.upstream(directory, port), lambda: probe.answered(port))
    try:
        yield port
    finally:
        upstream.stop()


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
