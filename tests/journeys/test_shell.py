"""A line that hangs fails, with the output so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import shell

if TYPE_CHECKING:
    from pathlib import Path


def test_a_line_that_hangs_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "LONGEST_LINE", 0.5)
    with shell.Shell(tmp_path, tmp_path, {}) as reader:
        assert reader.type("true") == ("", 0)
        with pytest.raises(AssertionError, match=r"(?s)the shell ended in .*so far"):
            reader.type("echo so far; while true; do sleep 0.1; done")
