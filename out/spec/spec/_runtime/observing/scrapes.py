"""Metrics as a scrape shows them, computed from fewer ones that calls record.

Each name of a metric is a view of the recorded durations: so several conventions cost
as much as one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from itertools import chain
from math import inf
from typing import Any

from prometheus_client import REGISTRY
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    UnknownMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from ..errors import Failure
from .calls import OTHER
from .metrics import (
    BOUNDARIES,
    FAILURES,
    INTERNAL_ERROR,
    MCP_BOUNDARIES,
    NOTHING,
    OK,
    REGISTERED,
    RPC_ERRORS,
    TOOL_ERROR,
)

# The library declares no types of this module.
MULTIPROCESS: Any = import_module("prometheus_client.multiprocess")
OWN = frozenset(
    {
        "http_server_active_requests",
        "http_client_active_requests",
        "naftiko_request_refused",
    }
)
"""The metrics that scrapes show as they are."""

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


ENDINGS = frozenset(Failure)
MCP_FAILURES = {TOOL_ERROR: "handled_error", INTERNAL_ERROR: INTERNAL_ERROR}
MCP_ERRORS = {OK: "", NOTHING: "cancelled"}
COUNTED = FAILURES | set(MCP_FAILURES.values())
"""The failures among Naftiko's errors; a client's own mistakes aren't."""


def _operation(labels: Labels) -> Values | None:
    """Return the adapter and the operation as Naftiko names them."""
    kind, method, target = labels["kind"], labels["method"], labels["target"]
    if kind == "page" or (kind == "mcp" and method != "tools/call"):
        return None
    if kind != "mcp":
        target = f"{target} {method}" if target else OTHER
    return kind, labels["adapter"], target


def _by_status(labels: Labels) -> Values | None:
    operation, outcome = _operation(labels), labels["outcome"]
    if operation is None or outcome == NOTHING:
        return None
    if labels["kind"] == "mcp":
        return *operation, "OK" if outcome == OK else "ERROR"
    return *operation, labels["response"]


def _by_error(labels: Labels) -> Values | None:
    operation, outcome = _operation(labels), labels["outcome"]
    if operation is None or outcome == NOTHING:
        return None
    error = MCP_FAILURES.get(outcome) if labels["kind"] == "mcp" else outcome
    return (*operation, error) if error in COUNTED else None


def _cancelled(labels: Labels) -> Values | None:
    return _operation(labels) if labels["outcome"] == NOTHING else None


def _as_http(labels: Labels) -> Values:
    """Return the labels of an HTTP request, to which a tool call is one to `/mcp`."""
    outcome, response = labels["outcome"], labels["response"]
    is_mcp = labels["kind"] == "mcp"
    failed = outcome if outcome in FAILURES else "cancelled" if not response else ""
    return (
        "POST" if is_mcp else labels["method"],
        "http",
        "/mcp" if is_mcp else labels["target"],
        response,
        "" if is_mcp and response else failed,
        labels["adapter"],
    )


def _to_host(labels: Labels) -> Values:
    ending = labels["ending"]
    outcome = ("", ending) if ending in ENDINGS else (ending, "")
    return labels["method"], labels["host"], labels["port"], *outcome


def _as_mcp(labels: Labels) -> Values | None:
    if labels["kind"] != "mcp":
        return None
    outcome, method = labels["outcome"], labels["method"]
    return (
        method,
        labels["target"] if method == "tools/call" else "",
        MCP_ERRORS.get(outcome, outcome),
        outcome if outcome in RPC_ERRORS else "",
        "tcp",
        labels["adapter"],
    )


OPERATION = ("naftiko_adapter_type", "naftiko_adapter", "naftiko_operation_id")
SERVER = (
    *("http_request_method", "url_scheme", "http_route"),
    *("http_response_status_code", "error_type", "naftiko_adapter"),
)
CLIENT = (
    *("http_request_method", "server_address", "server_port"),
    *("http_response_status_code", "error_type"),
)
MCP = (
    *("mcp_method_name", "gen_ai_tool_name", "error_type"),
    *("rpc_response_status_code", "network_transport", "naftiko_adapter"),
)
VIEWS: Mapping[str, tuple[View, ...]] = {
    "_naftiko_calls": (
        View("naftiko_request", "Calls.", (*OPERATION, "status"), _by_status),
        View(
            "naftiko_request_duration_seconds",
            "The durations of calls.",
            (*OPERATION, "status"),
            _by_status,
            BOUNDARIES,
        ),
        View(
            "naftiko_request_errors",
            "Calls that failed: answers of 5xx, and errors of tools.",
            (*OPERATION, "error_type"),
            _by_error,
            untyped=True,
        ),
        View(
            "naftiko_request_cancelled",
            "Calls that ended before an answer was begun.",
            OPERATION,
            _cancelled,
        ),
        View(
            "http_server_request_duration_seconds",
            "The durations of HTTP requests to adapters.",
            SERVER,
            _as_http,
            BOUNDARIES,
        ),
        # This convention is in development.
        View(
            "mcp_server_operation_duration_seconds",
            "The durations of MCP requests.",
            MCP,
            _as_mcp,
            MCP_BOUNDARIES,
        ),
    ),
    "_naftiko_requests": (
        View("naftiko_http_client", "Requests to upstreams.", CLIENT, _to_host),
        View(
            "naftiko_http_client_duration_seconds",
            "The durations of requests to upstreams.",
            CLIENT,
            _to_host,
            BOUNDARIES,
        ),
        View(
            "http_client_request_duration_seconds",
            "The durations of requests to upstreams.",
            CLIENT,
            _to_host,
            BOUNDARIES,
        ),
    ),
    "_naftiko_steps": (
        View(
            "naftiko_step_duration_seconds",
            "The durations of steps.",
            ("step_type", "naftiko_namespace"),
            lambda labels: (labels["kind"], labels["namespace"]),
            BOUNDARIES,
        ),
    ),
}


class Scrape(Collector):
    """The metrics of all workers, and further ones that the package's users make.

    `is_active` tells whether the package serves; `constant` are labels of every series
    that this module makes. Workers that share a directory have files in it.
    """

    def __init__(
        self,
        capability: str,
        constant: Labels,
        is_active: Callable[[], bool],
        *,
        is_shared: bool,
    ) -> None:
        self._is_shared = is_shared
        self._capability = capability
        self._is_active = is_active
        self._constant = constant

    def page(self, accepted: str) -> tuple[str, bytes]:
        """Return the media type and the text of a scrape, by `Accept`."""
        encode, media_type = choose_encoder(accepted)
        return media_type, encode(self)

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        metrics = {metric.name: metric for metric in self._recorded()}
        for name, views in VIEWS.items():
            metric = metrics.pop(name, None)
            series = recorded(metric) if metric else []
            for view in views:
                yield view.family(series, self._constant)
        for name, metric in metrics.items():
            yield self._labelled(metric) if name in OWN else metric
        yield self._active()

    def forget(self, place: int) -> None:
        """Forget the calls in flight of the process at this place, which has ended."""
        if self._is_shared:
            MULTIPROCESS.mark_process_dead(place)

    def _recorded(self) -> Iterable[Metric]:
        if self._is_shared:
            # A registry of its own: the collector mustn't meet the metrics themselves.
            merged: Iterable[Metric] = MULTIPROCESS.MultiProcessCollector(
                None
            ).collect()
            return merged
        return chain(REGISTERED.collect(), REGISTRY.collect())

    def _labelled(self, metric: Metric) -> Metric:
        """Add the constant labels to a metric that no view shows."""
        metric.samples = [
            sample._replace(labels={**sample.labels, **self._constant})
            for sample in metric.samples
            if not sample.name.endswith("_created")
        ]
        return metric

    def _active(self) -> Metric:
        labels = ("naftiko_capability", "capability_name", *self._constant)
        family = GaugeMetricFamily(
            "naftiko_capability_active", "1 while the package serves.", labels=labels
        )
        shown = (self._capability, self._capability, *self._constant.values())
        family.add_metric(shown, float(self._is_active()))
        return family
