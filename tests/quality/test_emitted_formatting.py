"""Formatting a module in parts has the same result as Black on the whole module."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from black import format_str
from black.mode import Mode, TargetVersion
from capabilities import CAPABILITIES

from naftiko_gen.configuration.options import Options
from naftiko_gen.emit.code.layout import Layout
from naftiko_gen.emit.package.package import Package
from naftiko_gen.pipeline import compile_spec

if TYPE_CHECKING:
    from collections.abc import Mapping

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))


def check(modules: Mapping[str, str]) -> None:
    mode = Mode(target_versions={TargetVersion.PY311}, line_length=88)
    assert modules
    for rendered, emitted in modules.items():
        assert emitted == format_str(rendered, mode=mode)


@pytest.mark.parametrize("slug", CAPABILITIES)
def test_of_capabilities(slug: str, modules: dict[str, str]) -> None:
    Package(CAPABILITIES[slug], Layout.PROJECT).tree()
    check(modules)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_of_specs(spec: Path, modules: dict[str, str], tmp_path: Path) -> None:
    compile_spec(spec, Options(tmp_path, dry=True))
    check(modules)


def test_of_real_documents(
    shared: Path, modules: dict[str, str], tmp_path: Path
) -> None:
    for spec in sorted((shared / "corpus").rglob("*.y*ml")):
        compile_spec(spec, Options(tmp_path, dry=True))
    check(modules)
