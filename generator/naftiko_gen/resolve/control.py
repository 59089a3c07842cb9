"""Control adapters, and their keys without an effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.language import models

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.resolve.guards import GuardResolver
    from naftiko_gen.syntax.tree import Mapping, Node

_PAGES = {"reload": "/config/reload", "validate": "/config/validate", "logs": "/logs"}
"""The keys of pages that no engine has."""
_OBSERVED = ("metrics", "traces", "exporters")


def control_adapters(
    adapters: Sequence[models.Adapter],
    guards: GuardResolver,
    language: str,
    report: Report,
) -> Iterator[ir.ControlAdapter]:
    """Yield the control adapters, and report their keys that have no effect.

    `language` is the version of the language that the spec states.
    """
    for adapter in adapters:
        if isinstance(adapter, models.Control):
            _note_unobserved(adapter, report)
            _note_statements(adapter, report)
            management = adapter.management
            yield ir.ControlAdapter(
                adapter.namespace,
                adapter.port,
                management is None or management.health,
                management is not None and management.info,
                guards.guard(adapter),
                language,
            )


def _note_unobserved(adapter: models.Control, report: Report) -> None:
    management, observability = adapter.management, adapter.observability
    if management is not None:
        for key, path in _PAGES.items():
            if _is_on(management.node.get(key)):
                message = f"the package has no {path}: {quote(key)} has no effect"
                _note(management.node, key, message, report)
    if observability is not None and observability.enabled:
        keys = [key for key in _OBSERVED if key in observability.node]
        for key in keys:
            message = f"the package observes no calls: {quote(key)} has no effect"
            _note(observability.node, key, message, report)
        if not keys:
            message = "the package observes no calls: 'observability' has no effect"
            _note(adapter.node, "observability", message, report)


def _note_statements(adapter: models.Control, report: Report) -> None:
    management = adapter.management
    scripting = management.scripting if management else None
    if scripting is not None and scripting.most_statements is not None:
        message = (
            "'statementLimit' has no effect: scripts have limits of time and memory"
        )
        _note(scripting.node, "statementLimit", message, report)


def _is_on(node: Node | None) -> bool:
    return node is not None and node.plain() not in (None, False)


def _note(node: Mapping, key: str, message: str, report: Report) -> None:
    report.add(Code.NOT_OBSERVED, message, node.key_span(key))
