import os
from pathlib import Path

import pytest

from naftiko_gen.emit.files import File, FileTree
from naftiko_gen.publish.disk import digest
from naftiko_gen.publish.manifest import MANIFEST_NAME, Provenance, render
from naftiko_gen.publish.plan import intact_files, plan, publish

TREE = FileTree(
    (File("a.py", b"a"), File("below/b.py", b""), File("README.md", b"", seed=True))
)
PROVENANCE = Provenance("a.yaml", "")
DIGEST = digest(render(PROVENANCE, TREE).content)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    changes = plan(tmp_path / "package", TREE, PROVENANCE, force=False)
    publish(changes)
    return changes.root


def test_a_package_stands_after_its_run(root: Path) -> None:
    assert intact_files(root, DIGEST) == ("a.py", "below/b.py", MANIFEST_NAME)


def test_a_seed_may_change(root: Path) -> None:
    (root / "README.md").write_text("mine")
    assert intact_files(root, DIGEST)


def test_a_seed_may_not_be_missing(root: Path) -> None:
    (root / "README.md").unlink()
    assert intact_files(root, DIGEST) is None


def test_another_manifest_is_another_package(root: Path) -> None:
    assert intact_files(root, digest(b"")) is None


@pytest.mark.parametrize("path", ["a.py", "below/b.py", MANIFEST_NAME])
def test_files_must_be_as_they_were_written(root: Path, path: str) -> None:
    (root / path).write_text("{}")
    assert intact_files(root, DIGEST) is None
    (root / path).unlink()
    assert intact_files(root, DIGEST) is None
    os.mkfifo(root / path)
    assert intact_files(root, DIGEST) is None


@pytest.mark.parametrize("path", [".", "below", "a.py", MANIFEST_NAME])
def test_no_link_may_be_in_the_way(root: Path, path: str) -> None:
    target = root.parent / "moved"
    (root / path).rename(target)
    (root / path).symlink_to(target)
    assert intact_files(root, DIGEST) is None


def test_an_absent_directory_is_no_package(tmp_path: Path) -> None:
    assert intact_files(tmp_path / "missing", DIGEST) is None


def test_a_manifest_without_files_proves_nothing(root: Path) -> None:
    (root / MANIFEST_NAME).write_bytes(b"{")
    assert intact_files(root, digest(b"{")) is None
