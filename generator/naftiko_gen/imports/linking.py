"""Link imported declarations to the declarations that they refer to in their files.

A reference counts in the file that has it, then in the files that import it. The
declaration that it means there comes along, as a companion. Its name in the spec has no
other meaning.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.dialects.rewriting import (
    candidate_names,
    rewrite_entries,
    rewrite_scalars,
)
from naftiko_gen.imports.shared import Section
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.imports.files import Home
    from naftiko_gen.imports.offers import Offer, Origin

    Sections = dict[Section, tuple[Offer, ...]]
    Find = Callable[[Home, Section, str], tuple[Offer, ...]]
    "Returns the declarations of a file with a namespace."
    from collections.abc import Callable

    from naftiko_gen.diagnostics.span import Span

    Rename = Callable[["Reference"], str | None]
    "Returns the text to write for a reference, or None to leave it."


@dataclass(frozen=True)
class _Target:
    """The declarations that a reference means, by its namespace."""

    namespace: str
    offers: tuple[Offer, ...]


@dataclass
class Linker:
    """Links the declarations of one spec."""

    find: Find
    report: Report
    _names: dict[Origin, str] = field(default_factory=dict)
    _taken: defaultdict[Section, set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )
    _unresolved: list[Reference] = field(default_factory=list)
    """References whose meaning is up to the spec."""
    _companions: dict[Origin, Offer] = field(default_factory=dict)

    def link(self, sections: Sections) -> Sections:
        """Return the sections, each with the companions of its imports at its end."""
        for section, offers in sections.items():
            for offer in offers:
                self._declare(section, offer)
        self._collect(offer for offers in sections.values() for offer in offers)
        self._name_companions()
        return {
            section: (
                *(self._link(offer) for offer in offers),
                *self._companions_of(section),
            )
            for section, offers in sections.items()
        }

    def _declare(self, section: Section, offer: Offer) -> None:
        if offer.namespace is None:
            return
        self._taken[section].add(offer.namespace)
        if offer.home is not None:
            self._names.setdefault(offer.origin, offer.namespace)

    def _collect(self, offers: Iterable[Offer]) -> None:
        """Collect the declarations that others refer to, directly or not."""
        waiting = list(offers)
        while waiting:
            offer = waiting.pop()
            own = references(offer.node) if isinstance(offer.node, Mapping) else ()
            for reference in own:
                target = self._target(reference, offer)
                if target is None:
                    self._unresolved.append(reference)
                    continue
                for companion in target.offers:
                    origin = companion.origin
                    is_known = origin in self._names or origin in self._companions
                    # An adapter would open another port: it isn't imported like this.
                    if not is_known and companion.section is not Section.EXPOSES:
                        self._companions[origin] = companion
                        waiting.append(companion)

    def _target(self, reference: Reference, offer: Offer) -> _Target | None:
        """Return the declarations that a reference names, None if no file has them."""
        home = offer.home
        while home is not None:
            for namespace in reference.namespaces:
                for section in reference.sections:
                    if offers := self.find(home, section, namespace):
                        return _Target(namespace, offers)
            home = home.importer
        return None

    def _name_companions(self) -> None:
        """Name each companion as in its file, unless that name has another meaning."""
        groups: dict[tuple[Section, str, str], str] = {}
        for origin, offer in self._companions.items():
            own = offer.namespace or offer.section
            # Blocks of one namespace in a file stay together.
            group = (offer.section, offer.file, own)
            if group not in groups:
                groups[group] = self._free_name(offer.section, own)
            self._names[origin] = groups[group]

    def _free_name(self, section: Section, own: str) -> str:
        used_names = self._taken[section]
        free = (name for name in candidate_names(own) if name not in used_names)
        references = self._unresolved
        name = next(n for n in free if not any(r.may_mean(n) for r in references))
        used_names.add(name)
        return name

    def _companions_of(self, section: Section) -> Iterator[Offer]:
        for origin, offer in self._companions.items():
            if offer.section is section:
                node = _with_namespace(offer.node, self._names[origin])
                yield self._link(_with_node(offer, node))

    def _link(self, offer: Offer) -> Offer:
        """Return a declaration with the names that its references have in the spec."""
        home, node = offer.home, offer.node
        if home is None or not isinstance(node, Mapping):
            return offer

        def rename(reference: Reference) -> str | None:
            target = self._target(reference, offer)
            return self._spelling(reference, target, offer) if target else None

        new_node = rename_references(node, rename)
        return _with_node(offer, _with_own_inputs(new_node, offer))

    def _spelling(
        self, reference: Reference, target: _Target, offer: Offer
    ) -> str | None:
        first = target.offers[0]
        name = self._names.get(first.origin)
        if name is not None:
            return reference.with_namespace(target.namespace, name)
        place = f"{first.file}:{first.node.span.line}"
        message = (
            f"{quote(offer.namespace)} refers to the adapter {quote(target.namespace)}"
            f" at {place}, which isn't imported"
        )
        self.report.add(Code.UNKNOWN_ADAPTER, message, reference.span)
        return None


def _with_own_inputs(node: Mapping, offer: Offer) -> Mapping:
    """Return a part that names its inputs and steps by its namespace in the spec."""
    old, new = offer.own_namespace, node.text("namespace")
    has_inputs = offer.section in (Section.EXPOSES, Section.AGGREGATES)
    if not has_inputs or old is None or new in (None, old):
        return node
    return rename_inputs(node, old, new)


def _with_namespace(node: Node, name: str) -> Node:
    if not isinstance(node, Mapping) or node.text("namespace") == name:
        return node
    return node.put("namespace", Scalar(name, node.value_span("namespace")))


def _with_node(offer: Offer, node: Node) -> Offer:
    return offer if node is offer.node else replace(offer, node=node)


_PREFIXED = {
    "call": (Section.CONSUMES, Section.AGGREGATES),
    "ref": (Section.AGGREGATES, Section.CONSUMES),
}
"""Keys whose values start with a namespace, and the sections that may have it."""
_WHOLE = {
    "sourceNamespace": Section.EXPOSES,
    "targetNamespace": Section.EXPOSES,
}
"""Keys whose values are a namespace."""
_VALUES = frozenset({"with", "lookupValue", "value"})
"""Keys whose values may name inputs and steps, outside of `inputParameters`."""
_LONGEST = 256
_FREE = frozenset(
    {
        *("with", "data", "value", "metadata", "const", "keys"),
        *("defaults", "choices"),
        *("inputParameters", "outputParameters", "mappings"),
    }
)
"""Keys below which names are the author's."""
_CLOSED = _FREE | {"forward"}


@dataclass(frozen=True)
class Reference:
    """A text that names a declaration, and the sections that may have it."""

    text: str
    sections: tuple[Section, ...]
    span: Span
    is_whole: bool

    @property
    def namespaces(self) -> Iterator[str]:
        """Yield the namespaces that it may mean, the longest first.

        Namespaces and names may hold dots. A text of only dots would need quadratic
        time, so a namespace has at most 256 characters.
        """
        if self.is_whole:
            yield self.text
            return
        end = min(len(self.text), _LONGEST + 1)
        while (dot := self.text.rfind(".", 0, end)) > 0:
            yield self.text[:dot]
            end = dot

    def may_mean(self, namespace: str) -> bool:
        """Return whether the text names a declaration of that namespace."""
        return self.text == namespace or self.text.startswith(f"{namespace}.")

    def with_namespace(self, old: str, new: str) -> str:
        """Return the text with another namespace."""
        return new + self.text[len(old) :]


def references(node: Mapping) -> Iterator[Reference]:
    """Yield the references in a part of a capability."""
    all_references: list[Reference] = []
    rename_references(node, all_references.append)
    yield from all_references


def rename_references(node: Mapping, rename: Rename) -> Mapping:
    """Return a part of a capability with renamed references."""
    return rewrite_entries(
        node,
        partial(_rename_in_entry, rename),
        enter=lambda entry: entry.key not in _CLOSED,
    )


def _rename_in_entry(rename: Rename, entry: Entry) -> Entry:
    match entry:
        case Entry(key="forward", value=Mapping() as forward):
            return entry.with_value(_renamed_forward(rename, forward))
        case Entry(key=key, value=Scalar(value=str() as text) as value):
            sections = _PREFIXED.get(key) or tuple(filter(None, [_WHOLE.get(key)]))
            if not sections:
                return entry
            reference = Reference(text, sections, value.span, key in _WHOLE)
            return entry.with_value(_with_text(value, rename(reference)))
        case _:
            return entry


def _renamed_forward(rename: Rename, forward: Mapping) -> Mapping:
    """Rename the consumed API to which a route forwards requests."""
    target = forward.get("targetNamespace")
    if not isinstance(target, Scalar) or not isinstance(target.value, str):
        return forward
    reference = Reference(target.value, (Section.CONSUMES,), target.span, is_whole=True)
    return forward.put("targetNamespace", _with_text(target, rename(reference)))


def _with_text(scalar: Scalar, text: str | None) -> Scalar:
    is_same = text is None or text == scalar.value
    return scalar if is_same else Scalar(text, scalar.span, scalar.typed)


def rename_inputs(part: Mapping, old: str, new: str) -> Mapping:
    """Return an adapter or aggregate that names inputs and steps by a new namespace."""
    placeholder = re.compile(rf"(\{{\{{\s*){re.escape(old)}(?=\.)")

    def respell(scalar: Scalar) -> Scalar:
        if not isinstance(scalar.value, str):
            return scalar
        text = placeholder.sub(lambda match: match[1] + new, scalar.value)
        if text.startswith(f"{old}."):
            text = new + text[len(old) :]
        return _with_text(scalar, text)

    def change(entry: Entry) -> Entry:
        if entry.key not in _VALUES:
            return entry
        return entry.with_value(rewrite_scalars(entry.value, respell))

    closed_keys = {*_VALUES, "inputParameters"}
    return rewrite_entries(
        part, change, enter=lambda entry: entry.key not in closed_keys
    )
