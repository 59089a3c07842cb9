"""The README shows the lines of a first run."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from golden_files import ROOT
from naftiko_gen.cli.main import main
from naftiko_gen.diagnostics.exits import Exit

if TYPE_CHECKING:
    import pytest

    from golden_files import Golden

README = ROOT / "README.md"
SPEC = "specs/training-runs.yaml"
COMMAND = f"naftiko-gen {SPEC} -o out/"


def test_the_readme_shows_the_first_run(
    golden: Golden,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("specs").mkdir()
    shutil.copy(ROOT / SPEC, SPEC)

    assert main(COMMAND.split()[1:]) == Exit.DONE

    before, prompt, output = README.read_text("utf-8").partition(f"$ {COMMAND}\n")
    _, next_prompt, after = output.partition("$ ")
    lines = capsys.readouterr().err
    text = f"{before}{prompt}{lines}{next_prompt}{after}"
    golden.check(README, text.encode())
