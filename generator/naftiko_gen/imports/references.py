"""The references from one part of a capability to the namespaces of others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from naftiko_gen.dialects.rewriting import rewrite_entries, rewrite_scalars
from naftiko_gen.imports.shared import Section
from naftiko_gen.syntax.tree import Entry, Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from naftiko_gen.diagnostics.span import Span

    Rename = Callable[["Reference"], str | None]
    """Returns the text to write for a reference, or None to leave it."""

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

        Namespaces and names may hold dots. A text of dots alone would need quadratic
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
