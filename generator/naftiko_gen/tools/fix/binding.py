"""Entries of `binds` for variables that templates use without a binding."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from naftiko_gen.diagnostics.report import Report
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.language.names import env_name
from naftiko_gen.resolve.consumed.upstreams import VARIABLE, variable_name
from naftiko_gen.resolve.environment import Bindings
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Mapping, Scalar, Sequence
from naftiko_gen.tools.fix.context import Fields, FixContext, Proposal

_ENVIRONMENT = "env"


def bind_variables(context: FixContext, span: Span) -> Proposal | None:
    """Bind the unbound variables of a template."""
    place = context.places.scalars.get(point(span))
    base_uri = place.node.value if place and isinstance(place.node, Scalar) else None
    if not isinstance(base_uri, str):
        return None
    missing = _unbound(context, set(re.findall(r"\w+", base_uri)))
    return _bind(context, missing) if missing else None


def write_official_base_uri(context: FixContext, span: Span) -> Proposal | None:
    """Write the variables of a base URI as placeholders, and bind them."""
    place = context.places.scalars.get(point(span))
    canonical = context.canonical(place.mapping) if place and place.mapping else None
    if place is None or canonical is None or not isinstance(place.node, Scalar):
        return None
    bindings = Bindings.of(context.meaning.document.binds, Report(""))
    namespace = canonical.text("namespace") or ""
    names: set[str] = set()

    def placeholder(variable: re.Match[str]) -> str:
        name = variable_name(variable, namespace, bindings, span)
        names.add(name.removeprefix("env."))
        return f"{{{{{name}}}}}"

    edits = context.replace_value(
        place, VARIABLE.sub(placeholder, str(place.node.value))
    )
    missing = _unbound(context, names)
    more = _bind(context, missing) if missing else ()
    return None if edits is None or more is None else (*edits, *more)


def _unbound(context: FixContext, words: Container[str]) -> list[str]:
    bound_names = {name for binding in _bindings(context) for name in _values(binding)}
    names = [variable.name for variable in context.meaning.capability.all_variables]
    return [name for name in names if name in words and name not in bound_names]


def _bind(context: FixContext, names: list[str]) -> Proposal | None:
    root = context.text.root
    binds, capability = root.entry("binds"), root.entry("capability")
    spaces = {binding.text("namespace"): binding for binding in _bindings(context)}
    existing = spaces.get(_ENVIRONMENT)
    if existing is not None and "description" not in existing:
        return _extend(context, existing, names)
    namespace = _ENVIRONMENT if existing is None else "environment"
    keys: Fields = {name: name for name in names}
    items: list[Fields] = [{"namespace": namespace, "keys": keys}]
    if binds is not None:
        return context.with_items(binds, items)
    if capability is None:
        return None
    return context.with_entries_before(root, capability, {"binds": items})


def _extend(context: FixContext, binding: Mapping, names: list[str]) -> Proposal | None:
    """Add names to the keys of a binding.

    A binding with a description gets none: the description might not fit them.
    """
    keys = binding.get("keys")
    if not isinstance(keys, Mapping) or not keys.entries:
        return None
    last = keys.entries[-1]
    return context.with_entries_behind(keys, last, {name: name for name in names})


def _bindings(context: FixContext) -> list[Mapping]:
    binds = context.text.root.get("binds")
    items = binds.items if isinstance(binds, Sequence) else ()
    return [item for item in items if isinstance(item, Mapping)]


def _values(binding: Mapping) -> Iterator[object]:
    keys = binding.get("keys")
    for entry in keys.entries if isinstance(keys, Mapping) else ():
        yield entry.value.plain()
        if "location" in binding:
            yield env_name(entry.key)
