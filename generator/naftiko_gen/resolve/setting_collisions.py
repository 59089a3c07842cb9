"""Environment variables that would be two settings of a generated package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.language.package_settings import BASE_URI, LISTENER, PACKAGE
from naftiko_gen.resolve.namespaces import UpstreamNames

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from naftiko_gen import ir
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.language import models


def report_collisions(
    document: models.Spec,
    variables: Sequence[ir.Variable],
    slug: str,
    report: Report,
) -> None:
    """Report environment variables that would set two settings."""
    owners = {variable.name: "the spec's variables" for variable in variables}
    rivals = set()
    for name, owner, span in (
        *_file_settings(document, variables),
        *_own_settings(document, slug),
    ):
        rival = owners.get(name, owner)
        # Equal namespaces of adapters have a diagnostic of their own.
        if rival != owner and (rival, owner) not in rivals:
            rivals.add((rival, owner))
            message = f"{name} is a setting of both {owner} and {rival}"
            report.add(Code.SETTING_COLLISION, message, span)
        owners.setdefault(name, owner)


def _file_settings(
    document: models.Spec, variables: Iterable[ir.Variable]
) -> Iterator[tuple[str, str, Span]]:
    """Yield the variables that name files of values."""
    files = (variable.file for variable in variables)
    span = document.node.value_span("binds")
    for file in dict.fromkeys(file for file in files if file is not None):
        yield file.variable, f"the file {quote(file.path)}", span


def _own_settings(document: models.Spec, slug: str) -> Iterator[tuple[str, str, Span]]:
    """Yield the package's settings: the name, its owner, and the span to report."""
    for setting in PACKAGE:
        yield setting.variable(slug), "the package", document.node.span
    names = UpstreamNames.of(document.capability.consumes)
    for consumes in document.capability.consumes:
        span = consumes.node.value_span("namespace")
        name = names.of_block(consumes)
        yield BASE_URI.variable(name), f"the upstream {quote(name)}", span
    for adapter in document.capability.exposes:
        if adapter.type == "skill" and adapter.port is None:
            continue
        span = adapter.node.value_span("namespace")
        owner = f"the adapter {quote(adapter.namespace)}"
        for setting in LISTENER:
            yield setting.variable(adapter.namespace), owner, span
