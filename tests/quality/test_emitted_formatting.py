"""Formatting a module in parts has the same result as Black on the whole module."""

from __future__ import annotations

from pathlib import Path

import pytest
from capabilities import CAPABILITIES

from emitted_modules import assert_formatted_by_black
from naftiko_gen.configuration.options import Options
from naftiko_gen.emit.code.layout import Layout
from naftiko_gen.emit.package.package import Package
from naftiko_gen.pipeline import compile_spec

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))


@pytest.mark.parametrize("slug", CAPABILITIES)
def test_of_capabilities(slug: str, modules: dict[str, str]) -> None:
    files = Package(CAPABILITIES[slug], Layout.PROJECT).tree()
    assert modules
    assert_formatted_by_black(modules)
    # A line that names the spec stands before each module.
    emitted = {f.content.partition(b"\n")[2] for f in files if is_emitted(f.path)}
    assert emitted == {module.encode() for module in modules.values()}


def is_emitted(path: str) -> bool:
    """Return whether a file is a module, and not one of the runtime."""
    return path.endswith(".py") and "/_runtime/" not in path


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_of_specs(spec: Path, modules: dict[str, str], tmp_path: Path) -> None:
    compile_spec(spec, Options(tmp_path, dry=True))
    assert modules
    assert_formatted_by_black(modules)
