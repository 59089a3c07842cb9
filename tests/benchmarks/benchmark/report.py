"""The report: Markdown to read, JSON to compare with."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from statistics import median

from .against import Comparison, comparisons
from .compiling import Cost, CostComparison
from .contest import Footprint, Speed
from .overload import Overload
from .profiling import Share
from .results import Results, by_cpu, by_rate, start_ratios
from .starts import Starts
from .targets import Verdict, verdicts

Rows = Iterable[tuple[str, ...]]


def markdown(results: Results) -> str:
    """Return every table that has rows."""
    sections = [
        _section("Conditions", ("condition", "value"), results.conditions.items()),
        _section("Targets", VERDICTS, map(_verdict, verdicts(results))),
        _section("Against", COMPARISONS, map(_comparison, comparisons(results))),
        _section("Overload", OVERLOADS, map(_overload, results.overloads)),
        *(_speeds(results, contest) for contest in _contests(results)),
        _section("Start", STARTS, (_start(start, results) for start in results.starts)),
        _section("Memory", FOOTPRINTS, map(_footprint, results.footprints)),
        _section("Compiler", COSTS, map(_cost, results.costs)),
        _section(
            "Compiler against", COST_COMPARISONS, map(_compared_cost, results.compared)
        ),
    ]
    return "\n".join(filter(None, sections))


def to_json(results: Results) -> str:
    """Return every round that was measured."""
    return json.dumps(asdict(results), indent=2, ensure_ascii=False) + "\n"


def profile(shares: Iterable[Share], subject: str) -> str:
    """Return the table of a profile: groups, each before its functions."""
    rows = (
        (
            share.function or f"**{share.group}**",
            f"{share.microseconds:.1f}",
            f"{share.part:.1%}",
            f"{share.bytecodes:.0f}" if share.bytecodes else "",
        )
        for share in shares
    )
    return _section(f"Profile: {subject}", PROFILE, rows)


def instructions(counts: Iterable[tuple[str, float]], subject: str) -> str:
    """Return the table of the instructions that servers take for an answer."""
    rows = ((server, f"{count:,.0f}") for server, count in counts)
    return _section(f"Instructions: {subject}", ("server", "for an answer"), rows)


VERDICTS = ("target", "wanted", "measured", "reached")
SPEEDS = (
    "scenario",
    "server",
    "answers/s",
    "× first",
    "CPU µs",
    "× first by CPU",
    "p50 ms",
    "p99 ms",
    "faults",
)
COMPARISONS = (
    "kind",
    "figure",
    "package",
    "before",
    "now",
    "now ÷ before",
    "before ÷ before",
    "no more",
)
COST_COMPARISONS = (
    "command",
    "CPU before",
    "CPU now",
    "now ÷ before",
    "before ÷ before",
    "no slower",
)
OVERLOADS = (
    "kind",
    "most calls in flight",
    "answers/s",
    "answers/s under overload",
    "kept",
    "kept by CPU",
)
STARTS = (
    "kind",
    "server",
    "start to first answer",
    "× first",
    "CPU",
    "× first by CPU",
    "memory",
)
PROFILE = ("code", "CPU µs", "share", "bytecodes")
FOOTPRINTS = ("kind", "server", "peak memory")
COSTS = ("command", "wall", "CPU", "peak memory")


def _verdict(verdict: Verdict) -> tuple[str, ...]:
    answer = "yes" if verdict.reached else "no"
    return verdict.subject, verdict.wanted, verdict.measured, answer


def _comparison(comparison: Comparison) -> tuple[str, ...]:
    least, most = comparison.spread
    return (
        comparison.contest,
        comparison.figure,
        comparison.package,
        f"{median(comparison.before):,.1f}",
        f"{median(comparison.now):,.1f}",
        f"{comparison.ratio:.3f}",
        f"{least:.3f} to {most:.3f}",
        _judge(comparison),
    )


def _judge(comparison: Comparison) -> str:
    """Say whether a figure is no more than before; one round has no spread."""
    if len(comparison.before) == 1:
        return "–"
    return "yes" if comparison.is_no_more else "no"


def _compared_cost(comparison: CostComparison) -> tuple[str, ...]:
    least, most = comparison.spread
    return (
        comparison.now.command,
        f"{comparison.before.cpu_seconds:.3f} s",
        f"{comparison.now.cpu_seconds:.3f} s",
        f"{comparison.ratio:.3f}",
        f"{least:.3f} to {most:.3f}",
        "yes" if comparison.is_no_slower else "no",
    )


def _overload(overload: Overload) -> tuple[str, ...]:
    return (
        overload.usual.contest,
        "1,000, the default" if overload.limit is None else str(overload.limit),
        f"{overload.usual.rate:,.0f}",
        f"{overload.exceeded.rate:,.0f}",
        f"{overload.kept:.2f}",
        f"{overload.kept_by_cpu:.2f}",
    )


def _speeds(results: Results, contest: str) -> str:
    speeds = [speed for speed in results.speeds if speed.contest == contest]
    rows = (_speed(speed, _first(speeds, speed.scenario)) for speed in speeds)
    return _section(contest, SPEEDS, rows)


def _speed(speed: Speed, first: Speed) -> tuple[str, ...]:
    return (
        speed.scenario,
        speed.server,
        f"{speed.rate:,.0f}",
        f"{by_rate(speed, first):.2f}",
        f"{speed.cpu_microseconds:,.0f}",
        f"{by_cpu(speed, first):.2f}",
        f"{speed.p50:.1f}",
        f"{speed.p99:.1f}",
        f"{speed.page_faults:.1f}",
    )


def _start(starts: Starts, results: Results) -> tuple[str, ...]:
    time, cpu = start_ratios(starts, results.starts[0])
    return (
        starts.contest,
        starts.server,
        f"{median(start.seconds for start in starts.rounds):.3f} s",
        f"{time:.2f}",
        f"{median(start.cpu_seconds for start in starts.rounds):.3f} s",
        f"{cpu:.2f}",
        f"{median(start.peak_mebibytes for start in starts.rounds):.0f} MiB",
    )


def _footprint(footprint: Footprint) -> tuple[str, ...]:
    memory = f"{footprint.peak_mebibytes:.0f} MiB"
    return footprint.contest, footprint.server, memory


def _cost(cost: Cost) -> tuple[str, ...]:
    peak = cost.peak_mebibytes
    return (
        cost.command,
        f"{cost.wall_seconds:.3f} s",
        f"{cost.cpu_seconds:.3f} s",
        "–" if peak is None else f"{peak:.0f} MiB",
    )


def _contests(results: Results) -> Iterable[str]:
    return dict.fromkeys(speed.contest for speed in results.speeds)


def _first(speeds: list[Speed], scenario: str) -> Speed:
    return next(speed for speed in speeds if speed.scenario == scenario)


def _section(title: str, heads: tuple[str, ...], rows: Rows) -> str:
    """Return a titled table, or nothing if there are no rows."""
    cells = [heads, *rows]
    if len(cells) == 1:
        return ""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rule = tuple("-" * width for width in widths)
    lines = (_line(row, widths) for row in (cells[0], rule, *cells[1:]))
    return "\n".join((f"## {title}\n", *lines, ""))


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return f"| {' | '.join(cells)} |"
