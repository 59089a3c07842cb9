"""Select the declarations of a file that an import names, and rename them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import nearest, quote
from naftiko_gen.imports.openapi_detection import NAMES
from naftiko_gen.imports.shared import Section
from naftiko_gen.syntax.tree import Mapping, Scalar

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.imports.offers import Offer


def select(
    entry: Mapping, section: Section, offers: tuple[Offer, ...], report: Report
) -> tuple[Offer, ...]:
    """Return the declarations that an import names, or none after reporting why."""
    if not offers:
        message = f"{_file(entry)} declares no {section.noun} to import"
        report.add(Code.UNKNOWN_IMPORT, message, entry.value_span("location"))
        return ()
    selection = _choose(entry, section, offers, report)
    if "as" in entry and not _may_rename(entry, section, selection, report):
        return ()
    entries = (_describe(entry, _rename(entry, offer, "as")) for offer in selection)
    return tuple(replace(offer, entry=entry) for offer in entries)


def assumed_name(entry: Mapping, offers: tuple[Offer, ...]) -> str | None:
    """Return the name of a file's only API if the import has another namespace."""
    namespace = entry.text("namespace")
    if "import" in entry or namespace is None or len(offers) != 1:
        return None
    return offers[0].namespace if offers[0].namespace != namespace else None


def _may_rename(
    entry: Mapping, section: Section, selection: tuple[Offer, ...], report: Report
) -> bool:
    """Return whether the declarations can have another name, or report why not."""
    message = None
    if len({offer.namespace for offer in selection}) > 1:
        message = (
            f"'as' can't name the {len(selection)} {section.noun}s of {_file(entry)}"
        )
    if any(_is_control(offer) for offer in selection):
        message = "a control adapter can't have another name: nothing refers to it"
    if message is not None:
        report.add(Code.UNKNOWN_IMPORT, message, entry.key_span("as"))
    return message is None


def _is_control(offer: Offer) -> bool:
    node = offer.node
    return (
        offer.section is Section.EXPOSES
        and isinstance(node, Mapping)
        and node.text("type") == "control"
    )


def _choose(
    entry: Mapping, section: Section, offers: tuple[Offer, ...], report: Report
) -> tuple[Offer, ...]:
    """Return the declarations that the entry names; all APIs if it names none."""
    key = next((key for key in NAMES if key in entry), None)
    if key is None:
        return offers
    namesakes = tuple(offer for offer in offers if offer.namespace == entry.text(key))
    if namesakes:
        return namesakes
    if key == "namespace" and len(offers) == 1 and section is Section.CONSUMES:
        return (_assume(entry, offers[0], report),)
    _report_unknown(entry, key, section, offers, report)
    return ()


def _assume(entry: Mapping, only: Offer, report: Report) -> Offer:
    """Return the only API of a file under the namespace of the import."""
    message = (
        f"{_file(entry)} has no {quote(entry.text('namespace'))}; its only API,"
        f" {quote(only.namespace)}, is imported under that name"
    )
    report.add(Code.IMPORT_NAMESPACE, message, entry.value_span("namespace"))
    return _rename(entry, only, "namespace")


def _report_unknown(
    entry: Mapping,
    key: str,
    section: Section,
    offers: tuple[Offer, ...],
    report: Report,
) -> None:
    value = entry.get(key)
    names = [offer.namespace for offer in offers if offer.namespace]
    near = nearest(entry.text(key) or "", names)
    known_names = ", ".join(quote(name) for name in names[:8])
    kind = "" if section is Section.CONSUMES else f"{section.noun} "
    name = quote(value.plain() if value else None)
    message = f"{_file(entry)} declares no {kind}{name}"
    hint = f"did you mean {quote(near)}?" if near else f"it declares {known_names}"
    if not names:
        hint = f"its {section.noun} at line {offers[0].node.span.line} has no namespace"
    report.add(Code.UNKNOWN_IMPORT, message, entry.value_span(key), hint)


def _rename(entry: Mapping, offer: Offer, key: str) -> Offer:
    """Give a declaration the name in the entry, with the span of that name."""
    name = entry.get(key)
    if not isinstance(name, Scalar) or not isinstance(offer.node, Mapping):
        return offer
    return replace(offer, node=offer.node.put("namespace", name))


def _describe(entry: Mapping, offer: Offer) -> Offer:
    description = entry.get("description")
    if description is None or not isinstance(offer.node, Mapping):
        return offer
    return replace(offer, node=offer.node.put("description", description))


def _file(entry: Mapping) -> str:
    return quote(entry.text("location"))
