"""Measure packages and the compiler, beside the tools that one would use instead.

Needs Linux, two cores, and an environment with naftiko-gen and black. The servers get
an environment of their own; nginx and wrk are installed where this is Debian and root.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
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
    tracing,
)
from benchmark.contest import Contest, Footprint, Length, Speed
from benchmark.contestants import Field
from benchmark.load import CONNECTIONS, Request
from benchmark.process import LOAD_CORE, Server, free_port
from benchmark.results import Results, machine

SHORT = Length(seconds=1, rounds=3)
LONG = Length(seconds=5, rounds=5)
MATRIX = Length(seconds=2, rounds=3)
COMPILER = "compiler"
STARTS = "starts"
OVERLOAD = "overload"
GUARDED = {"guards": guards.contests, "traces": tracing.contests}
"""Contests of the generated server with itself, whose rounds have new processes."""
STARTED_ROUNDS = 7
CONTESTS = {"rest": rest.contest, "mcp": tools.contest}
PAGE = peers.ROOT / "docs" / "benchmarks.md"
LAST_RUN = "## The last run\n"


@dataclass(frozen=True, slots=True)
class Options:
    """The wishes of the user."""

    subjects: Sequence[str]
    length: Length
    output: Path
    against: str | None
    matrix: bool
    updates_docs: bool


def main() -> None:
    """Measure as wished, print the tables and write them."""
    options = _options()
    # Measured programs keep their bytecode, as programs in use do.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with TemporaryDirectory(prefix="naftiko-benchmarks-") as directory:
        results = _measure(options, Path(directory))
    text = report.markdown(results)
    print(text)
    options.output.mkdir(parents=True, exist_ok=True)
    _write(options.output / "results.md", text)
    _write(options.output / "results.json", report.to_json(results))
    if options.updates_docs:
        page = PAGE.read_text(encoding="utf-8").partition(LAST_RUN)[0]
        _write(PAGE, f"{page}{LAST_RUN}\n{text.replace('## ', '### ')}")


def _options() -> Options:
    arguments = _parser().parse_args()
    length = LONG if arguments.long else MATRIX if arguments.matrix else SHORT
    subjects = [arguments.only] if arguments.only else [COMPILER, *CONTESTS, STARTS]
    rounds = arguments.rounds or (
        against.ROUNDS if arguments.against else length.rounds
    )
    length = replace(length, rounds=rounds)
    return Options(
        subjects,
        length,
        arguments.output,
        arguments.against,
        arguments.matrix,
        arguments.update_docs,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    lengths = parser.add_mutually_exclusive_group()
    lengths.add_argument("--short", action="store_true", help=f"{SHORT} (default)")
    lengths.add_argument("--long", action="store_true", help=str(LONG))
    subjects = (*CONTESTS, STARTS, COMPILER, OVERLOAD, *GUARDED)
    parser.add_argument("--only", choices=subjects)
    parser.add_argument(
        "--matrix",
        action="store_true",
        help="measure REST with every size, over http and https, on 1 to 256"
        " connections",
    )
    parser.add_argument(
        "--update-docs", action="store_true", help=f"write the tables to {PAGE.name}"
    )
    parser.add_argument(
        "--against",
        metavar="REV",
        help="compare the calls, start and memory of REST and MCP with the package that"
        " another commit generates; with --only compiler, compare the compilers",
    )
    parser.add_argument("--rounds", type=int, help="another number of rounds")
    parser.add_argument("--output", type=Path, default=peers.CACHE)
    return parser


def _measure(options: Options, directory: Path) -> Results:
    conditions = _conditions(options)
    if options.against and options.subjects == [COMPILER]:
        checkout = directory / "before"
        against.check_out(options.against, checkout)
        comparison = compiling.compare(checkout, directory, options.length.rounds)
        conditions |= {"against": options.against}
        return Results(conditions, compared=comparison)
    if options.against:
        names = options.subjects
        length = options.length
        return _compare(options.against, names, conditions, length, directory)
    rounds = options.length.rounds
    is_compiled = COMPILER in options.subjects
    costs = compiling.measure(directory, rounds) if is_compiled else []
    names = [name for name in options.subjects if name != COMPILER]
    if not names or not peers.programs_ready():
        return Results(conditions, costs=costs)
    environment = peers.install()
    conditions |= environment.describe()
    if OVERLOAD in names:
        overloads = _overloads(environment, options.length, directory)
        return Results(conditions, costs=costs, overloads=overloads)
    if subjects := [GUARDED[name] for name in names if name in GUARDED]:
        speeds = _measure_anew(subjects[0], environment, options.length, directory)
        return Results(conditions, speeds, costs=costs)
    with _field(environment, directory) as field:
        start_series = (
            _measure_starts(field, directory, rounds) if STARTS in names else []
        )
        speeds, footprints = _hold(
            _contests(names, field, directory, matrix=options.matrix),
            directory,
            options.length,
        )
    return Results(conditions, speeds, footprints, costs, starts=start_series)


def _compare(
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
    earlier = against.generate(revision, directory / "before")
    with _field(environment, directory) as field:
        contests = [
            subject
            for subject in against.contests(field, earlier, directory)
            if subject.name.lower() in names
        ]
        start_series = [
            series
            for subject in contests
            for series in starts.measure(
                starts.over_http(subject), directory / subject.name, length.rounds
            )
        ]
        speeds, footprints = _hold(contests, directory, length)
    conditions |= {"against": revision, **environment.describe()}
    return Results(conditions, speeds, footprints, starts=start_series)


def _overloads(
    environment: peers.Peers, length: Length, directory: Path
) -> list[overload.Overload]:
    with _field(environment, directory) as field:
        return [
            result
            for setting_up in CONTESTS.values()
            for result in overload.measure(
                setting_up(field, directory), field, directory, length
            )
        ]


def _measure_anew(
    contests: Callable[[Field, Path], Iterable[Contest]],
    environment: peers.Peers,
    length: Length,
    directory: Path,
) -> list[Speed]:
    with _field(environment, directory) as field:
        return [
            speed
            for subject in contests(field, directory)
            for speed in contest.hold_anew(subject, directory, length)
        ]


def _conditions(options: Options) -> dict[str, str]:
    return {
        "command": shlex.join(["python", *sys.argv]),
        "load": f"{options.length}, {CONNECTIONS} connections",
        "machine": machine(),
        "load average before": f"{os.getloadavg()[0]:.2f}",
        "compiler's Python": peers.describe_python(Path(sys.executable)),
    }


def _hold(
    contests: Iterable[Contest], directory: Path, length: Length
) -> tuple[list[Speed], list[Footprint]]:
    outcomes = [contest.hold(subject, directory, length) for subject in contests]
    speeds = [speed for speeds, _ in outcomes for speed in speeds]
    return speeds, [footprint for _, theirs in outcomes for footprint in theirs]


def _contests(
    names: Sequence[str], field: Field, directory: Path, *, matrix: bool
) -> Iterator[Contest]:
    """Set contests up before one upstream."""
    if matrix:
        yield from rest.matrix(field, directory)
        return
    for name in names:
        if name in CONTESTS:
            yield CONTESTS[name](field, directory)
    if "rest" in names:
        yield rest.over_https(field, directory)


def _measure_starts(field: Field, directory: Path, rounds: int) -> list[starts.Starts]:
    servers = starts.starters(field, directory)
    return list(starts.measure(servers, directory, max(rounds, STARTED_ROUNDS)))


@contextmanager
def _field(environment: peers.Peers, directory: Path) -> Iterator[Field]:
    """Run the upstream for the servers; this process keeps to the load's core."""
    os.sched_setaffinity(0, {LOAD_CORE})
    project = peers.generate(directory / "generated")
    documents.write(directory)
    certificate = nginx.certify(directory)
    port, secure_port = free_port(), free_port()
    probe = Request("GET", documents.DOCUMENTS[0].path)
    command = nginx.upstream(directory, port, secure_port)
    upstream = Server(command, lambda: probe.is_answered(port))
    urls = (f"http://127.0.0.1:{port}", f"https://127.0.0.1:{secure_port}")
    try:
        yield Field(environment.python, project, *urls, certificate)
    finally:
        upstream.stop()


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
