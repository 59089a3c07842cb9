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
from naftiko_gen.syntax.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable

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


def _respell(adapter: Mapping, spell: Spell) -> Mapping:
    """Respell every text in `with`, at any depth."""

    def change(scalar: Scalar) -> Scalar:
        text = scalar.value
        spelling = spell(text, scalar.span) if isinstance(text, str) else text
        return scalar if spelling == text else Scalar(spelling, scalar.span)

    def change_values(values: Mapping) -> Mapping:
        return values.with_entries(
            entry.with_value(rewrite_scalars(entry.value, change))
            for entry in values.entries
        )

    holders = (*ANSWERS, *((*unit, "steps") for unit in ANSWERS))
    paths = tuple((*holder, "with") for holder in holders)
    return rewrite_all(adapter, paths, change_values)
