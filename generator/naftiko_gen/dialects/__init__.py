"""Normalisation: rewriting every accepted form of a spec into the canonical one.

The rules move and rename nodes; they don't resolve references. (`skills.py` compares
calls as written, to reuse an existing tool.) Each rule reports a note, or a warning for
a guess, with the span that the author typed.
"""

from __future__ import annotations

from naftiko_gen.diagnostics import Report
from naftiko_gen.dialects.detection import Dialect, detect
from naftiko_gen.dialects.rules import IMPORT_RULES, RULES, adapters
from naftiko_gen.syntax.tree import Mapping

__all__ = ["IMPORT_RULES", "RULES", "Dialect", "detect", "normalise", "spell_imports"]


def normalise(tree: Mapping, report: Report, slug: str) -> Mapping | None:
    """Return the canonical tree, or None after reporting that it isn't a capability.

    `slug` is the name of the package.
    """
    if detect(tree, report) is None:
        return None
    tree = adapters.adapter_type(tree, report)
    tree = adapters.adapter_namespace(tree, slug, report)
    for rule in RULES:
        tree = rule(tree, report)
    return tree


def spell_imports(tree: Mapping, report: Report) -> Mapping:
    """Return a tree with imports in their canonical form; nothing else changes."""
    for rule in IMPORT_RULES:
        tree = rule(tree, report)
    return tree
