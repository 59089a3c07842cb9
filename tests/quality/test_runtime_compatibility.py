"""Generated modules run on the runtimes that they allow, released ones included."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emitted_tests import outcomes
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Delivery
from naftiko_gen.emit.runtime import releases
from naftiko_gen.emit.runtime.delivery import LIBRARY_PACKAGE
from naftiko_gen.emit.runtime.source import (
    runtime_digest,
    runtime_root,
    runtime_version,
)
from released_runtimes import (
    ARCHIVES,
    CASES,
    PACKAGES,
    Runtime,
    allowed,
    archived,
    changelog_versions,
    compile_packages,
    record,
    released,
    replace_copy,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
CASE = CASES[0]
each_delivery = pytest.mark.parametrize(
    "delivery", Delivery, ids=lambda delivery: delivery.value
)


@each_delivery
@pytest.mark.parametrize("runtime", allowed(), ids=str)
def test_packages_run_on_the_oldest_and_the_newest_runtime(
    runtime: Runtime,
    delivery: Delivery,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a single runtime, it is the oldest and the newest."""
    cases = cases_for(runtime)
    compiled = compile_packages(tmp_path / "packages", delivery, cases)

    deliver(delivery, compiled, runtime.place(tmp_path / "runtime"), monkeypatch)

    assert_tests_pass(compiled, len(cases))


def cases_for(runtime: Runtime) -> Sequence[str]:
    """Return few cases for the checkout's runtime, with which all other tests run."""
    return CASES if runtime.archive else (CASES[0], CASES[-1])


@each_delivery
@pytest.mark.parametrize("runtime", released(), ids=str)
def test_packages_of_releases_run_on_the_newest_runtime(
    runtime: Runtime,
    delivery: Delivery,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = packages_of(runtime, delivery, tmp_path)

    update(delivery, old, monkeypatch)

    assert_tests_pass(old, len(CASES))


def deliver(
    delivery: Delivery,
    compiled: list[Path],
    runtime: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Give packages a runtime, as a library or as a copy."""
    if delivery is Delivery.LIBRARY:
        monkeypatch.setenv("PYTHONPATH", str(runtime))
        return
    for project in compiled:
        replace_copy(project, runtime)


def update(
    delivery: Delivery, old: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Give packages the newest runtime, copies as their users do."""
    if delivery is Delivery.LIBRARY:
        monkeypatch.setenv("PYTHONPATH", str(runtime_root().parent))
    else:
        assert main(["runtime", "--update", *map(str, old)]) == 0


def packages_of(runtime: Runtime, delivery: Delivery, directory: Path) -> list[Path]:
    """Return the packages that were recorded with a release."""
    root = runtime.place(directory) / PACKAGES / delivery.value
    return sorted(path.parent for path in root.glob("*/*/pyproject.toml"))


def assert_tests_pass(tested: list[Path], count: int) -> None:
    assert len(tested) == count
    for outcome in outcomes(tested):
        assert outcome.status == 0, outcome.output
        assert " passed" in outcome.output


@each_delivery
def test_packages_import_the_runtime_that_they_are_given(
    delivery: Delivery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the tests above would pass with any runtime."""
    broken = tmp_path / "broken"
    shutil.copytree(runtime_root(), broken / LIBRARY_PACKAGE)
    errors = broken / LIBRARY_PACKAGE / "errors.py"
    errors.write_text('raise ImportError("the runtime of this test")\n', "utf-8")
    compiled = compile_packages(tmp_path / "packages", delivery, [CASE])

    deliver(delivery, compiled, broken, monkeypatch)

    [outcome] = outcomes(compiled)
    assert outcome.status != 0
    assert "the runtime of this test" in outcome.output


@each_delivery
def test_a_release_is_recorded_with_packages_that_run(
    delivery: Delivery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tries the tests of releases as long as nothing is released."""
    runtime = record(tmp_path / "known", tmp_path / "archives", [CASE])

    old = packages_of(runtime, delivery, tmp_path / "placed")
    update(delivery, old, monkeypatch)

    assert_tests_pass(old, 1)
    content = (tmp_path / "known" / f"{runtime_version()}.json").read_bytes()
    assert content == releases.encode(releases.describe(runtime.contents()))


def test_a_release_is_recorded_once(tmp_path: Path) -> None:
    record(tmp_path / "known", tmp_path / "archives", [])

    with pytest.raises(FileExistsError):
        record(tmp_path / "known", tmp_path / "archives", [])


@pytest.mark.parametrize("runtime", archived(), ids=str)
def test_naftiko_gen_knows_each_release(runtime: Runtime) -> None:
    assert runtime.archive is not None

    release = releases.release(runtime.archive.stem)
    assert release == releases.describe(runtime.contents())


def test_the_changelog_calls_recorded_versions_released_and_no_others() -> None:
    """So no version is released, or followed by another, without its record."""
    versions = changelog_versions()

    released_versions = {
        version for version, is_released in versions.items() if is_released
    }
    assert {path.stem for path in ARCHIVES.glob("*.zip")} == released_versions
    assert {
        path.stem for path in releases.releases_root().glob("*.json")
    } == released_versions
    assert next(iter(versions)) == runtime_version()
    assert list(versions.values())[1:] == [True] * (len(versions) - 1)


def test_a_released_version_never_changes() -> None:
    """A change of the runtime needs another version once this one is released."""
    release = releases.release(runtime_version())

    assert release is None or release.digest == runtime_digest()


def test_no_commit_changes_a_record() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone")
    records = ("templates/runtime/releases", "tests/runtimes")
    log = ("git", "log", "--format=%h %s", "--no-renames", "--diff-filter=a")
    done = subprocess.run(
        [*log, "--", *records], cwd=ROOT, check=True, capture_output=True, text=True
    )

    assert done.stdout == ""
