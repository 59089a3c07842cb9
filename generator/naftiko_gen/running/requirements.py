"""What a package needs to run and this interpreter doesn't have."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def missing(project: Path) -> list[str]:
    """Return the dependencies of a project that aren't installed."""
    document = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    wanted = (_NAME.match(one) for one in document["project"]["dependencies"])
    return [name[0] for name in wanted if name and not _is_installed(name[0])]


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
