"""Brings every accepted way of writing a document into one shape, the canonical one.

The rules move and rename; they never look up what a name refers to. Each adds a note,
or a warning where it guesses, at the place that the author typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.dialects import (
    adapters,
    authentication,
    document,
    outputs,
    parameters,
    paths,
    references,
)
from naftiko_gen.dialects.detection import Dialect, detect

if TYPE_CHECKING:
    from collections.abc import Callable

    from naftiko_gen.diagnostics import Report
    from naftiko_gen.tree import Mapping

__all__ = ["RULES", "Dialect", "detect", "normalise"]

RULES: tuple[Callable[[Mapping, Report], Mapping], ...] = (
    document.alpha1,
    document.null_is_absent,
    document.label_alias,
    document.information,
    authentication.authentication_alias,
    authentication.bearer_value,
    authentication.api_key_alias,
    paths.leading_slash,
    paths.path_query,
    paths.single_brace_path,
    paths.double_brace_route,
    parameters.empty_name,
    parameters.parameter_metadata,
    references.reference_prefix,
    adapters.adapter_description,
    outputs.opaque_output,
)
"""In the order in which they apply."""


def normalise(tree: Mapping, report: Report) -> Mapping | None:
    """Return the canonical document, or None if its version isn't known."""
    if detect(tree, report) is None:
        return None
    for rule in RULES:
        tree = rule(tree, report)
    return tree
