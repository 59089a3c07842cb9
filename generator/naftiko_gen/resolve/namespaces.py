"""The namespaces of a document: whose they are, and what several blocks share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.language import models


def check_namespaces(capability: models.Capability, report: Report) -> None:
    """Report the namespaces that two adapters, or two consumes blocks, share.

    Skills and routes are found by the first; calls by both, for they differ in what
    operations they have.
    """
    adapters = [(each.namespace, each.node) for each in capability.exposes]
    blocks = [(each.namespace, each.node) for each in capability.consumes]
    for holders, code, what in (
        (adapters, Code.DUPLICATE_NAMESPACE, "is taken"),
        (blocks, Code.MERGED_NAMESPACE, "has several blocks, which become one"),
    ):
        taken: dict[str, Span] = {}
        for namespace, node in holders:
            span = node.value_span("namespace")
            # An import of several blocks gives all of them the name that it says.
            if taken.setdefault(namespace, span) != span:
                message = f"the namespace {shown(namespace)} {what}"
                report.add(code, message, span)


@dataclass(frozen=True)
class UpstreamNames:
    """What the upstream of each consumes block is called.

    Blocks of one namespace that have the same address and credential are one upstream.
    Of others the first has the namespace as its name, and the next ones a number.
    """

    names: dict[models.Consumes, str]

    @classmethod
    def of(cls, consumed: Sequence[models.Consumes]) -> UpstreamNames:
        """Name the upstreams of a document."""
        namespaces = {block.namespace for block in consumed}
        taken: dict[str, tuple[str, str]] = {}
        names = {}
        for block in consumed:
            name, number, source = block.namespace, 1, _source(block)
            while taken.get(name, source) != source or (
                number > 1 and name in namespaces
            ):
                number += 1
                name = f"{block.namespace}-{number}"
            taken[name] = source
            names[block] = name
        return cls(names)

    def of_block(self, block: models.Consumes) -> str:
        """Return the name of a block's upstream."""
        return self.names[block]


def _source(block: models.Consumes) -> tuple[str, str]:
    """Return where a block's requests go, and with which credential."""
    held = block.node.get("authentication")
    return block.base_uri.rstrip("/"), repr(held.plain() if held else None)
