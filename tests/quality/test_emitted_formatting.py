"""Formatting a module in parts has the same result as Black on the whole module."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from capabilities import CAPABILITIES
from quality_fixtures import PROJECTS, modules_of

from emitted_modules import assert_formatted_by_black, new
from naftiko_gen.configuration.options import Options
from naftiko_gen.pipeline import compile_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))


@pytest.mark.parametrize("slug", CAPABILITIES)
def test_of_capabilities(slug: str, emitted: Path) -> None:
    modules = modules_of(slug, emitted)
    assert modules
    assert_formatted_by_black(new(modules))
    # A line that names the spec stands before each module.
    paths = (path for path in files_of(emitted, slug) if is_emitted(path))
    contents = {path.read_text("utf-8").partition("\n")[2] for path in paths}
    assert contents == {*modules.values()}


def files_of(emitted: Path, slug: str) -> Iterator[Path]:
    return (emitted / PROJECTS / slug).rglob("*.py")


def is_emitted(path: Path) -> bool:
    """Return whether a module isn't one of the runtime."""
    return "_runtime" not in path.parts


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_of_specs(spec: Path, modules: dict[str, str], tmp_path: Path) -> None:
    compile_spec(spec, Options(tmp_path, dry=True))
    assert modules
    assert_formatted_by_black(new(modules))
