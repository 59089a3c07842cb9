"""Targets, and whether they are reached."""

from collections.abc import Iterator
from dataclasses import dataclass

from . import compiling, guards, rest, starts, tools
from .contest import OURS
from .results import Results, by_cpu, by_rate, start_ratios


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as many answers as another server's we want for the same time."""

    contest: str
    reference: str
    scenario: str
    least: float
    server: str = OURS


RATIOS = (
    Ratio(rest.NAME, rest.BY_HAND, "GET 1 KB", 2.2),
    Ratio(rest.NAME, rest.BY_HAND, "POST 1 KB", 2.2),
    Ratio(rest.NAME, rest.BY_HAND, "GET 50 KB", 2.0),
    Ratio(rest.NAME, rest.BY_HAND, "POST 1 KB, answer 50 KB", 2.0),
    Ratio(rest.HTTPS, rest.BY_HAND, "GET 1 KB", 2.0),
    Ratio(rest.HTTPS, rest.BY_HAND, "POST 1 KB", 2.0),
    Ratio(rest.NAME, rest.NGINX, "GET 1 KB", 0.75),
    Ratio(tools.NAME, tools.BY_HAND, "2025-11-25 1 KB", 7.0),
    Ratio(tools.NAME, tools.BY_HAND, "2025-11-25 50 KB", 2.0),
    Ratio(tools.NAME, tools.BY_HAND, "2026-07-28 1 KB", 4.5),
    Ratio(tools.NAME, tools.BY_HAND, "2026-07-28 50 KB", 1.7),
    Ratio(tools.NAME, tools.FASTMCP, "2025-11-25 1 KB", 20.0),
    Ratio(tools.NAME, tools.FASTMCP, "2025-11-25 50 KB", 20.0),
    Ratio(tools.NAME, tools.FASTMCP, "2026-07-28 1 KB", 20.0),
    Ratio(tools.NAME, tools.FASTMCP, "2026-07-28 50 KB", 20.0),
    *(
        Ratio(contest, guards.OPEN, scenario, 0.95, server)
        for contest, scenario in zip(
            (guards.names()[0], *[guards.names()[1]] * 2),
            ("GET 1 KB", "2025-11-25 1 KB", "2026-07-28 1 KB"),
            strict=True,
        )
        for server in guards.GUARDED
    ),
)
MOST_TAIL = 3.0
"""How many times the median latency the 99th percentile may be."""
MOST_START_SECONDS = 0.4
"""How long the REST adapter may take to its first answer."""
MOST_START_TIMES = 1.3
"""How many times as long the start of an MCP server may take."""
MOST_MEBIBYTES = {rest.NAME: 40, tools.NAME: 50}
MOST_COMPILING_SECONDS = {compiling.COLD: 0.5, compiling.CHECK: 0.15}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target: the wanted figure, the measured one, and whether that is enough."""

    subject: str
    wanted: str
    measured: str
    reached: bool


def verdicts(results: Results) -> list[Verdict]:
    """Judge the measurements."""
    return [
        *_ratios(results),
        *_tails(results),
        *_starts(results),
        *_memory(results),
        *_compiling(results),
    ]


def _ratios(results: Results) -> Iterator[Verdict]:
    """Compare our answers for the same processor time with those of others."""
    for wanted in RATIOS:
        ours = results.speed(wanted.contest, wanted.scenario, wanted.server)
        theirs = results.speed(wanted.contest, wanted.scenario, wanted.reference)
        if ours and theirs:
            rate, cpu = by_rate(ours, theirs), by_cpu(ours, theirs)
            yield Verdict(
                subject=_subject(wanted),
                wanted=f">= {wanted.least:.2f} ×",
                measured=f"{cpu:.2f} × ({rate:.2f} × by answers/s)",
                reached=cpu >= wanted.least,
            )


def _subject(wanted: Ratio) -> str:
    suffix = "" if wanted.server == OURS else f" {wanted.server}"
    return f"{wanted.contest} {wanted.scenario}{suffix}, of {wanted.reference}"


def _tails(results: Results) -> Iterator[Verdict]:
    for speed in results.speeds:
        if speed.server == OURS:
            yield Verdict(
                subject=f"{speed.contest} {speed.scenario}, p99",
                wanted=f"<= {MOST_TAIL:.2f} × p50",
                measured=f"{speed.tail:.2f} × p50",
                reached=speed.tail <= MOST_TAIL,
            )


def _starts(results: Results) -> Iterator[Verdict]:
    """Judge the REST adapter's start, and compare the MCP servers' with it."""
    ours = {start.contest: start for start in results.starts if start.server == OURS}
    if first := ours.get(rest.NAME):
        subject = "REST, start to first answer"
        yield _seconds(subject, first.seconds, MOST_START_SECONDS)
        for name in (tools.NAME, starts.STDIO):
            time, cpu = start_ratios(ours[name], first)
            yield Verdict(
                subject=f"{name}, start to first answer, of REST",
                wanted=f"<= {MOST_START_TIMES:.2f} ×",
                measured=f"{cpu:.2f} × by CPU ({time:.2f} × by time)",
                reached=cpu <= MOST_START_TIMES,
            )


def _memory(results: Results) -> Iterator[Verdict]:
    for footprint in results.footprints:
        most = MOST_MEBIBYTES.get(footprint.contest)
        if footprint.server == OURS and most:
            yield Verdict(
                subject=f"{footprint.contest}, peak memory",
                wanted=f"<= {most} MiB",
                measured=f"{footprint.peak_mebibytes:.0f} MiB",
                reached=footprint.peak_mebibytes <= most,
            )


def _compiling(results: Results) -> Iterator[Verdict]:
    for cost in results.costs:
        if cost.command in MOST_COMPILING_SECONDS:
            most = MOST_COMPILING_SECONDS[cost.command]
            yield _seconds(f"CPU of {cost.command}", cost.cpu_seconds, most)


def _seconds(subject: str, seconds: float, most: float) -> Verdict:
    return Verdict(
        subject, f"<= {most:.2f} s", f"{seconds:.3f} s", reached=seconds <= most
    )
