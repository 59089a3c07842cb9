import re
import shutil
import subprocess
from pathlib import Path

import pytest

from naftiko_gen.emit.files import File, FileTree
from naftiko_gen.publish.diff import unified_diff
from naftiko_gen.publish.manifest import MANIFEST_NAME, Provenance
from naftiko_gen.publish.plan import Plan, plan, publish

OLD = FileTree(
    (
        File("z.py", b"one\ntwo\n"),
        File("gone.py", b"gone\n"),
        File("picture.png", b"\0old"),
        File("separators.txt", "a\x0cb\u2028c\n".encode()),
    )
)
NEW = FileTree(
    (
        File("z.py", b"one\nthree"),
        File("a/new.py", b"new\n"),
        File("a/py.typed", b""),
        File("picture.png", b"\0new"),
        File("separators.txt", "a\x0cb\u2028d\n".encode()),
    )
)
DIFF = Path(__file__).with_name("output_diff.diff").read_text("utf-8")


def compare(root: Path, tree: FileTree) -> Plan:
    changes = plan(root, tree, Provenance("spec.yaml", ""), force=False)
    assert isinstance(changes, Plan)
    return changes


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    publish(compare(tmp_path / "package", OLD))
    return tmp_path / "package"


def without_manifest(diff: str) -> str:
    """The manifest's part comes first: nothing sorts before its dot."""
    first, *rest = re.split(r"^(?=diff --git )", diff, flags=re.MULTILINE)[1:]
    assert first.startswith(f"diff --git a/package/{MANIFEST_NAME} ")
    return "".join(rest)


def test_all_that_would_change_is_shown_by_path(root: Path) -> None:
    difference = without_manifest(unified_diff(compare(root, NEW)))

    # The compressed content depends on the library that compresses it.
    assert (
        re.sub(r"(?<=^literal 4\n).*$", "LITERAL", difference, flags=re.MULTILINE)
        == DIFF
    )


def test_an_edited_file_shows_the_effect_of_force(root: Path) -> None:
    (root / "z.py").write_text("one\nedited\n")
    assert "-edited\n+three\n" in unified_diff(compare(root, NEW))


@pytest.mark.skipif(shutil.which("patch") is None, reason="needs patch")
def test_patch_understands_a_diff(root: Path) -> None:
    """It has no use for files that aren't text."""
    old, new = (
        FileTree(tuple(file for file in tree if file.path != "picture.png"))
        for tree in (OLD, NEW)
    )
    publish(compare(root, old))
    changes = compare(root, new)
    diff = unified_diff(changes)
    subprocess.run(["patch", "-p1"], input=diff.encode(), check=True)
    assert (root / "z.py").read_bytes() == b"one\nthree"
    assert (root / MANIFEST_NAME).read_bytes() == changes.emitted[-1].content
