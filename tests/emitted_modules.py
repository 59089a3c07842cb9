"""The modules that a compilation emits, before and after their formatting."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from black import format_str
from black.mode import Mode, TargetVersion

from naftiko_gen.emit.code.formatting import format_module
from row_shapes import row_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from row_shapes import RowShape

MORE = "NAFTIKO_FORMATTED_MODULES"
"""The variable that makes long runs format every module."""
MODE = Mode(target_versions={TargetVersion.PY311}, line_length=88)
COMPARED: set[RowShape] = set()
"""The shapes of rows that this process has compared: most modules have no others."""


@contextmanager
def recorded() -> Iterator[dict[str, str]]:
    """Record the modules emitted during the block, before and after formatting."""
    modules: dict[str, str] = {}

    def record(module: str) -> str:
        modules[module] = format_module(module)
        return modules[module]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("naftiko_gen.emit.code.render.format_module", record)
        yield modules


def assert_formatted_by_black(modules: Mapping[str, str]) -> None:
    for rendered, emitted in modules.items():
        assert emitted == format_str(rendered, mode=MODE)


def new(modules: Mapping[str, str]) -> dict[str, str]:
    """Return the modules that are worth formatting: they have rows of a new shape."""
    chosen: dict[str, str] = {}
    for rendered, formatted in modules.items():
        shapes = set(row_shapes(formatted))
        if MORE in os.environ or not shapes <= COMPARED:
            COMPARED.update(shapes)
            chosen[rendered] = formatted
    return chosen
