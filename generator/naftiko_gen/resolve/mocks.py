"""Mocks: routes and tools whose answers stand in the spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.language import models


def is_mock(unit: models.ExposedUnit) -> bool:
    """Return whether a unit calls nothing and has an output with a value."""
    is_call = unit.call is not None or unit.ref is not None or bool(unit.steps)
    return not is_call and any(map(has_value, unit.outputs))


def has_value(output: models.Output) -> bool:
    """Return whether an output or a part of it has a value of its own."""
    if output.value is not None or output.const is not None:
        return True
    parts = [*(output.properties or {}).values(), output.items]
    return any(has_value(part) for part in parts if part is not None)
