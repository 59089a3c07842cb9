"""Metrics of calls, requests and steps, as calls record them.

Only a package with a control port imports this module, which needs `prometheus-client`.
A call records one duration, in the narrowest classes that any name of a metric needs.
"""

from functools import cache
from http import HTTPStatus

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from ..errors import Failure
from .calls import (
    HOSTS,
    OTHER,
    UNKNOWN_METHOD,
    UNKNOWN_TOOL,
    Call,
    Observer,
    Step,
    UpstreamRequest,
)

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

BOUNDARIES = (
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
)
"""The boundaries of OpenTelemetry's durations of HTTP requests."""
MCP_BOUNDARIES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)
"""The boundaries of OpenTelemetry's durations of MCP requests."""
ALL_BOUNDARIES = sorted({*BOUNDARIES, *MCP_BOUNDARIES})
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


class Recorder(Observer):
    """An observer that records durations; it looks each series up once."""

    def __init__(self) -> None:
        self._calls = cache(CALLS.labels)
        self._requests = cache(REQUESTS.labels)
        self._steps = cache(STEPS.labels)
        self._active_calls = cache(ACTIVE_CALLS.labels)
        self._active_requests = cache(ACTIVE_REQUESTS.labels)
        # A rate of refusals needs a scrape before the first one.
        REFUSED.labels(BUSY)

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
        REFUSED.labels(str(status)).inc()

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
        method = method_of(request.method)
        self._requests(method, *place, ending_of(request)).observe(request.seconds)


UNKNOWN = {UNKNOWN_METHOD: OTHER, UNKNOWN_TOOL: OTHER}


def _connection_of(call: Call) -> tuple[str, ...]:
    """Return the labels of a call in flight."""
    method = method_of(call.scope["method"]) if call.scope else OTHER
    return method, "http", call.adapter


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


def answer_of(status: int | None) -> str:
    """Return the outcome of an HTTP request with this status."""
    if status is None:
        return NOTHING
    exact = str(status)
    return exact if exact in FAILURES else status_class(status)


def status_class(status: int | None) -> str:
    """Return the class of a status, as `2xx`; empty without one."""
    return f"{min(max(status, 100), 599) // 100}xx" if status else ""


def outcome_of(call: Call) -> str:
    """Return how a call ended."""
    if call.is_gone:
        return NOTHING
    if call.kind != "mcp" or not call.is_known:
        return answer_of(call.status)
    if call.status is None:
        return NOTHING
    if call.fault:
        return INTERNAL_ERROR
    if call.status < 0:
        code = str(call.status)
        return code if code in RPC_ERRORS else OTHER
    return OK if call.status < HTTPStatus.BAD_REQUEST else TOOL_ERROR


def method_of(method: str) -> str:
    """Return a method of HTTP, or `_OTHER`, which a client can't make many of."""
    return method if method in METHODS else OTHER


def ending_of(request: UpstreamRequest) -> str:
    """Return why a request failed, or else the class of its response's status."""
    return request.failure or status_class(request.status) or Failure.OTHER
