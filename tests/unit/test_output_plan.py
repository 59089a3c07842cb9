import re
from pathlib import Path

import pytest

from naftiko_gen.emit.files import File, FileTree
from naftiko_gen.publish.disk import PublicationError
from naftiko_gen.publish.manifest import MANIFEST_NAME, Provenance
from naftiko_gen.publish.plan import Plan, plan, publish
from naftiko_gen.publish.refusal import check_output

PROVENANCE = Provenance("spec.yaml", "")
OLD = FileTree((File("a.py", b"old"), File("b/c.py", b"c"), File("gone.py", b"")))
NEW = FileTree((File("a.py", b"new"), File("b/c.py", b"c"), File("more.py", b"")))


def compare(root: Path, tree: FileTree = NEW, *, force: bool = False) -> Plan:
    return plan(root, tree, PROVENANCE, force=force)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A package directory with the old files."""
    publish(compare(tmp_path / "package", OLD))
    return tmp_path / "package"


def test_every_path_has_one_fate(root: Path) -> None:
    changes = compare(root)
    assert changes.written == ("a.py", "more.py", MANIFEST_NAME)
    assert changes.unchanged == ("b/c.py",)
    assert changes.removed == ("gone.py",)
    assert changes.edited == ()


def test_an_edit_that_equals_the_new_file_is_none(root: Path) -> None:
    (root / "a.py").write_text("new")
    changes = compare(root)
    assert "a.py" in changes.unchanged
    assert changes.edited == ()


def test_a_foreign_directory_is_used_where_nothing_collides(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "a.py").write_text("new")
    assert compare(tmp_path).edited == ()

    (tmp_path / "more.py").write_text("mine")
    assert compare(tmp_path).edited == ("more.py",)


def test_an_owned_file_that_becomes_a_seed_is_not_removed(root: Path) -> None:
    changes = compare(root, FileTree((File("a.py", b"new", seed=True),)))
    assert "a.py" not in (*changes.removed, *changes.written)


def test_the_users_own_links_do_no_harm(root: Path) -> None:
    (root / "data").symlink_to("/nowhere")
    (root / "README.md").symlink_to("../README.md")
    tree = FileTree((*NEW, File("README.md", b"", seed=True)))
    assert "README.md" not in compare(root, tree).written


def test_a_file_in_the_place_of_the_package(tmp_path: Path) -> None:
    (tmp_path / "package").write_text("mine")
    with pytest.raises(PublicationError, match="move it away"):
        compare(tmp_path / "package")


@pytest.mark.parametrize(
    ("output", "root", "message"),
    [
        ("/", "/spec", "'/' is the root of the file system; name a directory"),
        ("home", "home/spec", "'home' is the home directory; name a directory in it"),
        ("out", "specs", "'specs' holds the spec 'specs/spec.yaml'; name another"),
    ],
)
def test_dear_places_are_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    output: str,
    root: str,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with pytest.raises(PublicationError, match=f"^{re.escape(message)}"):
        check_output(Path(output), Path(root), Path("specs/spec.yaml"))


def test_other_places_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for output in ("out", "home/out", "specs", "."):
        root, spec = Path(output, "spec"), Path("specs/spec.yaml")
        check_output(Path(output), root, spec)
