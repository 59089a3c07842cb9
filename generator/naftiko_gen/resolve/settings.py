"""Settings of a generated package: each is an environment variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language.names import env_name
from naftiko_gen.resolve.namespaces import UpstreamNames

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen import ir
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.language import models

_PACKAGE = (
    *("TIMEOUT", "MAX_CONCURRENCY", "MAX_CONNECTIONS", "TRUST_ENV", "ALLOW_OPEN"),
    "PARTIAL",
)
_ADAPTER = ("HOST", "PORT", "ALLOWED_HOSTS", "ALLOWED_ORIGINS")


def setting_name(*words: str) -> str:
    """Return the environment name of a setting: its words joined by underscores."""
    return env_name("_".join(words))


def report_collisions(
    document: models.Spec,
    variables: Sequence[ir.Variable],
    slug: str,
    report: Report,
) -> None:
    """Report environment variables that would set two settings."""
    taken = {variable.name: "the spec's variables" for variable in variables}
    rivals = set()
    for name, owner, span in _own_settings(document, slug):
        rival = taken.get(name, owner)
        # Equal namespaces of adapters have a diagnostic of their own.
        if rival != owner and (rival, owner) not in rivals:
            rivals.add((rival, owner))
            message = f"{name} is a setting of both {owner} and {rival}"
            report.add(Code.SETTING_COLLISION, message, span)
        taken.setdefault(name, owner)


def _own_settings(document: models.Spec, slug: str) -> Iterator[tuple[str, str, Span]]:
    """Yield the package's settings: the name, its owner, and the span to report."""
    for name in _PACKAGE:
        yield setting_name(slug, name), "the package", document.node.span
    names = UpstreamNames.of(document.capability.consumes)
    for consumes in document.capability.consumes:
        span = consumes.node.value_span("namespace")
        name = names.of_block(consumes)
        yield setting_name(name, "BASE_URI"), f"the upstream {shown(name)}", span
    for adapter in document.capability.exposes:
        if adapter.type == "skill":
            continue
        span = adapter.node.value_span("namespace")
        owner = f"the adapter {shown(adapter.namespace)}"
        for name in _ADAPTER:
            yield setting_name(adapter.namespace, name), owner, span
