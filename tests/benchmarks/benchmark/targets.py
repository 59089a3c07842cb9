"""Targets, and whether they are reached."""

from collections.abc import Iterator
from dataclasses import dataclass

from . import compiling, guards, rest, tools
from .contest import OURS
from .results import Results, by_cpu, by_rate


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as fast as another server we want to be in a scenario."""

    contest: str
    reference: str
    scenario: str
    least: float
    server: str = OURS


RATIOS = (
    Ratio(rest.NAME, rest.BY_HAND, "GET 1 KB", 1.0),
    Ratio(rest.NAME, rest.BY_HAND, "GET 50 KB", 1.0),
    Ratio(rest.NAME, rest.BY_HAND, "POST 1 KB", 1.0),
    Ratio(rest.NAME, rest.BY_HAND, "POST 50 KB", 1.0),
    Ratio(tools.NAME, tools.BY_HAND, "2025-11-25 1 KB", 3.5),
    Ratio(tools.NAME, tools.BY_HAND, "2025-11-25 50 KB", 2.0),
    Ratio(tools.NAME, tools.BY_HAND, "2026-07-28 1 KB", 2.5),
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
MOST_START_SECONDS = {rest.NAME: 0.4, tools.NAME: 1.2}
MOST_MEBIBYTES = {rest.NAME: 60, tools.NAME: 100}
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
    """Compare our answers a second with those of others.

    Both ratios have to reach a target: other work of the machine can flatter one.
    """
    for wanted in RATIOS:
        ours = results.speed(wanted.contest, wanted.scenario, wanted.server)
        theirs = results.speed(wanted.contest, wanted.scenario, wanted.reference)
        if ours and theirs:
            rate, cpu = by_rate(ours, theirs), by_cpu(ours, theirs)
            yield Verdict(
                subject=_subject(wanted),
                wanted=f">= {wanted.least:.2f} ×",
                measured=f"{rate:.2f} × ({cpu:.2f} × by CPU)",
                reached=min(rate, cpu) >= wanted.least,
            )


def _subject(wanted: Ratio) -> str:
    named = "" if wanted.server == OURS else f" {wanted.server}"
    return f"{wanted.contest} {wanted.scenario}{named}, of {wanted.reference}"


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
    for footprint in results.footprints:
        if footprint.server == OURS:
            most = MOST_START_SECONDS[footprint.contest]
            subject = f"{footprint.contest}, start to first answer"
            yield _seconds(subject, footprint.start_seconds, most)


def _memory(results: Results) -> Iterator[Verdict]:
    for footprint in results.footprints:
        if footprint.server == OURS:
            most = MOST_MEBIBYTES[footprint.contest]
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


def _seconds(subject: str, measured: float, most: float) -> Verdict:
    return Verdict(
        subject, f"<= {most:.2f} s", f"{measured:.3f} s", reached=measured <= most
    )
