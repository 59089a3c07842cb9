"""Entries of `binds` for variables that templates use without a binding."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from naftiko_gen.diagnostics.report import Report
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.language.names import env_name
from naftiko_gen.resolve.consumed.upstreams import VARIABLE, variable_name
from naftiko_gen.resolve.environment import Bindings
from naftiko_gen.syntax.editing.editor import Proposal
from naftiko_gen.syntax.editing.nodes_at import expect, need, require
from naftiko_gen.syntax.tree import Mapping, Sequence
from naftiko_gen.syntax.yaml_writer import Fields
from naftiko_gen.tools.fix.context import FixContext, placeholder

_ENVIRONMENT = "env"


def bind_variables(context: FixContext, span: Span) -> Proposal:
    """Bind the unbound variables of a template."""
    base_uri = expect(str, context.scalar(span).node.value)
    missing = _unbound(context, set(re.findall(r"\w+", base_uri)))
    require(missing)
    return _bind(context, missing)


def write_official_base_uri(context: FixContext, span: Span) -> Proposal:
    """Write the variables of a base URI as placeholders, and bind them."""
    place = context.scalar(span)
    bindings = Bindings.of(context.meaning.document.binds, Report(""))
    namespace = context.canonical(need(place.mapping)).text("namespace") or ""
    names: set[str] = set()

    def write_variable(variable: re.Match[str]) -> str:
        name = variable_name(variable, namespace, bindings, span)
        names.add(name.removeprefix("env."))
        return placeholder(name)

    base_uri = VARIABLE.sub(write_variable, str(place.node.value))
    missing = _unbound(context, names)
    bound = _bind(context, missing) if missing else ()
    return (*context.replace_value(span, base_uri), *bound)


def _unbound(context: FixContext, words: Container[str]) -> list[str]:
    bound_names = {name for binding in _bindings(context) for name in _values(binding)}
    names = [variable.name for variable in context.meaning.capability.all_variables]
    return [name for name in names if name in words and name not in bound_names]


def _bind(context: FixContext, names: list[str]) -> Proposal:
    root, fields = context.text.root, Fields(zip(names, names, strict=True))
    spaces = {binding.text("namespace"): binding for binding in _bindings(context)}
    existing = spaces.get(_ENVIRONMENT)
    if existing is not None and "description" not in existing:
        bound = expect(Mapping, existing.get("keys"))
        require(bound.entries)
        return context.with_entries_behind(bound, bound.entries[-1], fields)
    # The description of a binding might not fit the new variables.
    namespace = _ENVIRONMENT if existing is None else "environment"
    items: list[Fields] = [{"namespace": namespace, "keys": fields}]
    if (binds := root.get("binds")) is not None:
        return context.with_items(expect(Sequence, binds), items)
    capability = need(root.entry("capability"))
    return context.with_entries_before(root, capability, {"binds": items})


def _bindings(context: FixContext) -> list[Mapping]:
    items = context.text.root.items("binds")
    return [item for item in items if isinstance(item, Mapping)]


def _values(binding: Mapping) -> Iterator[object]:
    for entry in binding.members("keys"):
        yield entry.value.plain()
        if "location" in binding:
            yield env_name(entry.key)
