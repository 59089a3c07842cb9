"""The committed package is what its spec compiles to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golden_files import ROOT
from naftiko_gen.pipeline import Compiled, Options, compile_spec

if TYPE_CHECKING:
    from pathlib import Path

COMMITTED = ROOT / "generated" / "training-runs"
COMMAND = ".venv/bin/naftiko-gen specs/training-runs.yaml -o generated/"


def test_the_committed_package_is_that_of_a_fresh_run(tmp_path: Path) -> None:
    result = compile_spec(ROOT / "specs" / "training-runs.yaml", Options(tmp_path))
    assert isinstance(result.outcome, Compiled), result.diagnostics
    fresh = result.outcome.plan.root
    paths = [path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file()]

    differing = [
        str(path)
        for path in sorted(paths)
        if not (COMMITTED / path).is_file()
        or (COMMITTED / path).read_bytes() != (fresh / path).read_bytes()
    ]

    # The manifest is among them, and lists every file of ours: none is too many.
    assert differing == [], f"run {COMMAND}"
