"""What is to be reached, and whether it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from . import compiling, rest, tools
from .contest import OURS, Speed
from .results import Results, by_cpu, by_rate


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target: what was wanted, what was measured, and whether that is enough."""

    subject: str
    wanted: str
    measured: str
    reached: bool


def verdicts(results: Results) -> list[Verdict]:
    """Judge what was measured."""
    return [
        *_against(results, rest.NAME, rest.BY_HAND, 0.95),
        *_against(results, tools.NAME, tools.BY_HAND, 1.0),
        *_against(results, tools.NAME, tools.FASTMCP, 4.0),
        *_within(results, compiling.COLD, 0.5),
        *_within(results, compiling.CHECK, 0.15),
    ]


def _against(
    results: Results, contest: str, reference: str, least: float
) -> Iterator[Verdict]:
    """Compare our answers a second with those of a reference, scenario by scenario.

    Both ratios have to reach a target: what else the machine does can flatter one.
    """
    for ours in _ours(results, contest):
        theirs = results.speed(contest, ours.scenario, reference)
        rate, cpu = by_rate(ours, theirs), by_cpu(ours, theirs)
        yield Verdict(
            subject=f"{contest} {ours.scenario}, of {reference}",
            wanted=f">= {least:.2f} ×",
            measured=f"{rate:.2f} × ({cpu:.2f} × by CPU)",
            reached=min(rate, cpu) >= least,
        )


def _within(results: Results, command: str, most: float) -> Iterator[Verdict]:
    for cost in results.costs:
        if cost.command == command:
            yield Verdict(
                subject=f"CPU of {command}",
                wanted=f"<= {most:.2f} s",
                measured=f"{cost.cpu_seconds:.3f} s",
                reached=cost.cpu_seconds <= most,
            )


def _ours(results: Results, contest: str) -> list[Speed]:
    speeds = results.speeds
    return [one for one in speeds if one.contest == contest and one.server == OURS]
