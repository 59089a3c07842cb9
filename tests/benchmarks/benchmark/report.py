"""The report: Markdown to read, JSON to compare with."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from statistics import median
from typing import Any

from .against import comparisons
from .results import Results, by_cpu, by_rate, start_ratios
from .targets import verdicts

Columns = Mapping[str, Callable[[Any], str]]
"""The heads of a table, and how each cell is written."""

CONDITIONS: Columns = {
    "condition": lambda condition: condition[0],
    "value": lambda condition: condition[1],
}
VERDICTS: Columns = {
    "target": lambda verdict: verdict.subject,
    "wanted": lambda verdict: verdict.wanted,
    "measured": lambda verdict: verdict.measured,
    "reached": lambda verdict: "yes" if verdict.reached else "no",
}
COMPARISONS: Columns = {
    "kind": lambda it: it.contest,
    "figure": lambda it: it.figure,
    "package": lambda it: it.package,
    "before": lambda it: f"{median(it.before):,.1f}",
    "now": lambda it: f"{median(it.now):,.1f}",
    "now ÷ before": lambda it: f"{it.ratio:.3f}",
    "before ÷ before": lambda it: f"{it.spread[0]:.3f} to {it.spread[1]:.3f}",
    "no more": lambda it: it.verdict,
}
OVERLOADS: Columns = {
    "kind": lambda it: it.usual.contest,
    "most calls in flight": lambda it: f"{it.limit or '1,000, the default'}",
    "answers/s": lambda it: f"{it.usual.rate:,.0f}",
    "answers/s under overload": lambda it: f"{it.exceeded.rate:,.0f}",
    "kept": lambda it: f"{it.kept:.2f}",
    "kept by CPU": lambda it: f"{it.kept_by_cpu:.2f}",
}
SPEEDS: Columns = {
    "scenario": lambda pair: pair[0].scenario,
    "server": lambda pair: pair[0].server,
    "answers/s": lambda pair: f"{pair[0].rate:,.0f}",
    "× first": lambda pair: f"{by_rate(*pair):.2f}",
    "CPU µs": lambda pair: f"{pair[0].cpu_microseconds:,.0f}",
    "× first by CPU": lambda pair: f"{by_cpu(*pair):.2f}",
    "p50 ms": lambda pair: f"{pair[0].p50:.1f}",
    "p99 ms": lambda pair: f"{pair[0].p99:.1f}",
    "faults": lambda pair: f"{pair[0].page_faults:.1f}",
}
"""The columns of a speed, beside the first of its scenario."""
STARTS: Columns = {
    "kind": lambda pair: pair[0].contest,
    "server": lambda pair: pair[0].server,
    "start to first answer": lambda pair: f"{pair[0].seconds:.3f} s",
    "× first": lambda pair: f"{start_ratios(*pair)[0]:.2f}",
    "CPU": lambda pair: f"{pair[0].cpu_seconds:.3f} s",
    "× first by CPU": lambda pair: f"{start_ratios(*pair)[1]:.2f}",
    "memory": lambda pair: f"{pair[0].peak_mebibytes:.0f} MiB",
}
"""The columns of starts, beside those of the first server."""
FOOTPRINTS: Columns = {
    "kind": lambda footprint: footprint.contest,
    "server": lambda footprint: footprint.server,
    "peak memory": lambda footprint: f"{footprint.peak_mebibytes:.0f} MiB",
}
COSTS: Columns = {
    "command": lambda cost: cost.command,
    "wall": lambda cost: f"{cost.wall_seconds:.3f} s",
    "CPU": lambda cost: f"{cost.cpu_seconds:.3f} s",
    "peak memory": lambda cost: (
        f"{cost.peak_mebibytes:.0f} MiB" if cost.peak_mebibytes else "–"
    ),
}


def markdown(results: Results) -> str:
    """Return every table that has rows."""
    rows = [*comparisons(results), *results.compared]
    starts = [(start, results.starts[0]) for start in results.starts]
    sections = [
        _section("Conditions", CONDITIONS, results.conditions.items()),
        _section("Targets", VERDICTS, verdicts(results)),
        _section("Against", COMPARISONS, rows),
        _section("Overload", OVERLOADS, results.overloads),
        *(_speeds(results, contest) for contest in _contests(results)),
        _section("Start", STARTS, starts),
        _section("Memory", FOOTPRINTS, results.footprints),
        _section("Compiler", COSTS, results.costs),
    ]
    return "\n".join(filter(None, sections))


def to_json(results: Results) -> str:
    """Return every round that was measured."""
    return json.dumps(asdict(results), indent=2, ensure_ascii=False) + "\n"


def _speeds(results: Results, contest: str) -> str:
    speeds = [speed for speed in results.speeds if speed.contest == contest]
    first = {speed.scenario: speed for speed in reversed(speeds)}
    return _section(
        contest, SPEEDS, [(speed, first[speed.scenario]) for speed in speeds]
    )


def _contests(results: Results) -> Iterable[str]:
    return dict.fromkeys(speed.contest for speed in results.speeds)


def _section(title: str, columns: Columns, subjects: Iterable[Any]) -> str:
    """Return a titled table, or nothing if there are no rows."""
    rows = [[write(subject) for write in columns.values()] for subject in subjects]
    if not rows:
        return ""
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    lines = (_line(row, widths) for row in ([*columns], rule, *rows))
    return "\n".join((f"## {title}\n", *lines, ""))


def _line(row: list[str], widths: list[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return f"| {' | '.join(cells)} |"
