"""Generated modules run on the runtimes that they allow, released ones included."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from emitted_tests import outcomes
from naftiko_gen.emit.runtime import releases
from naftiko_gen.emit.runtime.delivery import LIBRARY_PACKAGE
from naftiko_gen.emit.runtime.source import (
    runtime_digest,
    runtime_root,
    runtime_version,
)
from released_runtimes import (
    CASES,
    PACKAGES,
    Runtime,
    allowed,
    compile_packages,
    released,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the packages of this checkout, which depend on the distribution."""
    return compile_packages(tmp_path_factory.mktemp("packages"))


@pytest.mark.parametrize("runtime", allowed(), ids=str)
def test_packages_run_on_the_oldest_and_the_newest_runtime(
    runtime: Runtime,
    projects: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a single runtime, it is the oldest and the newest."""
    monkeypatch.setenv("PYTHONPATH", str(runtime.place(tmp_path)))

    assert_tests_pass(projects)


@pytest.mark.parametrize("runtime", released(), ids=str)
def test_packages_of_releases_run_on_the_newest_runtime(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = runtime.place(tmp_path) / PACKAGES
    monkeypatch.setenv("PYTHONPATH", str(runtime_root().parent))

    assert_tests_pass([path.parent for path in packages.glob("*/*/pyproject.toml")])


def assert_tests_pass(projects: list[Path]) -> None:
    assert len(projects) == len(CASES)
    for outcome in outcomes(projects):
        assert outcome.status == 0, outcome.output
        assert " passed" in outcome.output


@pytest.mark.parametrize("runtime", released(), ids=str)
def test_naftiko_gen_knows_each_release(runtime: Runtime) -> None:
    assert runtime.archive is not None
    with zipfile.ZipFile(runtime.archive) as archive:
        modules = {
            name.removeprefix(f"{LIBRARY_PACKAGE}/"): archive.read(name)
            for name in archive.namelist()
            if name.startswith(f"{LIBRARY_PACKAGE}/")
        }

    known = releases.release(runtime.archive.stem)
    assert known == releases.described(modules)


def test_a_released_version_never_changes() -> None:
    """A change of the runtime needs another version once this one is released."""
    known = releases.release(runtime_version())

    assert known is None or known.digest == runtime_digest()
