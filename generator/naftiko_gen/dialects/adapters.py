"""Rules for adapters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.codes import Code
from naftiko_gen.dialects.rewriting import EXPOSES, rewrite

if TYPE_CHECKING:
    from naftiko_gen.diagnostics import Report
    from naftiko_gen.tree import Mapping


def adapter_description(tree: Mapping, report: Report) -> Mapping:
    """Keep the description of a REST adapter."""

    def change(adapter: Mapping) -> Mapping:
        kind = adapter.get("type")
        if kind is not None and kind.plain() == "rest" and "description" in adapter:
            message = "the description becomes that of the OpenAPI document"
            report.add(
                Code.ADAPTER_DESCRIPTION, message, adapter.key_span("description")
            )
        return adapter

    return rewrite(tree, EXPOSES, change)
