from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from naftiko_gen.output import journal
from naftiko_gen.output.disk import PublicationError
from naftiko_gen.output.journal import Exchange, Replacement
from naftiko_gen.output.publication import recover
from naftiko_gen.output.settlement import settle
from naftiko_gen.output.staging import NEW, OLD, leftovers, make_staging

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "package"
    (root / "__pycache__").mkdir(parents=True)
    (root / "a.py").write_text("new")
    return root


@pytest.fixture
def staging(root: Path) -> Path:
    """What is left of a run that was killed right after the exchange."""
    staging = make_staging(root.parent, root)
    (staging / NEW).rename(staging / OLD)
    journal.write(staging, Exchange(inode=root.stat().st_ino, discarded=("a.py",)))
    (staging / OLD / "a.py").write_text("old")
    return staging


def test_leftovers_are_those_of_the_package_alone(root: Path, staging: Path) -> None:
    other = root.parent / "package-7"
    mine = make_staging(root, root)
    make_staging(root.parent, other)
    (root.parent / ".naftiko-gen-package-1-0123abcd").symlink_to(root)
    assert leftovers(root) == [staging, mine]


def test_what_the_user_made_anew_stays_beside_what_they_had(
    root: Path, staging: Path
) -> None:
    for n in range(2):
        (root / f"notes.txt{n * '.orig'}").write_text("later")
    (staging / OLD / "notes.txt").write_text("earlier")

    settle(staging, root)

    assert (root / "notes.txt").read_text() == "later"
    assert (root / "notes.txt.orig").read_text() == "later"
    assert (root / "notes.txt.orig1").read_text() == "earlier"
    assert (root / "a.py").read_text() == "new"
    assert not staging.exists()


def test_directories_that_were_made_anew_are_merged(root: Path, staging: Path) -> None:
    (root / "__pycache__" / "a.pyc").write_text("new")
    (staging / OLD / "__pycache__").mkdir()
    for name in ("a.pyc", "mine.pyc"):
        (staging / OLD / "__pycache__" / name).write_text("old")

    settle(staging, root)

    cached = sorted((root / "__pycache__").iterdir())
    assert [(path.name, path.read_text()) for path in cached] == [
        ("a.pyc", "new"),
        ("mine.pyc", "old"),
    ]


def test_the_users_files_outlive_a_deleted_package(root: Path, staging: Path) -> None:
    (root / "a.py").unlink()
    (root / "__pycache__").rmdir()
    root.rmdir()
    (staging / OLD / "notes.txt").write_text("mine")

    settle(staging, root)

    assert [path.name for path in root.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    "forged",
    [
        "{",
        "[]",
        json.dumps({"Exchange": {"inode": 1, "discarded": ["../a"]}}),
        json.dumps({"Replacement": {"removed": ["/etc/passwd"]}}),
    ],
)
def test_forged_journals_are_refused(root: Path, staging: Path, forged: str) -> None:
    (staging / "journal.json").write_text(forged)
    with pytest.raises(PublicationError, match="move it away"):
        recover(root)
    assert (staging / OLD / "a.py").exists()


def test_forged_links_are_not_followed(root: Path, tmp_path: Path) -> None:
    dear = tmp_path / "dear"
    dear.mkdir()
    (dear / "a.py").write_text("dear")
    for kind in (Exchange(0, ("link/a.py",)), Replacement(("link/a.py",))):
        for name in (NEW, OLD):
            staging = make_staging(tmp_path, root)
            (staging / NEW).rmdir()
            (staging / name).symlink_to(dear)
            journal.write(staging, kind)
    (root / "link").symlink_to(dear)

    recover(root)

    assert [path.name for path in dear.iterdir()] == ["a.py"]
    assert (root / "a.py").read_text() == "new"


def test_staged_files_are_not_written_through_links(root: Path, tmp_path: Path) -> None:
    (tmp_path / "dear").mkdir()
    (root / "link").symlink_to(tmp_path / "dear")
    staging = make_staging(root, root)
    (staging / NEW / "link").mkdir()
    (staging / NEW / "link" / "a.py").write_text("evil")
    journal.write(staging, Replacement(removed=()))

    with pytest.raises(PublicationError, match="symbolic link"):
        recover(root)
    assert not any((tmp_path / "dear").iterdir())
