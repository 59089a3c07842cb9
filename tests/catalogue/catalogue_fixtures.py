"""Where the packages of published documents are made, and their bytecode."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the directory that every process of a run makes its packages in."""
    base = tmp_path_factory.getbasetemp()
    return (base if worker_id == "master" else base.parent) / "published"


@pytest.fixture(scope="session")
def bytecode(common: Path) -> Path:
    """Return the directory of the bytecode that packages share."""
    directory = common / "bytecode"
    directory.mkdir(exist_ok=True)
    return directory
