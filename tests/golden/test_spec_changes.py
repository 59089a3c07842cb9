"""A small change of a spec is a small change of its package: the whole difference."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from naftiko_gen.cli.main import main
from naftiko_gen.diagnostics.exits import Exit

if TYPE_CHECKING:
    from golden_files import Golden

CHANGES = Path(__file__).parent / "changes"
CASES = sorted(path.parent.name for path in CHANGES.glob("*/*.yaml"))
SPEC = "library.yaml"
MANIFEST = ".naftiko-gen.json"


@pytest.mark.parametrize("case", CASES)
def test_a_change_touches_the_files_it_must(
    case: str,
    golden: Golden,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(CHANGES / SPEC, SPEC)
    assert main([SPEC, "--strict", "--no-config", "-q"]) == Exit.DONE
    shutil.copy(CHANGES / case / SPEC, SPEC)

    assert main([SPEC, "--strict", "--no-config", "-q", "--diff"]) == Exit.DONE

    diff = capfd.readouterr().out
    _, *parts = re.split(r"^(?=diff --git )", diff, flags=re.MULTILINE)
    # The manifest has the digests of all files, and so those of the support modules.
    sections = [
        part for part in parts if f"/{MANIFEST} " not in part.partition("\n")[0]
    ]
    assert len(sections) == len(parts) - 1
    golden.check(CHANGES / case / "expected.diff", "".join(sections).encode())
