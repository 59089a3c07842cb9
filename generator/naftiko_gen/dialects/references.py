"""Rules for references in `with`."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.dialects.rewriting import (
    ANSWERS,
    EXPOSES,
    rewrite,
    rewrite_all,
    rewrite_scalars,
)
from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span

    Spell = Callable[[str, Span], str]
    """Returns the canonical spelling of a text in `with`."""

_PREFIXES = ("rest.", "tools.")
_BARE_VARIABLE = re.compile(r"env\.[A-Za-z_][A-Za-z0-9_]*")


def environment_reference(tree: Mapping, report: Report) -> Mapping:
    """Read `env.NAME` in `with` as `{{env.NAME}}`, unless an adapter is named `env`."""

    def spell(text: str, span: Span) -> str:
        if not _BARE_VARIABLE.fullmatch(text):
            return text
        template = f"{{{{{text}}}}}"
        message = f"{quote(text)} is read as {quote(template)}"
        report.add(Code.ENVIRONMENT_REFERENCE, message, span)
        return template

    def change(adapter: Mapping) -> Mapping:
        is_namespace = adapter.text("namespace") == "env"
        return adapter if is_namespace else _respell(adapter, spell)

    return rewrite(tree, EXPOSES, change)


def reference_prefix(tree: Mapping, report: Report) -> Mapping:
    """Read `rest.x` and `tools.x` in `with` as references to the input `x`."""

    def change(adapter: Mapping) -> Mapping:
        namespace = adapter.get("namespace")
        if namespace is None:
            return adapter
        prefix = f"{namespace.plain()}."
        return _respell(adapter, partial(_with_prefix, prefix, report))

    return rewrite(tree, EXPOSES, change)


def _with_prefix(prefix: str, report: Report, text: str, span: Span) -> str:
    old = next((old for old in _PREFIXES if text.startswith(old) and text != old), None)
    if old is None or text.startswith(prefix):
        return text
    spelling = prefix + text.removeprefix(old)
    message = f"{quote(text)} is read as {quote(spelling)}"
    report.add(Code.REFERENCE_PREFIX, message, span)
    return spelling


def step_reference(tree: Mapping, report: Report) -> Mapping:
    """Read `$step.x` in `with` of a later step as `$.step.x`."""

    def change(adapter: Mapping) -> Mapping:
        own = f"$this.{adapter.text('namespace')}."
        respell = partial(_respell_steps, own, report)
        return rewrite_all(adapter, ANSWERS, respell)

    return rewrite(tree, EXPOSES, change)


def _respell_steps(own: str, report: Report, unit: Mapping) -> Mapping:
    steps = unit.get("steps")
    if not isinstance(steps, Sequence):
        return unit
    names: list[str] = []
    items: list[Node] = []
    for step in steps.items:
        if isinstance(step, Mapping):
            spell = partial(_with_root, own, tuple(names), report)
            items.append(rewrite(step, ("with",), partial(_respell_values, spell)))
            names.append(step.text("name") or "")
        else:
            items.append(step)
    return unit.put("steps", steps.with_items(items))


def _with_root(
    own: str, names: Iterable[str], report: Report, text: str, span: Span
) -> str:
    """Return a reference to one of the named steps with the root in front."""
    if not text.startswith("$") or text.startswith(("$.", own)):
        return text
    if re.split(r"[.\[]", text[1:], maxsplit=1)[0].strip() not in names:
        message = f"{quote(text)} refers to no earlier step: it is sent as this text"
        report.add(Code.UNREAD_REFERENCE, message, span)
        return text
    spelling = f"$.{text[1:]}"
    message = f"{quote(text)} is read as {quote(spelling)}"
    report.add(Code.STEP_REFERENCE, message, span)
    return spelling


def _respell(adapter: Mapping, spell: Spell) -> Mapping:
    """Respell every text in `with`, at any depth."""
    holders = (*ANSWERS, *((*unit, "steps") for unit in ANSWERS))
    paths = tuple((*holder, "with") for holder in holders)
    return rewrite_all(adapter, paths, partial(_respell_values, spell))


def _respell_values(spell: Spell, values: Mapping) -> Mapping:
    def change(scalar: Scalar) -> Scalar:
        text = scalar.value
        spelling = spell(text, scalar.span) if isinstance(text, str) else text
        return scalar if spelling == text else Scalar(spelling, scalar.span)

    return values.with_entries(
        entry.with_value(rewrite_scalars(entry.value, change))
        for entry in values.entries
    )
