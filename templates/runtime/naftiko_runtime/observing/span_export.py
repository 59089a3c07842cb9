"""Whether calls are traced, and the provider that keeps and exports the spans."""

import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from ..errors import StartError
from .calls import OBSERVERS

PROTOCOLS = {"grpc": "otlp_proto_grpc", "http/protobuf": "otlp_proto_http"}
FLUSH_SECONDS = 5.0
LOG = logging.getLogger(__name__)
UNTRACED = nullcontext()
"""The context of serving without traces."""

Provider = Any
"""A provider of spans, as the SDK or another library has it."""


def trace_calls(
    service: str, version: str, propagation: str, env: Mapping[str, str]
) -> AbstractContextManager[None]:
    """Observe calls if they are to be traced, and return the context of serving.

    Without traces it is UNTRACED. They are asked for if the process has a provider of
    spans, or if variables of OpenTelemetry name an exporter: then the context builds
    the provider, in each worker, because its thread wouldn't survive a fork.
    `propagation` is the one of `Traces`. Raises StartError when the context is entered,
    if the provider can't be built.
    """
    if env.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return UNTRACED
    if "OTEL_PYTHON_TRACER_PROVIDER" in env:
        with suppress(ImportError):
            import_module("opentelemetry.trace")
    provide = _present if _has_provider() else _builder(service, version, env)
    if provide is None:
        return UNTRACED
    from .traces import Traces  # imports OpenTelemetry

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
        flush(_present())


def flush(provider: Provider) -> None:
    """Export the spans that wait, for some seconds at most."""
    # Not every provider has the method, and an exporter may wait for longer.
    export = getattr(provider, "force_flush", lambda: None)
    thread = threading.Thread(target=export, name="last-spans", daemon=True)
    thread.start()
    thread.join(FLUSH_SECONDS)


def _has_provider() -> bool:
    """Return whether something has set a provider of spans in this process."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return False
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def _present() -> Provider:
    return import_module("opentelemetry.trace").get_tracer_provider()


def _builder(
    service: str, version: str, env: Mapping[str, str]
) -> Callable[[], Provider] | None:
    """Return the function that builds a provider, if an exporter is named and there."""
    names = _exporters(env)
    try:
        exporters = [_exporter(name, env) for name in names]
        sdk = import_module("opentelemetry.sdk.trace") if names else None
    except (ImportError, LookupError) as error:
        LOG.warning("calls aren't traced: %s", _missing(error))
        return None
    if sdk is None:
        return None
    resource = _resource({"service.name": service, "service.version": version})

    def build() -> Provider:
        provider = sdk.TracerProvider(resource=resource, shutdown_on_exit=False)
        batch = import_module("opentelemetry.sdk.trace.export").BatchSpanProcessor
        for exporter in exporters:
            provider.add_span_processor(batch(exporter()))
        import_module("opentelemetry.trace").set_tracer_provider(provider)
        return provider

    return build


def _missing(error: ImportError | LookupError) -> str:
    if isinstance(error, ImportError):
        return "variables ask for traces, and opentelemetry-sdk isn't installed"
    return f"no installed distribution has the exporter {error.args[0]}"


def _exporters(env: Mapping[str, str]) -> list[str]:
    """Return the names of exporters, as the SDK reads them; OTLP for an endpoint."""
    endpoints = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    usual = "otlp" if any(map(env.get, endpoints)) else "none"
    names = (env.get("OTEL_TRACES_EXPORTER") or usual).split(",")
    return [name.strip() for name in names if name.strip() not in ("", "none")]


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
