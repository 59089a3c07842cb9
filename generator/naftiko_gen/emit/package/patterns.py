"""The distributions that match regular expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.ir import Matching, has_patterns, type_parts, uses_patterns

if TYPE_CHECKING:
    from naftiko_gen.ir import Capability

PATTERNS = "google-re2>=1.1,<2"
_STUBS = "google-re2-stubs>=0.1"


def pattern_dependencies(capability: Capability) -> set[str]:
    """Return the distribution that matches patterns, if there are any."""
    return {PATTERNS} if _has_patterns(capability) else set()


def pattern_stubs(capability: Capability) -> set[str]:
    """Return the type stubs of that distribution."""
    return {_STUBS} if _has_patterns(capability) else set()


def _has_patterns(capability: Capability) -> bool:
    values = (value for flow in capability.flows for value in flow.step_values)
    queries = (value.query for value in values if value.query is not None)
    return (
        any(uses_patterns(unit.output) for unit in capability.exposed)
        or any(map(has_patterns, queries))
        or any(
            isinstance(part, Matching)
            for unit in capability.exposed
            for source in unit.inputs
            for part in type_parts(source.type)
        )
    )
