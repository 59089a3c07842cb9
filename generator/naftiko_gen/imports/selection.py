"""Which of a file's APIs an import means, and what they are called then."""

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
    """An API that can be imported: its declaration, and the file and place of that."""

    node: Node
    file: str
    index: int

    @property
    def namespace(self) -> str | None:
        """Return what it is called."""
        return self.node.text("namespace") if isinstance(self.node, Mapping) else None

    @property
    def key(self) -> tuple[str, int, str | None]:
        """Return what two offers have in common that are the same."""
        return self.file, self.index, self.namespace


def selected(
    entry: Mapping, offers: tuple[Offer, ...], report: Report
) -> tuple[Offer, ...]:
    """Return those that an import means, or none after reporting why."""
    if not offers:
        message = f"{_file(entry)} declares nothing that can be imported"
        report.add(Code.UNKNOWN_IMPORT, message, entry.value_span("location"))
        return ()
    found = _named(entry, offers, report)
    if "as" in entry and len({offer.namespace for offer in found}) > 1:
        message = f"'as' can't name the {len(found)} APIs of {_file(entry)}"
        report.add(Code.UNKNOWN_IMPORT, message, entry.key_span("as"))
        return ()
    return tuple(_described(entry, _renamed(entry, offer, "as")) for offer in found)


def assumed(entry: Mapping, offers: tuple[Offer, ...]) -> str | None:
    """Return what a file calls its only API if an import calls that differently."""
    wanted = entry.text("namespace")
    if "import" in entry or wanted is None or len(offers) != 1:
        return None
    return offers[0].namespace if offers[0].namespace != wanted else None


def _named(
    entry: Mapping, offers: tuple[Offer, ...], report: Report
) -> tuple[Offer, ...]:
    """Return what the entry names: with `import` that, with nothing all of them."""
    key = next((key for key in NAMES if key in entry), None)
    if key is None:
        return offers
    named = tuple(offer for offer in offers if offer.namespace == entry.text(key))
    if named:
        return named
    if key == "namespace" and len(offers) == 1:
        return (_guessed(entry, offers[0], report),)
    _report_unknown(entry, key, offers, report)
    return ()


def _guessed(entry: Mapping, only: Offer, report: Report) -> Offer:
    """Take the only API of a file for the one that is meant."""
    message = (
        f"{_file(entry)} has no {shown(entry.text('namespace'))}; what it declares,"
        f" {shown(only.namespace)}, is imported under that name"
    )
    report.add(Code.IMPORT_NAMESPACE, message, entry.value_span("namespace"))
    return _renamed(entry, only, "namespace")


def _report_unknown(
    entry: Mapping, key: str, offers: tuple[Offer, ...], report: Report
) -> None:
    wanted = entry.get(key)
    names = [offer.namespace for offer in offers if offer.namespace]
    near = nearest(entry.text(key) or "", names)
    listed = ", ".join(shown(name) for name in names[:8])
    message = f"{_file(entry)} declares no {shown(wanted.plain() if wanted else None)}"
    hint = f"did you mean {shown(near)}?" if near else f"it declares {listed}"
    report.add(Code.UNKNOWN_IMPORT, message, entry.value_span(key), hint)


def _renamed(entry: Mapping, offer: Offer, key: str) -> Offer:
    """Give an API the name that the entry says, as if it were typed there."""
    name = entry.get(key)
    if not isinstance(name, Scalar) or not isinstance(offer.node, Mapping):
        return offer
    return replace(offer, node=offer.node.put("namespace", name))


def _described(entry: Mapping, offer: Offer) -> Offer:
    description = entry.get("description")
    if description is None or not isinstance(offer.node, Mapping):
        return offer
    return replace(offer, node=offer.node.put("description", description))


def _file(entry: Mapping) -> str:
    return shown(entry.text("location"))
