"""Metrics of calls, requests and steps, for Prometheus.

Only a package with a control port imports this module, which needs `prometheus-client`.
A call records one duration, in the narrowest classes that any name of a metric needs.
Each name that a scrape shows is a view of the recorded durations: so several
conventions cost as much as one.
"""

import atexit
import os
import re
import shutil
import stat
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from importlib import import_module
from itertools import chain
from math import inf
from pathlib import Path
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    UnknownMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from ..errors import Failure, StartError
from .calls import (
    HOSTS,
    OBSERVERS,
    OTHER,
    UNKNOWN_METHOD,
    UNKNOWN_TOOL,
    Call,
    Observer,
    Step,
    UpstreamRequest,
)

# The library declares no types of these modules.
VALUES: Any = import_module("prometheus_client.values")
MULTIPROCESS: Any = import_module("prometheus_client.multiprocess")
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
"""The variable of `prometheus-client` that names the directory of counts."""
COUNTS = re.compile(r"(counter|histogram|summary|gauge_[a-z]+)_(-1|[0-9]+)\.db")

NOTHING = "none"
"""No answer was begun: the client or the server has stopped the call before."""
FAILURES = frozenset({"500", "502", "503", "504", "5xx"})
"""The failures of a server; those that the runtime makes have words of their own."""
OK = "ok"
TOOL_ERROR = "tool_error"
"""A tool's result says that it is an error."""
INTERNAL_ERROR = "-32603"
RPC_ERRORS = frozenset({"-32700", "-32600", "-32601", "-32602", INTERNAL_ERROR, OTHER})
METHODS = frozenset(
    {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)
"""The methods of HTTP that metrics name; the others are `_OTHER`."""
UNKNOWN = {UNKNOWN_METHOD: OTHER, UNKNOWN_TOOL: OTHER}
BUSY = "503"
SUPERVISORS = "control"
"""The kind of the control port, whose requests aren't counted."""

BOUNDARIES = (
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
)
"""The boundaries of OpenTelemetry's durations of HTTP requests."""
MCP_BOUNDARIES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)
"""The boundaries of OpenTelemetry's durations of MCP requests."""
ALL_BOUNDARIES = sorted({*BOUNDARIES, *MCP_BOUNDARIES})


# --- workers that count in files ------------------------------------------------------


def share(name: str, workers: int, place: Callable[[], int]) -> bool:
    """Have several workers count in files; return whether they do.

    `place` returns that of this process. The process that replaces another one goes on
    in its files: so their number is bounded, and no count is lost. Raises StartError
    for an unusable directory. The library looks for its variable when it is first
    imported, and some code of the package's users may have imported it before.
    """
    is_shared = workers > 1 or DIRECTORY in os.environ
    if is_shared:
        os.environ[DIRECTORY] = str(_empty_directory(name))
        VALUES.ValueClass = VALUES.MultiProcessValue(place)
    else:
        VALUES.ValueClass = VALUES.get_value_class()
    return is_shared


def _empty_directory(name: str) -> Path:
    """Return the directory, without the counts of an earlier run.

    Raises StartError if it can't be made, or if other users may write to it.
    """
    try:
        if DIRECTORY not in os.environ:
            own = tempfile.mkdtemp(prefix=f"{name}-metrics-")
            # Workers are forks, which end without calling this.
            atexit.register(shutil.rmtree, own, ignore_errors=True)
            return Path(own)
        directory = Path(os.environ[DIRECTORY])
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_owner(directory)
        for file in directory.iterdir():
            if COUNTS.fullmatch(file.name):
                file.unlink()
    except OSError as error:
        raise _unusable(error.strerror) from None
    return directory


def _check_owner(directory: Path) -> None:
    if sys.platform == "win32":  # has neither such modes nor ids
        return
    status = directory.stat()
    if status.st_mode & stat.S_IWOTH:
        raise _unusable("everybody may write to it")
    if status.st_uid != os.geteuid():
        raise _unusable("it is another user's")


def _unusable(fault: str | None) -> StartError:
    return StartError(
        f"can't use the directory of metrics: {fault}; set {DIRECTORY} to one of the "
        "package's own, which is made if it doesn't exist"
    )


# --- recording ------------------------------------------------------------------------


HISTOGRAMS = (
    (
        "_naftiko_calls",
        "Calls.",
        ("kind", "adapter", "method", "target", "outcome", "response"),
        ALL_BOUNDARIES,
    ),
    (
        "_naftiko_requests",
        "Requests to upstreams.",
        ("method", "host", "port", "ending"),
        BOUNDARIES,
    ),
    ("_naftiko_steps", "Steps.", ("kind", "namespace"), BOUNDARIES),
)
GAUGES = (
    (
        "http_server_active_requests",
        "The requests to adapters in flight.",
        ("http_request_method", "url_scheme", "naftiko_adapter"),
    ),
    (
        "http_client_active_requests",
        "The requests to upstreams in flight.",
        ("server_address", "server_port"),
    ),
)
REFUSALS = (
    "naftiko_request_refused",
    "Requests that a limit or a rule of HTTP has refused.",
    ("http_response_status_code",),
)
OWN = frozenset((REFUSALS[0], *(name for name, *_ in GAUGES)))
"""The metrics that scrapes show as they are."""


class Recorder(Observer):
    """An observer that records durations; it looks each series up once."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry(auto_describe=False)
        calls, requests, steps = (
            Histogram(name, meaning, labels, buckets=boundaries, registry=registry)
            for name, meaning, labels, boundaries in HISTOGRAMS
        )
        active_calls, active_requests = (
            Gauge(name, meaning, labels, multiprocess_mode="livesum", registry=registry)
            for name, meaning, labels in GAUGES
        )
        self._refused = Counter(*REFUSALS, registry=registry)
        self._calls = cache(calls.labels)
        self._requests = cache(requests.labels)
        self._steps = cache(steps.labels)
        self._active_calls = cache(active_calls.labels)
        self._active_requests = cache(active_requests.labels)
        # A rate of refusals needs a scrape before the first one.
        self._refused.labels(BUSY)

    def call_begins(self, call: Call) -> None:
        """Count a call in flight."""
        if call.kind != SUPERVISORS:
            self._active_calls(*_connection_of(call)).inc()

    def call_ends(self, call: Call) -> None:
        """Record the duration of a call by its operation and outcome."""
        if call.kind != SUPERVISORS:
            self._active_calls(*_connection_of(call)).dec()
            self._calls(*_key_of(call)).observe(call.seconds)

    def call_is_refused(self, status: int) -> None:
        """Count a refusal, which is too rare to keep its series."""
        self._refused.labels(str(status)).inc()

    def step_ends(self, step: Step) -> None:
        """Record the duration of a step."""
        series = self._steps(step.kind, step.namespace or "unknown")
        series.observe(step.seconds)

    def request_begins(self, request: UpstreamRequest) -> None:
        """Count a request in flight."""
        self._active_requests(*_place_of(request)).inc()

    def request_ends(self, request: UpstreamRequest) -> None:
        """Record the duration of a request by its host and its ending."""
        place = _place_of(request)
        self._active_requests(*place).dec()
        ending = request.failure or status_class(request.status) or Failure.OTHER
        series = self._requests(method_of(request.method), *place, ending)
        series.observe(request.seconds)


def _connection_of(call: Call) -> tuple[str, ...]:
    """Return the labels of a call in flight."""
    method = method_of(call.scope["method"]) if call.scope else OTHER
    return method, "http", call.adapter


def _key_of(call: Call) -> tuple[str, ...]:
    """Return the labels of a call; none of them is text of a client."""
    method, target = call.operation.method, call.operation.target
    end = outcome_of(call), status_class(call.response)
    if call.kind == "mcp":
        if call.is_known:
            method, target = UNKNOWN.get(method, method), UNKNOWN.get(target, target)
            return "mcp", call.adapter, method, target, *end
        return "page", call.adapter, method_of(method), "", *end
    if call.kind == "skill":
        target = "/skills"  # all pages of skills are one operation
    target = target if call.is_known else ""
    return call.kind, call.adapter, method_of(method), target, *end


def _place_of(request: UpstreamRequest) -> tuple[str, str]:
    """Return the host and port of a request, if the package knows the host."""
    if request.host in HOSTS:
        return request.host, str(request.port)
    return OTHER, ""


def status_class(status: int | None) -> str:
    """Return the class of a status, as `2xx`; empty without one."""
    return f"{min(max(status, 100), 599) // 100}xx" if status else ""


def outcome_of(call: Call) -> str:
    """Return how a call ended."""
    status = call.status
    if call.is_gone or status is None:
        return NOTHING
    if call.kind != "mcp" or not call.is_known:
        return str(status) if str(status) in FAILURES else status_class(status)
    if call.fault:
        return INTERNAL_ERROR
    if status < 0:
        return str(status) if str(status) in RPC_ERRORS else OTHER
    return OK if status < HTTPStatus.BAD_REQUEST else TOOL_ERROR


def method_of(method: str) -> str:
    """Return a method of HTTP, or `_OTHER`, which a client can't make many of."""
    return method if method in METHODS else OTHER


# --- views ----------------------------------------------------------------------------

Labels = Mapping[str, str]
"""The labels of a recorded series."""
Values = tuple[str, ...]
"""The values of a view's labels; empty ones are like absent ones."""


@dataclass(slots=True)
class Durations:
    """The number of durations up to each boundary, and their sum in seconds."""

    counts: dict[float, float] = field(default_factory=lambda: defaultdict(float))
    seconds: float = 0.0

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
        sums: dict[Values, Durations] = defaultdict(Durations)
        for labels, durations in series:
            values = self.values(labels)
            if values is not None:
                sums[values].add(durations)
        rows = {(*k, *constant.values()): total for k, total in sums.items()}
        names = (*self.labels, *constant)
        if self.boundaries:
            histogram = HistogramMetricFamily(self.name, self.meaning, labels=names)
            for row, total in rows.items():
                histogram.add_metric(row, list(self._buckets(total)), total.seconds)
            return histogram
        kind = UnknownMetricFamily if self.untyped else CounterMetricFamily
        counter = kind(self.name, self.meaning, labels=names)
        for row, total in rows.items():
            counter.add_metric(row, total.counts[inf])
        return counter

    def _buckets(self, durations: Durations) -> Iterator[tuple[str, float]]:
        for boundary in (*self.boundaries, inf):
            name = "+Inf" if boundary == inf else repr(float(boundary))
            yield name, durations.counts[boundary]


def series_of(metric: Metric) -> list[tuple[Labels, Durations]]:
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
    error = MCP_FAILURES.get(outcome) if labels["kind"] == "mcp" else outcome
    return (*operation, error) if operation and error in COUNTED else None


def _as_http(labels: Labels) -> Values:
    """Return the labels of an HTTP request, to which a tool call is one to `/mcp`."""
    outcome, response = labels["outcome"], labels["response"]
    is_mcp = labels["kind"] == "mcp"
    failure = outcome if outcome in FAILURES else "cancelled" if not response else ""
    return (
        "POST" if is_mcp else labels["method"],
        "http",
        "/mcp" if is_mcp else labels["target"],
        response,
        "" if is_mcp and response else failure,
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
            lambda labels: _operation(labels) if labels["outcome"] == NOTHING else None,
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
        *(
            View(
                name,
                "The durations of requests to upstreams.",
                CLIENT,
                _to_host,
                BOUNDARIES,
            )
            for name in (
                "naftiko_http_client_duration_seconds",
                "http_client_request_duration_seconds",
            )
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


def begin(
    capability: str, labels: Labels, is_active: Callable[[], bool], *, is_shared: bool
) -> "Scrape":
    """Record calls from now on; return the metrics."""
    recorder = Recorder()
    OBSERVERS.append(recorder)
    registry = None if is_shared else recorder.registry
    return Scrape(capability, labels, is_active, registry)


class Scrape(Collector):
    """The metrics of all workers, and further ones that the package's users make.

    `is_active` tells whether the package serves; `constant` are labels of every series
    that this module makes. Workers that share files have no registry.
    """

    def __init__(
        self,
        capability: str,
        constant: Labels,
        is_active: Callable[[], bool],
        registry: CollectorRegistry | None,
    ) -> None:
        self._capability = capability
        self._constant = constant
        self._is_active = is_active
        self._registry = registry

    def page(self, accept: str) -> tuple[str, bytes]:
        """Return the media type and the text of a scrape, by `Accept`."""
        encode, media_type = choose_encoder(accept)
        return media_type, encode(self)

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        metrics = {metric.name: metric for metric in self._all()}
        for name, views in VIEWS.items():
            metric = metrics.pop(name, None)
            series = series_of(metric) if metric else []
            for view in views:
                yield view.family(series, self._constant)
        for name, metric in metrics.items():
            yield self._with_labels(metric) if name in OWN else metric
        yield self._active()

    def forget(self, place: int) -> None:
        """Forget the calls in flight of the process at this place, which has ended."""
        if self._registry is None:
            MULTIPROCESS.mark_process_dead(place)

    def _all(self) -> Iterable[Metric]:
        if self._registry is not None:
            return chain(self._registry.collect(), REGISTRY.collect())
        # The collector has no registry: it mustn't meet the metrics themselves.
        all_metrics: Iterable[Metric] = MULTIPROCESS.MultiProcessCollector(
            None
        ).collect()
        return all_metrics

    def _with_labels(self, metric: Metric) -> Metric:
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
        values = (self._capability, self._capability, *self._constant.values())
        family.add_metric(values, float(self._is_active()))
        return family
