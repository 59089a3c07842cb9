"""The modules that a compilation emits, before and after their formatting."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from black import format_str
from black.mode import Mode, TargetVersion

from naftiko_gen.emit.code.formatting import format_module

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MODE = Mode(target_versions={TargetVersion.PY311}, line_length=88)


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
