"""Metrics as a scrape shows them, computed from fewer ones that calls record.

A call records one duration, in the narrowest classes that any name needs. Each name of
a metric is a view of those durations: so several conventions cost as much as one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from prometheus_client.core import (
    CounterMetricFamily,
    HistogramMetricFamily,
    Metric,
    UnknownMetricFamily,
)

Labels = Mapping[str, str]
"""The labels of a recorded series."""
Values = tuple[str, ...]
"""The values of a view's labels; empty ones are like absent ones."""


@dataclass(slots=True)
class Durations:
    """The number of durations up to each boundary, and their sum in seconds."""

    counts: dict[float, float] = field(default_factory=lambda: defaultdict(float))
    seconds: float = 0.0

    @property
    def number(self) -> float:
        """Return the number of all durations."""
        return self.counts[inf]

    def add(self, other: "Durations") -> None:
        """Add the durations of another series with the same boundaries."""
        self.seconds += other.seconds
        for boundary, count in other.counts.items():
            self.counts[boundary] += count


@dataclass(frozen=True, slots=True)
class View:
    """A metric of recorded series; series with the same values are added up.

    `values` returns the values of the labels, or None for a series that isn't shown.
    Without boundaries, the metric is a counter. An `untyped` counter has no suffix.
    """

    name: str
    meaning: str
    labels: Sequence[str]
    values: Callable[[Labels], Values | None]
    boundaries: Sequence[float] = ()
    untyped: bool = False

    def family(
        self, series: Iterable[tuple[Labels, Durations]], constant: Labels
    ) -> Metric:
        """Return the metric, with constant labels behind those of the view."""
        family = self._empty((*self.labels, *constant))
        for values, durations in self._sums(series).items():
            labels = (*values, *constant.values())
            if isinstance(family, HistogramMetricFamily):
                buckets = list(self._buckets(durations))
                family.add_metric(labels, buckets, durations.seconds)
            else:
                family.add_metric(labels, durations.number)
        return family

    def _empty(
        self, labels: Sequence[str]
    ) -> HistogramMetricFamily | UnknownMetricFamily | CounterMetricFamily:
        if self.boundaries:
            return HistogramMetricFamily(self.name, self.meaning, labels=labels)
        if self.untyped:
            return UnknownMetricFamily(self.name, self.meaning, labels=labels)
        return CounterMetricFamily(self.name, self.meaning, labels=labels)

    def _sums(
        self, series: Iterable[tuple[Labels, Durations]]
    ) -> Mapping[Values, Durations]:
        sums: dict[Values, Durations] = defaultdict(Durations)
        for labels, durations in series:
            values = self.values(labels)
            if values is not None:
                sums[values].add(durations)
        return sums

    def _buckets(self, durations: Durations) -> Iterator[tuple[str, float]]:
        for boundary in (*self.boundaries, inf):
            name = "+Inf" if boundary == inf else repr(float(boundary))
            yield name, durations.counts[boundary]


def recorded(metric: Metric) -> list[tuple[Labels, Durations]]:
    """Return the series of a histogram."""
    series: dict[tuple[tuple[str, str], ...], Durations] = defaultdict(Durations)
    for sample in metric.samples:
        labels = {**sample.labels}
        boundary = labels.pop("le", "")
        durations = series[tuple(sorted(labels.items()))]
        if boundary:
            durations.counts[float(boundary)] = sample.value
        elif sample.name.endswith("_sum"):
            durations.seconds = sample.value
    return [(dict(labels), durations) for labels, durations in series.items()]
