"""A collector of spans: OTLP over HTTP, kept in memory."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from http_upstream import Handler, serving
from waiting import eventually

OTLP: Any = pytest.importorskip(
    "opentelemetry.proto.collector.trace.v1.trace_service_pb2"
)
pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
KINDS = {1: "internal", 2: "server", 3: "client"}


@dataclass(frozen=True)
class Span:
    """A span; `text` is all that was sent of it."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str
    links: tuple[str, ...]
    is_error: bool
    attributes: Mapping[str, str | int]
    service: str
    text: str

    @property
    def error(self) -> str | int:
        return self.attributes.get("error.type", "")


@dataclass
class Collector:
    """The spans that it has received so far."""

    url: str
    spans: list[Span] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, str]:
        """Return the environment of a package that is traced."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.url,
            "OTEL_BSP_SCHEDULE_DELAY": "50",
        }

    def take(self, count: int) -> list[Span]:
        """Wait for this number of spans and forget them, in the order of their ends."""
        eventually(lambda: len(self.spans) >= count)
        spans, self.spans[:] = self.spans[:], []
        assert len(spans) == count, [span.name for span in spans]
        return spans


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector until the end of the block."""

    class Spans(Handler):
        def do_POST(self) -> None:
            request = OTLP.ExportTraceServiceRequest.FromString(self.content())
            spans = _spans(request)
            # The first requests of `running` only see that a package has started.
            collector.spans += (
                span for span in spans if not span.name.startswith("OPTIONS")
            )
            self.answer(200)

    with serving(Spans) as url:
        collector = Collector(url)
        yield collector


def _spans(request: Any) -> Iterator[Span]:
    for resource in request.resource_spans:
        service = _attributes(resource.resource)["service.name"]
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    span.name,
                    KINDS[span.kind],
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    tuple(link.span_id.hex() for link in span.links),
                    span.status.code == 2,
                    _attributes(span),
                    str(service),
                    str(span),
                )


def _attributes(owner: Any) -> dict[str, str | int]:
    return {
        attribute.key: getattr(attribute.value, attribute.value.WhichOneof("value"))
        for attribute in owner.attributes
    }
