"""Forward targets: the APIs to which routes pass requests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.language import models

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.resolve.namespaces import UpstreamNames

ForwardTargets = Mapping[models.Forward, models.Consumes]
"""The consumed API of each forward."""


def forward_targets(
    capability: models.Capability, names: UpstreamNames, report: Report
) -> dict[models.Forward, models.Consumes]:
    """Return the API of each forward; those without exactly one are reported."""
    targets: dict[models.Forward, models.Consumes] = {}
    for forward in _forwards(capability.exposes):
        blocks = {
            names.of_block(block): block
            for block in reversed(capability.consumes)
            if block.namespace == forward.namespace
        }
        if len(blocks) == 1:
            targets[forward] = next(iter(blocks.values()))
            continue
        message = f"no consumes block has the namespace {quote(forward.namespace)}"
        if blocks:
            message = f"{quote(forward.namespace)} is the namespace of several APIs"
        span = forward.node.value_span("targetNamespace")
        report.add(Code.UNUSABLE_FORWARD, message, span)
    return targets


def _forwards(adapters: Sequence[models.Adapter]) -> Iterator[models.Forward]:
    for adapter in adapters:
        if isinstance(adapter, models.Rest):
            forwards = (resource.forward for resource in adapter.resources)
            yield from (forward for forward in forwards if forward is not None)
