"""The distributions that match regular expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.ir import (
    Flow,
    Matching,
    has_patterns,
    projection_of,
    type_parts,
    uses_patterns,
)

if TYPE_CHECKING:
    from naftiko_gen.ir import Capability, Exposed

PATTERNS = "google-re2>=1.1,<2"
_STUBS = "google-re2-stubs>=0.1"


def pattern_dependencies(capability: Capability) -> set[str]:
    """Return the distribution that matches patterns, if there are any."""
    return {PATTERNS} if _has_patterns(capability) else set()


def pattern_stubs(capability: Capability) -> set[str]:
    """Return the type stubs of that distribution."""
    return {_STUBS} if _has_patterns(capability) else set()


def _has_patterns(capability: Capability) -> bool:
    in_outputs = any(map(_is_answered_by_patterns, capability.exposed))
    return in_outputs or any(
        isinstance(part, Matching)
        for unit in capability.exposed
        for source in unit.inputs
        for part in type_parts(source.type)
    )


def _is_answered_by_patterns(unit: Exposed) -> bool:
    implementation = unit.implementation
    values = implementation.step_values if isinstance(implementation, Flow) else ()
    queries = [value.query for value in values if value.query is not None]
    return uses_patterns(projection_of(implementation)) or any(
        map(has_patterns, queries)
    )
