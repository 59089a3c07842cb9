"""The committed package is up to date with its spec."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from golden_files import ROOT
from naftiko_gen.configuration.options import Options
from naftiko_gen.pipeline import compile_spec

if TYPE_CHECKING:
    from pathlib import Path

COMMITTED = ROOT / "generated" / "training-runs"
COMMAND = ".venv/bin/naftiko-gen specs/training-runs.yaml -o generated/"


def test_the_committed_package_is_that_of_a_fresh_run(tmp_path: Path) -> None:
    # The manifest has the path to the spec if both are in one project.
    (tmp_path / "naftiko-gen.toml").touch()
    (tmp_path / "specs").mkdir()
    spec = tmp_path / "specs" / "training-runs.yaml"
    shutil.copy(ROOT / "specs" / "training-runs.yaml", spec)

    result = compile_spec(spec, Options(tmp_path / "generated"))

    assert result.changes, result.diagnostics
    fresh = result.changes.root
    paths = [path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file()]

    differing = [
        str(path)
        for path in sorted(paths)
        if not (COMMITTED / path).is_file()
        or (COMMITTED / path).read_bytes() != (fresh / path).read_bytes()
    ]

    # The manifest lists every generated file, itself included: no file is left over.
    assert differing == [], f"run {COMMAND}"
