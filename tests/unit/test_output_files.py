import os
from pathlib import Path

import pytest

from naftiko_gen.emit.files import File, FileTree
from naftiko_gen.language.names import skill_name, spec_slug
from naftiko_gen.syntax.files import path_from


def tree(*paths: str) -> FileTree:
    return FileTree(tuple(File(path, b"") for path in paths))


@pytest.mark.parametrize(
    "path",
    [
        *("", "/etc/passwd", "../above", "a/../b", "a/./b", "a//b", "a/", "a\\b"),
        *("C:b", "dot.", "line\nfeed", "é", "with space", "aux", "a/Com1.tar.gz"),
    ],
)
def test_unsafe_paths_are_our_fault(path: str) -> None:
    with pytest.raises(ValueError, match="unsafe path"):
        tree(path)


@pytest.mark.parametrize(
    "paths",
    [("a", "a"), ("a", "A"), ("a", "a/b"), ("a/b", "a"), ("A/b", "a/c"), ("a/b", "A")],
)
def test_paths_that_fall_together_are_our_fault(paths: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="collides"):
        tree(*paths)


def test_packages_and_skills_are_no_devices() -> None:
    assert spec_slug(Path("specs/NUL.yaml")) == "api-nul"
    assert skill_name("Con", "shop") == "api-con"
    assert skill_name("console", "shop") == "console"


def test_a_path_to_another_drive_is_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    assert path_from(Path("/here/below"), "/here/a/b") == "../a/b"

    def fail(*_: object) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr(os.path, "relpath", fail)
    assert path_from(Path("/here/below"), "/here/a/b") == "/here/a/b"
