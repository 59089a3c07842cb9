"""Features of the language, each as code of an emitted package."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from examples import unpack

from naftiko_gen.configuration.options import Layout, Options
from naftiko_gen.pipeline import compile_spec

if TYPE_CHECKING:
    from golden_files import Golden
    from naftiko_gen.publish.plan import Plan

CASES = Path(__file__).parent
SHOWN = [
    (folder.parent.name, path.relative_to(folder).as_posix())
    for folder in sorted(CASES.glob("*/expected"))
    for path in sorted(folder.rglob("*"))
    if path.is_file()
]
"""The cases, and the files of each that show its feature."""
LAYOUTS = {"package-layout": Layout.PACKAGE}


@pytest.mark.parametrize(("case", "file"), SHOWN)
def test_a_feature_looks_as_expected(case: str, file: str, golden: Golden) -> None:
    golden.check(CASES / case / "expected" / file, files(case)[file])


def test_the_package_layout_is_the_module_and_the_manifest(tmp_path: Path) -> None:
    module = emit_case("package-layout", tmp_path)
    project = emit_case("stdio", tmp_path / "project")

    names = {path.name for path in module.iterdir()}
    assert names == {
        ".naftiko-gen.json",
        *(p.name for p in (project / "spec").iterdir()),
    }


def test_the_readme_names_a_document_that_is_served(tmp_path: Path) -> None:
    text = "described at `/openapi.json`"
    readme = emit_case("body-fields", tmp_path) / "README.md"
    assert text in readme.read_text("utf-8")

    hidden_package = str(unpack("hidden-document"))
    readme = emit_case(hidden_package, tmp_path / "hidden") / "README.md"
    assert "`shop` at `http://127.0.0.1:8080`" in readme.read_text("utf-8")
    assert text not in readme.read_text("utf-8")


def test_every_case_shows_a_file() -> None:
    cases = {spec.parent.name for spec in CASES.glob("*/spec.yaml")}
    assert cases == {case for case, _ in SHOWN}


@cache
def files(case: str) -> dict[str, bytes]:
    """Return the files of a case's package, which aren't written."""
    plan = compile_case(case, Options(Path("out"), dry=True))
    return {file.path: file.content for file in plan.emitted}


def emit_case(case: str, directory: Path) -> Path:
    """Return the package of a case, below a directory."""
    return compile_case(case, Options(directory / "out")).root


def compile_case(case: str, options: Options) -> Plan:
    options = replace(options, layout=LAYOUTS.get(case, Layout.PROJECT))
    result = compile_spec(CASES / case / "spec.yaml", options)
    assert result.changes, result.diagnostics
    assert result.changes.plan
    return result.changes.plan
