"""Packages of every capability, emitted once."""

from pathlib import Path

import pytest
from capabilities import CAPABILITIES

from naftiko_gen.configuration.options import Layout
from naftiko_gen.emit.package_files import Package
from wheelhouse import once


@pytest.fixture(scope="session")
def packages(common: Path) -> Path:
    """Return the directory with the project of every capability, by its slug."""
    return once(common / "capabilities", emit)


def emit(root: Path) -> None:
    for slug, capability in CAPABILITIES.items():
        for file in Package(capability, Layout.PROJECT).tree():
            path = root / slug / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
