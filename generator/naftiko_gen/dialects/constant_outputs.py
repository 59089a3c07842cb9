"""The rule for constants in outputs of the first version of the language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.dialects.detection import Dialect
from naftiko_gen.dialects.output_parts import rewrite_parts
from naftiko_gen.dialects.rewriting import EXPOSED_ANSWERS, rewrite_all
from naftiko_gen.syntax.tree import Mapping, Node, Sequence

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report

_SOURCES = ("mapping", "properties", "items")


def alpha1_constant(tree: Mapping, _: Report) -> Mapping:
    """Let the `const` of an output override its mapping, as `1.0.0-alpha1` says.

    In later versions, a `const` beside a mapping only describes the value.
    """
    if tree.text(Dialect.ALPHA1.key) != Dialect.ALPHA1.version:
        return tree
    return rewrite_all(tree, EXPOSED_ANSWERS, _with_constants)


def _with_constants(unit: Mapping) -> Mapping:
    outputs = unit.get("outputParameters")
    if not isinstance(outputs, Sequence):
        return unit
    return unit.put("outputParameters", outputs.with_items(map(_constant, outputs)))


def _constant(output: Node) -> Node:
    """Return an output in which no part has a source beside its `const`."""
    if not isinstance(output, Mapping):
        return output
    if "const" in output:
        return output.drop(*_SOURCES)
    return rewrite_parts(output, lambda _, part: _constant(part), _constant)
