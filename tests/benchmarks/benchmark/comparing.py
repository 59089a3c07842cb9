"""A figure of this checkout beside the same figure of another commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure of a package, round by round: of another commit, twice, and now."""

    contest: str
    figure: str
    package: str
    before: Sequence[float]
    again: Sequence[float]
    now: Sequence[float]

    @property
    def ratio(self) -> float:
        """Return how many times as much it is now: the rounds' median."""
        return median(_ratios(self.before, self.now))

    @property
    def spread(self) -> tuple[float, float]:
        """Return the least and the most of the same, of one commit and itself."""
        ratios = _ratios(self.before, self.again)
        return min(ratios), max(ratios)

    @property
    def verdict(self) -> str:
        """Say whether it is no more now, beyond the spread; one round has no spread."""
        if len(self.before) == 1:
            return "–"
        least, most = self.spread
        return "yes" if self.ratio <= max(most, 1 / least, 1.0) else "no"


def _ratios(before: Sequence[float], later: Sequence[float]) -> list[float]:
    return [new / old for old, new in zip(before, later, strict=True)]
