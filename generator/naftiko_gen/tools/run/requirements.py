"""Dependencies of a package that this interpreter lacks."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

if TYPE_CHECKING:
    from pathlib import Path


def missing(project: Path) -> list[Requirement]:
    """Return the dependencies of a project that aren't installed."""
    document = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    requirements = map(Requirement, document["project"]["dependencies"])
    return [requirement for requirement in requirements if _is_missing(requirement)]


def _is_missing(requirement: Requirement) -> bool:
    """Return whether the requirement applies to this system and isn't installed."""
    if requirement.marker and not requirement.marker.evaluate():
        return False
    return not _is_installed(requirement.name)


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
