from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from naftiko_gen.output.diff import unified_diff
from naftiko_gen.output.files import File, FileTree
from naftiko_gen.output.manifest import MANIFEST_NAME, Provenance
from naftiko_gen.output.plan import Plan, plan
from naftiko_gen.output.publication import publish

if TYPE_CHECKING:
    from pathlib import Path

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
DIFF = """\
--- /dev/null
+++ b/a/new.py
@@ -0,0 +1 @@
+new
--- /dev/null
+++ b/a/py.typed
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-gone
Binary files a/picture.png and b/picture.png differ
--- a/separators.txt
+++ b/separators.txt
@@ -1 +1 @@
-a\x0cb\u2028c
+a\x0cb\u2028d
--- a/z.py
+++ b/z.py
@@ -1,2 +1,2 @@
 one
-two
+three
\\ No newline at end of file
"""


def compared(root: Path, tree: FileTree) -> Plan:
    found = plan(root, tree, Provenance("spec.yaml", ""), force=False)
    assert isinstance(found, Plan)
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    publish(compared(tmp_path / "package", OLD))
    return tmp_path / "package"


def without_manifest(diff: str) -> str:
    """The manifest's part comes first: nothing sorts before its dot."""
    start, _, rest = diff.partition("--- /dev/null\n")
    assert start.startswith(f"--- a/{MANIFEST_NAME}\n+++ b/{MANIFEST_NAME}\n")
    return f"--- /dev/null\n{rest}"


def test_all_that_would_change_is_shown_by_path(root: Path) -> None:
    assert without_manifest(unified_diff(compared(root, NEW))) == DIFF


def test_no_change_is_no_text(root: Path) -> None:
    assert unified_diff(compared(root, OLD)) == ""


def test_an_edited_file_shows_what_force_would_do(root: Path) -> None:
    (root / "z.py").write_text("one\nedited\n")
    assert "-edited\n+three\n" in unified_diff(compared(root, NEW))


@pytest.mark.skipif(shutil.which("patch") is None, reason="needs patch")
def test_patch_understands_it(root: Path) -> None:
    trees = FileTree(tuple(file for file in NEW if file.path != "picture.png"))
    found = compared(root, trees)
    diff = unified_diff(found)
    subprocess.run(["patch", "-p1"], cwd=root, input=diff.encode(), check=True)
    assert (root / "z.py").read_bytes() == b"one\nthree"
    assert (root / MANIFEST_NAME).read_bytes() == found.emitted[-1].content
