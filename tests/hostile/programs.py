"""Python programs that look at emitted packages, strict about warnings."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=directory,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(directory),
            "LANG": "C.UTF-8",
            # Of the plugins of pytest that are installed, the packages need this alone.
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_PLUGINS": "anyio.pytest_plugin",
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
