"""Spans of calls, their steps and requests by OpenTelemetry, and their export.

No attribute holds a text of a client or an upstream: neither paths nor queries,
headers, arguments, bodies or the texts of exceptions.
"""

import logging
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from opentelemetry import context, propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, StatusCode

from ..errors import Failure, StartError
from .calls import (
    INTERNAL_ERROR,
    OBSERVERS,
    OTHER,
    UNKNOWN_METHOD,
    UNKNOWN_TOOL,
    Call,
    CalledOperation,
    Observer,
    Step,
    UpstreamRequest,
)

Attributes = dict[str, str | int]
PROTOCOLS = {"grpc": "otlp_proto_grpc", "http/protobuf": "otlp_proto_http"}
FLUSH_SECONDS = 5.0
LOG = logging.getLogger(__name__)
Provider = Any
"""A provider of spans, as the SDK or another library has it."""

SCOPE = "naftiko_runtime"
KINDS = frozenset({"mcp", "rest", "skill"})
METHODS = frozenset(
    (
        *("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"),
        *("QUERY", "TRACE"),
    )
)
CANCELLED = "cancelled"
NAMED = {"tools/call": "gen_ai.tool.name", "prompts/get": "gen_ai.prompt.name"}
"""The attributes with the names of targets, by their methods."""
PLAIN_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
LONGEST_FIELD = 8192
SAMPLED = trace.TraceFlags.SAMPLED


class Traces(Observer):
    """An observer that makes a span of each call, step and upstream request.

    `propagation` is how upstreams are told of a request's span: `w3c`, `b3` or not at
    all. The provider of spans is the one of the process when `start` is called.
    """

    def __init__(self, propagation: str = "") -> None:
        self._propagation = propagation
        self.start()

    def start(self) -> None:
        """Take the provider that the process has now."""
        self._tracer = trace.get_tracer(SCOPE)
        self._fields = frozenset(propagate.get_global_textmap().fields)
        self._headers = frozenset(name.lower().encode() for name in self._fields)

    def call_begins(self, call: Call) -> None:
        """Remember the context around a call; its span needs a name."""
        call.ambient = context.get_current()

    def call_is_known(self, call: Call) -> None:
        """Begin the span of a call."""
        if call.kind == "mcp":
            call.span = self._mcp_span(call)
        elif call.kind in KINDS:
            call.span = self._http_span(call, call.operation.target)
        if call.span is not None:
            context.attach(trace.set_span_in_context(call.span))

    def call_ends(self, call: Call) -> None:
        """End the span of a call; one that no route or tool got has a short one."""
        if call.span is None:
            if call.kind not in KINDS:
                return
            call.span = self._http_span(call, _own_path(call))
            _end_http(call)
        elif call.kind == "mcp":
            _end_mcp(call)
        else:
            _end_http(call)
        # Another task may have attached the span, so there is nothing to detach.
        context.attach(call.ambient)

    def step_begins(self, step: Step) -> None:
        """Begin the span of a step, inside that of the call."""
        step.ambient = context.get_current()
        attributes: Attributes = {"naftiko.step.type": step.kind}
        if step.name:
            attributes["naftiko.step.name"] = step.name
        if step.namespace:
            attributes["naftiko.namespace"] = step.namespace
        name = f"step.{step.kind} {step.name}".rstrip()
        step.span = self._tracer.start_span(name, attributes=attributes)
        context.attach(trace.set_span_in_context(step.span))

    def step_ends(self, step: Step) -> None:
        """End the span of a step."""
        error = CANCELLED if step.fault == "CancelledError" else step.fault
        if not error and step.status is not None and step.status >= 400:
            error = str(step.status)
        _end(step.span, error)
        context.attach(step.ambient)

    def request_begins(self, request: UpstreamRequest) -> None:
        """Begin the span of a request, and tell the upstream of it if that is asked."""
        method, name = _method(request.method)
        attributes: Attributes = {
            "http.request.method": method,
            "server.address": request.host,
            "server.port": request.port,
        }
        request.span = self._tracer.start_span(
            name, kind=SpanKind.CLIENT, attributes=attributes
        )
        if self._propagation:
            request.headers = (_passed_on(request.span, self._propagation),)

    def request_ends(self, request: UpstreamRequest) -> None:
        """End the span of a request."""
        status, failure = request.status, request.failure
        if status is None:
            failure = failure or Failure.OTHER
        else:
            request.span.set_attribute("http.response.status_code", status)
        refusal = str(status) if status is not None and status >= 400 else ""
        _end(request.span, failure or refusal)

    def _http_span(self, call: Call, route: str) -> Span:
        scope = call.scope or {}
        method, name = _method(scope.get("method") or call.operation.method)
        attributes: Attributes = {
            "http.request.method": method,
            "url.scheme": scope.get("scheme", "http"),
            "network.protocol.version": scope.get("http_version", "1.1"),
        }
        if route:
            attributes["http.route"] = route
            name = f"{name} {route}"
        return self._tracer.start_span(
            name,
            self._caller(call),
            SpanKind.SERVER,
            attributes,
            start_time=_start(call),
        )

    def _mcp_span(self, call: Call) -> Span:
        operation, caller = call.operation, self._caller(call)
        links: list[Link] = []
        parent = self._extract(operation.meta or {})
        if parent is not None and caller is not None:
            links = [Link(trace.get_current_span(caller).get_span_context())]
        attributes = _mcp_attributes(operation)
        if call.scope is None:
            attributes["network.transport"] = "pipe"
        else:
            attributes["network.transport"] = "tcp"
            attributes["network.protocol.name"] = "http"
            attributes["network.protocol.version"] = call.scope["http_version"]
        return self._tracer.start_span(
            _mcp_name(operation),
            parent or caller,
            SpanKind.SERVER,
            attributes,
            links,
            _start(call),
        )

    def _caller(self, call: Call) -> Context | None:
        """Return the context that the headers of a request name, if they do."""
        fields: Iterable[tuple[bytes, bytes]] = (
            call.scope["headers"] if call.scope else ()
        )
        carrier = {
            name.decode(): value.decode("latin-1")
            for name, value in fields
            if name in self._headers
        }
        return self._extract(carrier) if carrier else None

    def _extract(self, carrier: Mapping[str, Any]) -> Context | None:
        if not carrier or self._fields.isdisjoint(carrier):
            return None
        fields = {
            name: text
            for name, text in carrier.items()
            if isinstance(text, str) and len(text) <= LONGEST_FIELD
        }
        caller = propagate.extract(fields)
        is_valid = trace.get_current_span(caller).get_span_context().is_valid
        return caller if is_valid else None


def _start(call: Call) -> int:
    """Return when a call began, in nanoseconds since 1970."""
    return time.time_ns() - int(call.seconds * 1e9)


def _method(method: str) -> tuple[str, str]:
    """Return a method of HTTP as attributes have it, and as names of spans have it."""
    return (method, method) if method in METHODS else (OTHER, "HTTP")


def _own_path(call: Call) -> str:
    """Return the path of an adapter's own page, or of MCP, as the adapter spells it."""
    is_own = call.kind == "mcp" and call.operation.target == "/mcp"
    has_route = call.scope is not None and "route" in call.scope
    return call.operation.target if is_own or has_route else ""


def _mcp_name(operation: CalledOperation) -> str:
    if operation.method == UNKNOWN_METHOD:
        return OTHER
    if operation.target in ("", UNKNOWN_TOOL):
        return operation.method
    return f"{operation.method} {operation.target}"


def _mcp_attributes(operation: CalledOperation) -> Attributes:
    """Return the attributes that the SDK's own spans have."""
    method, identity = operation.method, str(operation.request_id)
    attributes: Attributes = {
        "mcp.method.name": OTHER if method == UNKNOWN_METHOD else method,
        "mcp.protocol.version": operation.protocol,
    }
    if operation.request_id is not None and PLAIN_ID.fullmatch(identity):
        attributes["jsonrpc.request.id"] = identity
    if method == "tools/call":
        attributes["gen_ai.operation.name"] = "execute_tool"
    if method in NAMED and operation.target not in ("", UNKNOWN_TOOL):
        attributes[NAMED[method]] = operation.target
    return attributes


def _end_http(call: Call) -> None:
    error = call.fault
    if call.status is None:
        error = error or CANCELLED
    else:
        call.span.set_attribute("http.response.status_code", call.status)
        if not error and call.status >= 500:
            error = str(call.status)
    _end(call.span, error)


def _end_mcp(call: Call) -> None:
    status = INTERNAL_ERROR if call.fault else call.status
    if status is None:
        _end(call.span, CANCELLED)
    elif status < 0:
        call.span.set_attribute("rpc.response.status_code", str(status))
        _end(call.span, str(status))
    else:
        _end(call.span, "tool_error" if status >= 400 else "")


def _end(span: Span, error: str) -> None:
    if error:
        span.set_attribute("error.type", error)
        span.set_status(StatusCode.ERROR)
    span.end()


def _passed_on(span: Span, propagation: str) -> tuple[str, str]:
    """Return the header that names a span; callers' own headers aren't passed on."""
    own = span.get_span_context()
    identity = f"{own.trace_id:032x}-{own.span_id:016x}"
    if propagation == "b3":
        return "b3", f"{identity}-{own.trace_flags & SAMPLED}"
    return "traceparent", f"00-{identity}-{own.trace_flags:02x}"


# --- the provider of spans ------------------------------------------------------------


def trace_calls(
    service: str,
    version: str,
    propagation: str,
    exporters: Iterable[str],
    env: Mapping[str, str],
) -> AbstractContextManager[None] | None:
    """Observe calls, and return the context of serving, or None without traces.

    The process may have a provider of spans. Otherwise the context builds one with
    these exporters, in each worker, because its thread wouldn't survive a fork.
    `propagation` is the one of `Traces`. Raises StartError when the context is entered,
    if the provider can't be built.
    """
    provide: Callable[[], Provider] | None = trace.get_tracer_provider
    if not _has_provider():
        provide = _builder(service, version, exporters, env) if exporters else None
    if provide is None:
        return None
    traces = Traces(propagation)
    # The first, so that the others find the span of a call that nobody got.
    OBSERVERS.insert(0, traces)
    return _providing(provide, traces.start)


@contextmanager
def _providing(
    provide: Callable[[], Provider], start: Callable[[], None]
) -> Iterator[None]:
    try:
        provider = provide()
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        fault = f"the exporter of traces can't be built ({type(error).__name__})"
        raise StartError(f"{fault}: check the variables OTEL_*") from None
    start()
    try:
        yield
    finally:
        flush(provider)


def flush_present() -> None:
    """Export the spans that wait, if the process has a provider."""
    if _has_provider():
        flush(trace.get_tracer_provider())


def flush(provider: Provider) -> None:
    """Export the spans that wait, for some seconds at most."""
    # Not every provider has the method, and an exporter may wait for longer.
    export = getattr(provider, "force_flush", lambda: None)
    thread = threading.Thread(target=export, name="last-spans", daemon=True)
    thread.start()
    thread.join(FLUSH_SECONDS)


def _has_provider() -> bool:
    """Return whether something has set a provider of spans in this process."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def _builder(
    service: str, version: str, names: Iterable[str], env: Mapping[str, str]
) -> Callable[[], Provider] | None:
    """Return the function that builds a provider, if all its exporters are there."""
    try:
        exporters = [_exporter(name, env) for name in names]
        sdk = import_module("opentelemetry.sdk.trace")
    except (ImportError, LookupError) as error:
        LOG.warning("calls aren't traced: %s", _missing(error))
        return None
    resource = _resource({"service.name": service, "service.version": version})

    def build() -> Provider:
        provider = sdk.TracerProvider(resource=resource, shutdown_on_exit=False)
        batch = import_module("opentelemetry.sdk.trace.export").BatchSpanProcessor
        for exporter in exporters:
            provider.add_span_processor(batch(exporter()))
        trace.set_tracer_provider(provider)
        return provider

    return build


def _missing(error: ImportError | LookupError) -> str:
    if isinstance(error, ImportError):
        return "variables ask for traces, and opentelemetry-sdk isn't installed"
    return f"no installed distribution has the exporter {error.args[0]}"


def _exporter(name: str, env: Mapping[str, str]) -> Callable[[], Any]:
    """Return the class of an exporter; raises LookupError if it isn't installed."""
    if name == "console":
        console = import_module("opentelemetry.sdk.trace.export").ConsoleSpanExporter
        # Standard output may be the way to an MCP client.
        return lambda: console(out=sys.stderr)
    if name == "otlp":
        name = _protocol(env)
    for point in entry_points(group="opentelemetry_traces_exporter", name=name):
        exporter: Callable[[], Any] = point.load()
        return exporter
    raise LookupError(name)


def _protocol(env: Mapping[str, str]) -> str:
    variables = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    name = next(filter(None, map(env.get, variables)), "http/protobuf")
    return PROTOCOLS.get(name, name)


def _resource(own: dict[str, str]) -> Any:
    """Return the resource of all spans; variables override its own attributes."""
    resources = import_module("opentelemetry.sdk.resources")
    variables = resources.OTELResourceDetector().detect()
    return resources.Resource.create().merge(resources.Resource(own)).merge(variables)
