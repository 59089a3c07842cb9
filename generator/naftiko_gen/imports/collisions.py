"""Namespaces that an import shares with another declaration of the spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.imports.shared import Section

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.imports.offers import Offer


def report_collisions(offers: Iterable[Offer], spec: str, report: Report) -> None:
    """Report imports whose namespaces are taken; `spec` is the name of the spec.

    Two APIs of one name are merged, unless `as` gives one of them its name.
    """
    by_namespace: dict[str, Offer] = {}
    for offer in offers:
        if offer.namespace is None:
            continue
        other = by_namespace.setdefault(offer.namespace, offer)
        if other.origin != offer.origin and _collide(offer, other):
            _report(offer, other, spec, report)


def _collide(offer: Offer, other: Offer) -> bool:
    imports = [side.entry for side in (offer, other) if side.entry is not None]
    if offer.section is Section.CONSUMES:
        # An import of several blocks gives all of them its own name.
        is_one_import = offer.entry is not None and offer.entry is other.entry
        return not is_one_import and any("as" in entry for entry in imports)
    return bool(imports)


def _report(offer: Offer, other: Offer, spec: str, report: Report) -> None:
    last, first = (other, offer) if offer.entry is None else (offer, other)
    place = _place(first, spec)
    message = (
        f"{quote(last.namespace)} is the namespace of another {last.section.noun}"
        f" already, at {place}"
    )
    report.add(Code.IMPORT_COLLISION, message, _name_span(last))


def _name_span(offer: Offer) -> Span:
    """Return the place of a declaration's name: in the import, if one gives it."""
    entry = offer.entry
    if entry is None:
        return offer.node.span
    key = next(
        (key for key in ("as", "import", "namespace") if key in entry), "location"
    )
    return entry.value_span(key)


def _place(offer: Offer, spec: str) -> str:
    span = _name_span(offer)
    file = span.origin.file if span.origin else spec
    return f"{file}:{span.line}"
