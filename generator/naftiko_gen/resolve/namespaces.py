"""Namespaces of adapters and consumes blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.language import models


def check_namespaces(capability: models.Capability, report: Report) -> None:
    """Report namespaces that two adapters, or two consumes blocks, share.

    A skill's reference reaches the first of such adapters. A call reaches all blocks,
    since their operations differ.
    """
    adapters = [(model.namespace, model.node) for model in capability.exposes]
    blocks = [(model.namespace, model.node) for model in capability.consumes]
    for holders, code, fault in (
        (adapters, Code.DUPLICATE_NAMESPACE, "is taken by another adapter"),
        (blocks, Code.MERGED_NAMESPACE, "has several blocks, which are merged"),
    ):
        spans: dict[str, Span] = {}
        for namespace, node in holders:
            span = node.value_span("namespace")
            # An import of several blocks gives all of them its own name, at one span.
            if spans.setdefault(namespace, span) != span:
                message = f"the namespace {quote(namespace)} {fault}"
                report.add(code, message, span)


@dataclass(frozen=True)
class UpstreamNames:
    """Names of the upstreams of consumes blocks.

    Blocks with equal namespace, address and credential share an upstream. The first
    upstream of a namespace has its name; a number is appended for the others.
    """

    names: dict[models.Consumes, str]

    @classmethod
    def of(cls, consumed: Sequence[models.Consumes]) -> UpstreamNames:
        """Name the upstreams of a spec."""
        namespaces = {block.namespace for block in consumed}
        sources: dict[str, tuple[str, str]] = {}
        names = {}
        for block in consumed:
            name, number, source = block.namespace, 1, _source(block)
            while sources.get(name, source) != source or (
                number > 1 and name in namespaces
            ):
                number += 1
                name = f"{block.namespace}-{number}"
            sources[name] = source
            names[block] = name
        return cls(names)

    def of_block(self, block: models.Consumes) -> str:
        """Return the name of a block's upstream."""
        return self.names[block]


def _source(block: models.Consumes) -> tuple[str, str]:
    """Return the address and the credential of a block's requests."""
    credential = block.node.get("authentication")
    return block.base_uri.rstrip("/"), repr(credential.plain() if credential else None)
