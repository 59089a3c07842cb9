"""Traces: a generated server whose calls are traced, beside one whose calls aren't."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from . import rest, tools
from .contest import Contest, Contestant
from .contestants import Field
from .guards import short_reads, with_variables

VARIANTS: Mapping[str, Mapping[str, str]] = {
    "untraced": {"OTEL_SDK_DISABLED": "true"},
    "API, no SDK": {},
    "SDK, exporter none": {"OTEL_TRACES_EXPORTER": "none"},
    "SDK that samples nothing": {
        "OTEL_PYTHON_TRACER_PROVIDER": "sdk_tracer_provider",
        "OTEL_TRACES_SAMPLER": "always_off",
    },
    "SDK that discards spans": {"OTEL_PYTHON_TRACER_PROVIDER": "sdk_tracer_provider"},
}


def contests(field: Field, directory: Path) -> Iterator[Contest]:
    """Return the contests of REST and MCP."""
    for adapter, subject in (
        ("rest", rest.contest(field, directory)),
        ("mcp", tools.contest(field, directory)),
    ):
        start = field.start_generated(adapter)
        contestants = [
            Contestant(name, with_variables(variables, start))
            for name, variables in VARIANTS.items()
        ]
        yield Contest(f"{subject.name}, traced", contestants, short_reads(subject))
