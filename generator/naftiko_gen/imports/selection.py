"""Select the APIs of a file that an import names, and rename them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import nearest, shown
from naftiko_gen.imports.openapi_detection import NAMES
from naftiko_gen.syntax.tree import Mapping, Node, Scalar

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report


@dataclass(frozen=True)
class Offer:
    """An API that can be imported: its node, its file, and its index in there."""

    node: Node
    file: str
    index: int

    @property
    def namespace(self) -> str | None:
        """Return the namespace of the API."""
        return self.node.text("namespace") if isinstance(self.node, Mapping) else None

    @property
    def key(self) -> tuple[str, int, str | None]:
        """Return the identity of the API: equal for equal offers."""
        return self.file, self.index, self.namespace


def select(
    entry: Mapping, offers: tuple[Offer, ...], report: Report
) -> tuple[Offer, ...]:
    """Return the APIs that an import names, or none after reporting why."""
    if not offers:
        message = f"{_file(entry)} declares no API to import"
        report.add(Code.UNKNOWN_IMPORT, message, entry.value_span("location"))
        return ()
    chosen = _choose(entry, offers, report)
    if "as" in entry and len({offer.namespace for offer in chosen}) > 1:
        message = f"'as' can't name the {len(chosen)} APIs of {_file(entry)}"
        report.add(Code.UNKNOWN_IMPORT, message, entry.key_span("as"))
        return ()
    return tuple(_describe(entry, _rename(entry, offer, "as")) for offer in chosen)


def assumed_name(entry: Mapping, offers: tuple[Offer, ...]) -> str | None:
    """Return the name of a file's only API if the import has another namespace."""
    namespace = entry.text("namespace")
    if "import" in entry or namespace is None or len(offers) != 1:
        return None
    return offers[0].namespace if offers[0].namespace != namespace else None


def _choose(
    entry: Mapping, offers: tuple[Offer, ...], report: Report
) -> tuple[Offer, ...]:
    """Return the APIs that the entry names; all of them if it names none."""
    key = next((key for key in NAMES if key in entry), None)
    if key is None:
        return offers
    named = tuple(offer for offer in offers if offer.namespace == entry.text(key))
    if named:
        return named
    if key == "namespace" and len(offers) == 1:
        return (_assume(entry, offers[0], report),)
    _report_unknown(entry, key, offers, report)
    return ()


def _assume(entry: Mapping, only: Offer, report: Report) -> Offer:
    """Return the only API of a file under the namespace of the import."""
    message = (
        f"{_file(entry)} has no {shown(entry.text('namespace'))}; its only API,"
        f" {shown(only.namespace)}, is imported under that name"
    )
    report.add(Code.IMPORT_NAMESPACE, message, entry.value_span("namespace"))
    return _rename(entry, only, "namespace")


def _report_unknown(
    entry: Mapping, key: str, offers: tuple[Offer, ...], report: Report
) -> None:
    value = entry.get(key)
    names = [offer.namespace for offer in offers if offer.namespace]
    near = nearest(entry.text(key) or "", names)
    listed = ", ".join(shown(name) for name in names[:8])
    message = f"{_file(entry)} declares no {shown(value.plain() if value else None)}"
    hint = f"did you mean {shown(near)}?" if near else f"it declares {listed}"
    report.add(Code.UNKNOWN_IMPORT, message, entry.value_span(key), hint)


def _rename(entry: Mapping, offer: Offer, key: str) -> Offer:
    """Give an API the name in the entry, with the span of that name."""
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
    return shown(entry.text("location"))
