"""Packages of every capability, emitted once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from capabilities import CAPABILITIES

from emitted_modules import recorded
from naftiko_gen.configuration.options import Layout
from naftiko_gen.emit.package_files import Package
from wheelhouse import once

if TYPE_CHECKING:
    from pathlib import Path


PROJECTS, MODULES = "projects", "modules"


@pytest.fixture(scope="session")
def emitted(common: Path) -> Path:
    """Return a directory with all that is emitted for the capabilities."""
    return once(common / "capabilities", emit)


@pytest.fixture(scope="session")
def packages(emitted: Path) -> Path:
    """Return the directory with the project of every capability, by its slug."""
    return emitted / PROJECTS


def emit(root: Path) -> None:
    for slug, capability in CAPABILITIES.items():
        with recorded() as modules:
            files = Package(capability, Layout.PROJECT).tree()
        for file in files:
            write(root / PROJECTS / slug / file.path, file.content)
        write(_modules(root, slug), json.dumps(modules).encode())


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def modules_of(slug: str, emitted: Path) -> dict[str, str]:
    """Return the modules of a capability's project, before and after formatting."""
    modules: dict[str, str] = json.loads(_modules(emitted, slug).read_bytes())
    return modules


def _modules(emitted: Path, slug: str) -> Path:
    return emitted / MODULES / f"{slug}.json"
