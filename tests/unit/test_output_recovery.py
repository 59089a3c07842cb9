from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from naftiko_gen.publish import journal, signing_key
from naftiko_gen.publish.disk import PublicationError
from naftiko_gen.publish.journal import Exchange, Replacement
from naftiko_gen.publish.leftovers import Leftovers, leftovers
from naftiko_gen.publish.publication import recover
from naftiko_gen.publish.recovery import finish
from naftiko_gen.publish.staging import NEW, OLD, make_staging

if TYPE_CHECKING:
    from pathlib import Path


posix_only = pytest.mark.skipif(os.name != "posix", reason="needs modes of files")


def forget_key() -> None:
    """Have the key be read again, as by another process."""
    signing_key.read_key.cache_clear()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "package"
    (root / "__pycache__").mkdir(parents=True)
    (root / "a.py").write_text("new")
    return root


@pytest.fixture
def staging(root: Path) -> Path:
    """The files of a run that was killed right after the exchange."""
    staging = make_staging(root.parent, root)
    (staging / NEW).rename(staging / OLD)
    journal.write(staging, Exchange(inode=root.stat().st_ino, discarded=("a.py",)))
    (staging / OLD / "a.py").write_text("old")
    return staging


def test_leftovers_are_those_of_the_package_alone(root: Path, staging: Path) -> None:
    other = root.parent / "package-7"
    mine = make_staging(root, root)
    make_staging(root.parent, other)
    assert leftovers(root) == Leftovers(own=(staging, mine))


def test_a_directory_that_no_known_run_made_is_unknown(
    root: Path, staging: Path
) -> None:
    """Neither a name nor a journal can be copied, or guessed."""
    unsigned = root.parent / ".naftiko-gen-package-1-0123abcd"
    unsigned.mkdir()
    guessed = root.parent / f"{unsigned.name}{'0' * 24}"
    guessed.symlink_to(staging)
    moved = root / staging.name
    shutil.copytree(staging, moved)
    assert leftovers(root) == Leftovers((staging,), (unsigned, guessed, moved))


def test_a_copy_at_the_same_place_is_unknown(root: Path, staging: Path) -> None:
    """Somebody who knows the name of a staging directory can't write its journal."""
    shutil.move(staging, root.parent / "moved")
    shutil.copytree(root.parent / "moved", staging)
    assert leftovers(root) == Leftovers(unknown=(staging,))
    (staging / "journal.json").unlink()
    assert leftovers(root) == Leftovers(own=(staging,))


@posix_only
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_directory_that_others_can_write_to_is_unknown(
    root: Path, staging: Path, mode: int
) -> None:
    staging.chmod(mode)
    assert leftovers(root) == Leftovers(unknown=(staging,))


@posix_only
@pytest.mark.parametrize(
    "spoil", ["link", "short", "readable", "shared", "missing", "directory"]
)
def test_without_the_key_nothing_is_known(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: str
) -> None:
    """Another key, or one that others may know, proves nothing; all else goes on."""
    state = tmp_path / "state"
    monkeypatch.setenv(signing_key.VARIABLE, str(state))
    staging = make_staging(root.parent, root)
    assert leftovers(root) == Leftovers(own=(staging,))
    forget_key()
    assert leftovers(root) == Leftovers(own=(staging,))

    [key] = state.iterdir()
    match spoil:
        case "link":
            key.rename(tmp_path / "key")
            key.symlink_to(tmp_path / "key")
        case "short":
            key.write_bytes(b"short")
        case "readable":
            key.chmod(0o640)
        case "shared":
            state.chmod(0o777)
        case "missing":
            key.unlink()
        case _:
            key.unlink()
            key.mkdir()
    forget_key()

    assert leftovers(root) == Leftovers(unknown=(staging,))
    assert leftovers(root / "other") == Leftovers()
    later = make_staging(root.parent, root)
    assert later in leftovers(root).own


def test_the_key_is_for_the_user_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "below" / "state"
    monkeypatch.setenv(signing_key.VARIABLE, str(state))
    key = signing_key.signing_key()
    [file] = state.iterdir()
    assert file.read_bytes() == key
    assert file.stat().st_mode & 0o777 == 0o600
    assert state.stat().st_mode & 0o777 == 0o700


def test_where_no_key_can_be_kept_a_process_has_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(signing_key.VARIABLE, str(tmp_path / "file" / "state"))
    key = signing_key.signing_key()
    assert key == signing_key.signing_key()
    forget_key()
    assert key != signing_key.signing_key()


def test_files_that_the_user_made_anew_stay_beside_the_old_ones(
    root: Path, staging: Path
) -> None:
    for n in range(2):
        (root / f"notes.txt{n * '.orig'}").write_text("later")
    (staging / OLD / "notes.txt").write_text("earlier")

    finish(staging, root)

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

    finish(staging, root)

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

    finish(staging, root)

    assert [path.name for path in root.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    "forged",
    [
        "{",
        "[]",
        json.dumps({"Exchange": {"inode": 1, "discarded": []}}),
        f"{'0' * 64}\n{json.dumps({'Replacement': {'removed': ['a.py']}})}",
    ],
)
def test_forged_journals_are_left_alone(root: Path, staging: Path, forged: str) -> None:
    (staging / "journal.json").write_text(forged)

    recover(root)

    assert leftovers(root) == Leftovers(unknown=(staging,))
    assert (staging / OLD / "a.py").exists()
    assert (root / "a.py").exists()


@pytest.mark.parametrize(
    "kind",
    [
        Exchange(1, ("../a",)),
        Exchange(1, ("/etc/x",)),
        Replacement(("a/../../b",)),
        Replacement(("a\0b",)),
    ],
)
def test_a_journal_names_nothing_outside_of_the_package(
    root: Path, staging: Path, kind: Exchange | Replacement
) -> None:
    journal.write(staging, kind)
    with pytest.raises(PublicationError, match="move it away"):
        finish(staging, root)
    assert (staging / OLD / "a.py").exists()


def test_a_package_directory_that_is_a_link_is_never_settled(
    root: Path, staging: Path, tmp_path: Path
) -> None:
    root.rename(tmp_path / "dear")
    root.symlink_to(tmp_path / "dear")
    with pytest.raises(PublicationError, match="symbolic link"):
        recover(root)
    assert (tmp_path / "dear" / "a.py").read_text() == "new"
    assert staging.exists()


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
