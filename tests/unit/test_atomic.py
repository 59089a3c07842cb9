"""Atomic writes: all of a file or nothing, and nothing left beside it."""

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from naftiko_gen.publish import atomic

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_a_new_file_is_made(tmp_path: Path, linking: None) -> None:
    atomic.create(tmp_path / "spec.yaml", b"new")
    assert (tmp_path / "spec.yaml").read_bytes() == b"new"
    assert names(tmp_path) == ["spec.yaml"]


@pytest.mark.parametrize("kind", ["file", "directory", "dangling link"])
def test_a_new_file_replaces_nothing(tmp_path: Path, linking: None, kind: str) -> None:
    there = tmp_path / "spec.yaml"
    match kind:
        case "file":
            there.write_bytes(b"dear")
        case "directory":
            there.mkdir()
        case _:
            there.symlink_to("nowhere")
    before = there.lstat()
    with pytest.raises(FileExistsError) as failure:
        atomic.create(there, b"new")
    assert failure.value.strerror == os.strerror(errno.EEXIST)
    assert there.lstat() == before
    assert names(tmp_path) == ["spec.yaml"]


@pytest.fixture(params=[True, False], ids=["links", "no links"])
def linking(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have hard links, and then none, as in some file systems."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    if not request.param:
        monkeypatch.setattr(os, "link", refuse)


@posix_only
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o666, 0o444])
def test_the_mode_is_the_one_asked_for(tmp_path: Path, mode: int) -> None:
    atomic.replace(tmp_path / "spec.yaml", b"new", mode=mode)
    assert stat.S_IMODE((tmp_path / "spec.yaml").stat().st_mode) == mode


@posix_only
def test_a_new_file_has_the_mode_of_new_files(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    atomic.replace(tmp_path / "spec.yaml", b"new")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_a_link_in_its_place_is_replaced_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"dear")
    (tmp_path / "link").symlink_to("target")
    atomic.replace(tmp_path / "link", b"new")
    assert (tmp_path / "target").read_bytes() == b"dear"
    assert not (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("call", ["fsync", "fdopen"])
def test_a_disk_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    file = tmp_path / "spec.yaml"
    file.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="full"):
        atomic.replace(file, b"new", durable=True)
    assert file.read_bytes() == b"old"
    assert names(tmp_path) == ["spec.yaml"]


def test_a_caller_may_change_its_mind(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    with atomic.staged_file(file, b"new") as temporary:
        assert temporary.read_bytes() == b"new"
        assert temporary.parent == tmp_path
    assert names(tmp_path) == []
