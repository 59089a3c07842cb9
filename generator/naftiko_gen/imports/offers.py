"""Declarations that can be imported: selected, renamed, checked for collisions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import nearest, quote
from naftiko_gen.imports.openapi_detection import NAMES
from naftiko_gen.imports.shared import Section
from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.imports.files import Chain


@dataclass(frozen=True, eq=False)
class Home:
    """A file with declarations, and the file that imports it.

    Attributes:
        tree: The file, in the form of a capability.
        chain: The file's name, and the imports that lead to it.
        importer: The file that imports it; None if that is the spec.
    """

    tree: Mapping
    chain: Chain
    importer: Home | None


@dataclass(frozen=True)
class Offer:
    """A declaration, its place among those of its file, and its file.

    `home` is None in the spec. `entry` is the outermost import that names it.
    `own_namespace` is its namespace in its own file.
    """

    node: Node
    section: Section
    file: str
    index: int
    home: Home | None = None
    entry: Mapping | None = None
    own_namespace: str | None = None

    @property
    def namespace(self) -> str | None:
        """Return its namespace, which imports may have changed."""
        return self.node.text("namespace") if isinstance(self.node, Mapping) else None

    @property
    def origin(self) -> Origin:
        """Return the identity of the declaration, under any name."""
        return self.section, self.file, self.index

    @property
    def key(self) -> tuple[Origin, str | None]:
        """Return the identity of the import: equal for equal offers."""
        return self.origin, self.namespace


Origin = tuple["Section", str, int]


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


@dataclass
class Binds:
    """Collects the binds of imported files, once for each file."""

    report: Report
    _files: dict[str, tuple[Node, ...]] = field(default_factory=dict)

    def knows(self, file: str) -> bool:
        """Return whether the binds of a file were added."""
        return file in self._files

    def check(self, tree: Mapping) -> None:
        """Report `binds` that are no list."""
        capability = tree.get("capability")
        for holder in (tree, capability):
            binds = holder.get("binds") if isinstance(holder, Mapping) else None
            if binds is not None and _is_wrong(binds):
                self.report.add(Code.WRONG_TYPE, "'binds' must be a list", binds.span)

    def add(self, file: str, offers: Iterable[Offer]) -> None:
        """Add the names that an imported file binds."""
        self._files[file] = ()
        self._files[file] = tuple(map(place_at_import, offers))

    def merge(self, tree: Mapping, own: Iterable[Offer]) -> Mapping:
        """Return the spec with the entries of all files in front of its own."""
        items = tuple(item for entries in self._files.values() for item in entries)
        binds = (*items, *map(place_at_import, own))
        if not binds or _is_wrong(tree.get("binds")):
            return tree
        capability = tree.get("capability")
        inner = capability.get("binds") if isinstance(capability, Mapping) else None
        if isinstance(capability, Mapping) and not _is_wrong(inner):
            tree = tree.put("capability", capability.drop("binds"))
        span = tree.value_span("binds") if "binds" in tree else binds[0].span
        return tree.put("binds", Sequence(binds, span))


def place_at_import(offer: Offer) -> Node:
    """Return a bind whose place is that of its import, where its names count."""
    if offer.entry is None or not isinstance(offer.node, Mapping):
        return offer.node
    return Mapping(offer.node.entries, offer.entry.span)


def _is_wrong(binds: Node | None) -> bool:
    return not (binds is None or isinstance(binds, Sequence) or binds.plain() is None)
