"""Metrics of calls, requests and steps, as Prometheus scrapes them.

Only a package with a control port imports this module, which needs `prometheus-client`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from itertools import chain
from typing import Any

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from .calls import (
    HOSTS,
    UNKNOWN_METHOD,
    UNKNOWN_TOOL,
    Call,
    Observer,
    Step,
    UpstreamRequest,
)
from .mcp_metrics import BOUNDARIES as MCP_BOUNDARIES
from .mcp_metrics import OPERATIONS
from .outcomes import (
    FAILURES,
    INTERNAL_ERROR,
    NOTHING,
    OTHER,
    TOOL_ERROR,
    TRANSPORT,
    ending_of,
    method_of,
    outcome_of,
    status_class,
)
from .views import Labels, Values, View, recorded

BOUNDARIES = (
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
)
"""The boundaries of OpenTelemetry's durations of HTTP requests."""
ALL_BOUNDARIES = sorted({*BOUNDARIES, *MCP_BOUNDARIES})
# The library declares no types of this module.
MULTIPROCESS: Any = import_module("prometheus_client.multiprocess")
BUSY = "503"
SUPERVISORS = "control"
"""The kind of the control port, whose requests aren't counted."""
REGISTERED = CollectorRegistry(auto_describe=False)

CALLS = Histogram(
    "_naftiko_calls",
    "Calls.",
    ("kind", "adapter", "method", "target", "outcome", "response"),
    buckets=ALL_BOUNDARIES,
    registry=REGISTERED,
)
REQUESTS = Histogram(
    "_naftiko_requests",
    "Requests to upstreams.",
    ("method", "host", "port", "ending"),
    buckets=BOUNDARIES,
    registry=REGISTERED,
)
STEPS = Histogram(
    "_naftiko_steps",
    "Steps.",
    ("kind", "namespace"),
    buckets=BOUNDARIES,
    registry=REGISTERED,
)
ACTIVE_CALLS = Gauge(
    "http_server_active_requests",
    "The requests to adapters in flight.",
    ("http_request_method", "url_scheme", "naftiko_adapter"),
    multiprocess_mode="livesum",
    registry=REGISTERED,
)
ACTIVE_REQUESTS = Gauge(
    "http_client_active_requests",
    "The requests to upstreams in flight.",
    ("server_address", "server_port"),
    multiprocess_mode="livesum",
    registry=REGISTERED,
)
REFUSED = Counter(
    "naftiko_request_refused",
    "Requests that a limit or a rule of HTTP has refused.",
    ("http_response_status_code",),
    registry=REGISTERED,
)


OWN = frozenset(
    {
        "http_server_active_requests",
        "http_client_active_requests",
        "naftiko_request_refused",
    }
)
"""The metrics that scrapes show as they are."""


class Recorder(Observer):
    """An observer that records durations; it looks each series up once."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str, ...], Histogram] = {}
        self._requests: dict[tuple[str, ...], Histogram] = {}
        self._steps: dict[tuple[str, ...], Histogram] = {}
        self._active_calls: dict[tuple[str, ...], Gauge] = {}
        self._active_requests: dict[tuple[str, ...], Gauge] = {}
        # A rate of refusals needs a scrape before the first one.
        REFUSED.labels(BUSY)

    def call_begins(self, call: Call) -> None:
        """Count a call in flight."""
        if call.kind != SUPERVISORS:
            self._active(call).inc()

    def call_ends(self, call: Call) -> None:
        """Record the duration of a call by its operation and outcome."""
        if call.kind == SUPERVISORS:
            return
        self._active(call).dec()
        key = _key_of(call)
        child = self._calls.get(key)
        if child is None:
            child = self._calls[key] = CALLS.labels(*key)
        child.observe(call.seconds)

    def call_is_refused(self, status: int) -> None:
        """Count a refusal, which is too rare to keep its series."""
        REFUSED.labels(str(status)).inc()

    def step_ends(self, step: Step) -> None:
        """Record the duration of a step."""
        key = (step.kind, step.namespace or "unknown")
        child = self._steps.get(key)
        if child is None:
            child = self._steps[key] = STEPS.labels(*key)
        child.observe(step.seconds)

    def request_begins(self, request: UpstreamRequest) -> None:
        """Count a request in flight."""
        self._active_request(request).inc()

    def request_ends(self, request: UpstreamRequest) -> None:
        """Record the duration of a request by its host and its ending."""
        self._active_request(request).dec()
        method = method_of(request.method)
        key = (method, *_place_of(request), ending_of(request))
        child = self._requests.get(key)
        if child is None:
            child = self._requests[key] = REQUESTS.labels(*key)
        child.observe(request.seconds)

    def _active(self, call: Call) -> Gauge:
        method = method_of(call.scope["method"]) if call.scope else OTHER
        key = (method, "http", call.adapter)
        child = self._active_calls.get(key)
        if child is None:
            child = self._active_calls[key] = ACTIVE_CALLS.labels(*key)
        return child

    def _active_request(self, request: UpstreamRequest) -> Gauge:
        key = _place_of(request)
        child = self._active_requests.get(key)
        if child is None:
            child = self._active_requests[key] = ACTIVE_REQUESTS.labels(*key)
        return child


UNKNOWN = {UNKNOWN_METHOD: OTHER, UNKNOWN_TOOL: OTHER}


def _key_of(call: Call) -> tuple[str, ...]:
    """Return the labels of a call; none of them is text of a client."""
    operation, response = call.operation, status_class(call.response)
    outcome = outcome_of(call)
    if call.kind == "mcp":
        if call.is_known:
            method = UNKNOWN.get(operation.method, operation.method)
            target = UNKNOWN.get(operation.target, operation.target)
            return "mcp", call.adapter, method, target, outcome, response
        return "page", call.adapter, method_of(operation.method), "", outcome, response
    # All pages of skills are one operation.
    known = "/skills" if call.kind == "skill" else operation.target
    target = known if call.is_known else ""
    method = method_of(operation.method)
    return call.kind, call.adapter, method, target, outcome, response


def _place_of(request: UpstreamRequest) -> tuple[str, str]:
    """Return the host and port of a request, if the package knows the host."""
    if request.host in HOSTS:
        return request.host, str(request.port)
    return OTHER, ""


MCP_FAILURES = {TOOL_ERROR: "handled_error", INTERNAL_ERROR: INTERNAL_ERROR}
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
        return *operation, "OK" if outcome == "ok" else "ERROR"
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
    status = "" if ending == TRANSPORT else ending
    error = TRANSPORT if ending == TRANSPORT else ""
    return labels["method"], labels["host"], labels["port"], status, error


OPERATION = ("naftiko_adapter_type", "naftiko_adapter", "naftiko_operation_id")
SERVER = (
    *("http_request_method", "url_scheme", "http_route"),
    *("http_response_status_code", "error_type", "naftiko_adapter"),
)
CLIENT = (
    *("http_request_method", "server_address", "server_port"),
    *("http_response_status_code", "error_type"),
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
        OPERATIONS,
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

    def forget(self, process: int) -> None:
        """Forget the calls in flight of a worker that has ended."""
        if self._is_shared:
            MULTIPROCESS.mark_process_dead(process)

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
