"""Entries of `binds` for variables that templates use without a binding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.report import Report
from naftiko_gen.resolve.consumed.upstreams import VARIABLE, variable_name
from naftiko_gen.resolve.environment import Bindings
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.tools.fix.context import Fields, Proposal, Reading

_ENVIRONMENT = "env"


def bind_variables(reading: Reading, span: Span) -> Proposal | None:
    """Bind the unbound variables of a template."""
    place = reading.places.scalars.get(point(span))
    typed = place.node.value if place and isinstance(place.node, Scalar) else None
    if not isinstance(typed, str):
        return None
    missing = _unbound(reading, set(re.findall(r"\w+", typed)))
    return _bound(reading, missing) if missing else None


def write_official_base_uri(reading: Reading, span: Span) -> Proposal | None:
    """Write the variables of a base URI as placeholders, and bind them."""
    place = reading.places.scalars.get(point(span))
    meant = reading.canonical(place.mapping) if place and place.mapping else None
    if place is None or meant is None or not isinstance(place.node, Scalar):
        return None
    bindings = Bindings.of(reading.meaning.document.binds, Report(""))
    namespace = meant.text("namespace") or ""
    named: set[str] = set()

    def placeholder(variable: re.Match[str]) -> str:
        name = variable_name(variable, namespace, bindings)
        named.add(name.removeprefix("env."))
        return f"{{{{{name}}}}}"

    edits = reading.replaced(place, VARIABLE.sub(placeholder, str(place.node.value)))
    missing = _unbound(reading, named)
    more = _bound(reading, missing) if missing else ()
    return None if edits is None or more is None else (*edits, *more)


def _unbound(reading: Reading, words: Container[str]) -> list[str]:
    bound = {name for each in _bindings(reading) for name in _values(each)}
    names = [each.name for each in reading.meaning.capability.variables]
    return [name for name in names if name in words and name not in bound]


def _bound(reading: Reading, names: list[str]) -> Proposal | None:
    root = reading.text.root
    binds, capability = root.entry("binds"), root.entry("capability")
    spaces = {each.text("namespace"): each for each in _bindings(reading)}
    held = spaces.get(_ENVIRONMENT)
    if held is not None and "description" not in held:
        return _joined(reading, held, names)
    namespace = _ENVIRONMENT if held is None else "environment"
    keys: Fields = {name: name for name in names}
    items: list[Fields] = [{"namespace": namespace, "keys": keys}]
    if binds is not None:
        return reading.with_items(binds, items)
    if capability is None:
        return None
    return reading.with_list_before(root, capability, "binds", items)


def _joined(reading: Reading, binding: Mapping, names: list[str]) -> Proposal | None:
    """Add names to the keys of a binding.

    A binding with a description gets none: the description might not fit them.
    """
    keys = binding.get("keys")
    if not isinstance(keys, Mapping) or not keys.entries:
        return None
    last = keys.entries[-1]
    return reading.with_entries_behind(keys, last, {name: name for name in names})


def _bindings(reading: Reading) -> list[Mapping]:
    held = reading.text.root.get("binds")
    items = held.items if isinstance(held, Sequence) else ()
    return [each for each in items if isinstance(each, Mapping)]


def _values(binding: Mapping) -> Iterator[object]:
    keys = binding.get("keys")
    for entry in keys.entries if isinstance(keys, Mapping) else ():
        yield entry.value.plain()
