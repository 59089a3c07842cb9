"""The metrics of a package: the number of series and the labels that a spec decides."""

from collections.abc import Iterable
from itertools import product
from pathlib import Path

import pytest
from documents import capability

from naftiko_gen.emit.package.command import metric_labels, metric_series
from naftiko_gen.ir import Capability
from naftiko_runtime.errors import Failure
from naftiko_runtime.observing import metrics
from naftiko_runtime.observing.calls import (
    Call,
    CalledOperation,
    Observer,
    Step,
    UpstreamRequest,
)
from naftiko_runtime.observing.metrics import METHODS, Recorder, Scrape

SPEC = Path(__file__).parents[1] / "behaviour" / "metrics.yaml"
STATUSES = (None, 101, 200, 302, 404, 500, 502, 503, 504, 507)
RPC_STATUSES = (*STATUSES, -32700, -32600, -32601, -32602, -32603, -1, -99999)
STRANGE = ("BREW", *METHODS)


def end(observer: Observer, call: Call) -> None:
    observer.call_begins(call)
    observer.call_ends(call)


def call_of(
    kind: str, adapter: str, method: str, target: str, status: int | None, response: int
) -> Call:
    call = Call(kind, adapter, CalledOperation(method, target), {"method": "POST"})
    call.status, call.is_known = status, bool(target) or "/" in method
    call.response = None if status is None else response
    return call


def record_calls(spec: Capability, observer: Observer) -> None:
    """Record each call that clients can make of a package, with each ending."""
    [rest], [mcp] = spec.rest, spec.mcp
    for status in STATUSES:
        for route in rest.routes:
            path = "".join(str(part) for part in route.path)
            end(observer, call_of("rest", "r", route.method, path, status, status or 0))
        for method in STRANGE:
            for kind, adapter in (("rest", "r"), ("mcp", "m")):
                end(observer, call_of(kind, adapter, method, "", status, status or 0))
    for status in RPC_STATUSES:
        for response in (101, 200, 302, 404, 500):
            for tool in (*(tool.name for tool in mcp.tools), "(unknown tool)"):
                end(observer, call_of("mcp", "m", "tools/call", tool, status, response))
            for number in range(19):
                method = f"things/{number}"
                end(observer, call_of("mcp", "m", method, "", status, response))


def record_requests(methods: Iterable[str], observer: Observer) -> None:
    """Record steps, and requests to a known and an unknown host, with each ending."""
    endings = (*product(STATUSES, (None,)), *product((None, 200), Failure))
    hosts = ("h0", "an unknown host")
    for host, method, (status, failure) in product(hosts, methods, endings):
        request = UpstreamRequest(method, host, 443, None, status=status)
        request.failure = failure
        observer.request_begins(request)
        observer.request_ends(request)
    for kind in ("call", "lookup", "script"):
        for namespace in ("", "h0"):
            observer.step_ends(Step(kind, "name", namespace))


def test_calls_make_no_more_series_than_the_compiler_tells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metrics, "HOSTS", {"h0"})
    spec = capability(SPEC.read_text("utf-8"))
    record_calls(spec, recorder := Recorder())
    labels = metric_labels(spec)
    scrape = Scrape(spec.label, labels, lambda: True, recorder.registry)
    methods = {operation.method for operation in spec.operations}
    record_requests(methods, recorder)
    own = ("naftiko_", "http_", "mcp_")
    samples = [
        (sample.name, *sample.labels.values())
        for metric in scrape.collect()
        if metric.name.startswith(own)
        for sample in metric.samples
    ]
    assert len(set(samples)) == len(samples)
    most = metric_series(spec)
    assert most * 0.8 < len(samples) <= most


def test_tags_of_a_name_and_a_value_are_labels() -> None:
    spec = capability(SPEC.read_text("utf-8"))
    assert metric_labels(spec) == {"tag_team": "search", "tag_cost_centre": "42"}
