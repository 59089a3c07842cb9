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
    from naftiko_gen.imports.files import Home


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
        return self.text("namespace")

    def text(self, key: str) -> str | None:
        """Return the value of a key if it is a string, else None."""
        return self.node.text(key) if isinstance(self.node, Mapping) else None

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
    return _Import(entry, section, report).select(offers)


def assumed_name(entry: Mapping, offers: tuple[Offer, ...]) -> str | None:
    """Return the name of a file's only API if the import has another namespace."""
    namespace = entry.text("namespace")
    if "import" in entry or namespace is None or len(offers) != 1:
        return None
    return offers[0].namespace if offers[0].namespace != namespace else None


@dataclass(frozen=True)
class _Import:
    """An import, whose declarations may have other names in the spec."""

    entry: Mapping
    section: Section
    report: Report

    def select(self, offers: tuple[Offer, ...]) -> tuple[Offer, ...]:
        if not offers:
            message = f"declares no {self.section.noun} to import"
            span = self.entry.value_span("location")
            self._report(Code.UNKNOWN_IMPORT, message, span)
            return ()
        selection = self._choose(offers)
        if "as" in self.entry and not self._may_rename(selection):
            return ()
        return tuple(
            replace(self._with("description", "description", offer_), entry=self.entry)
            for offer_ in (self._with("namespace", "as", offer) for offer in selection)
        )

    def _choose(self, offers: tuple[Offer, ...]) -> tuple[Offer, ...]:
        """Return the declarations that the entry names; all APIs if it names none."""
        key = next((key for key in NAMES if key in self.entry), None)
        if key is None:
            return offers
        name, only = self.entry.text(key), offers[0]
        if namesakes := tuple(o for o in offers if o.namespace == name):
            return namesakes
        is_api = self.section is Section.CONSUMES
        if key != "namespace" or len(offers) > 1 or not is_api:
            self._report_unknown(key, offers)
            return ()
        message = (
            f"has no {quote(name)}; its only API, {quote(only.namespace)}, is imported"
            " under that name"
        )
        self._report(Code.IMPORT_NAMESPACE, message, self.entry.value_span(key))
        return (self._with("namespace", "namespace", only),)

    def _may_rename(self, selection: tuple[Offer, ...]) -> bool:
        """Return whether the declarations can have another name, or report why not."""
        file, message = quote(self.entry.text("location")), None
        if len({offer.namespace for offer in selection}) > 1:
            noun = self.section.noun
            message = f"'as' can't name the {len(selection)} {noun}s of {file}"
        is_exposed = self.section is Section.EXPOSES
        if is_exposed and any(offer.text("type") == "control" for offer in selection):
            message = "a control adapter can't have another name: nothing refers to it"
        if message is not None:
            span = self.entry.key_span("as")
            self.report.add(Code.UNKNOWN_IMPORT, message, span)
        return message is None

    def _report_unknown(self, key: str, offers: tuple[Offer, ...]) -> None:
        value = self.entry.get(key)
        names = [offer.namespace for offer in offers if offer.namespace]
        near = nearest(self.entry.text(key) or "", names)
        known_names = ", ".join(quote(name) for name in names[:8])
        noun = self.section.noun
        kind = "" if self.section is Section.CONSUMES else f"{noun} "
        message = f"declares no {kind}{quote(value.plain() if value else None)}"
        hint = f"did you mean {quote(near)}?" if near else f"it declares {known_names}"
        if not names:
            hint = f"its {noun} at line {offers[0].node.span.line} has no namespace"
        self._report(Code.UNKNOWN_IMPORT, message, self.entry.value_span(key), hint)

    def _with(self, key: str, source: str, offer: Offer) -> Offer:
        """Give a declaration a value of the import, with the span of that value."""
        value = self.entry.get(source)
        is_usable = isinstance(value, Scalar) or key == "description"
        if value is None or not is_usable or not isinstance(offer.node, Mapping):
            return offer
        return replace(offer, node=offer.node.put(key, value))

    def _report(
        self, code: Code, message: str, span: Span, hint: str | None = None
    ) -> None:
        file = quote(self.entry.text("location"))
        self.report.add(code, f"{file} {message}", span, hint)


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
    place = _name_span(first)
    file = place.origin.file if place.origin else spec
    message = (
        f"{quote(last.namespace)} is the namespace of another {last.section.noun}"
        f" already, at {file}:{place.line}"
    )
    report.add(Code.IMPORT_COLLISION, message, _name_span(last))


def _name_span(offer: Offer) -> Span:
    """Return the place of a declaration's name: in the import, if one gives it."""
    entry = offer.entry
    if entry is None:
        return offer.node.span
    return entry.value_span(naming_key(entry) or "location")


def naming_key(entry: Mapping) -> str | None:
    """Return the key of an import that names its declarations in the spec."""
    return next((key for key in ("as", "import", "namespace") if key in entry), None)


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
