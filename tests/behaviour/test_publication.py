"""Publishing on a real file system; as a script, runs that are killed or compete."""

import compileall
import errno
import itertools
import os
import py_compile
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from forked_scenarios import run_scenario
from naftiko_gen.emit.files import File, FileTree
from naftiko_gen.publish import disk
from naftiko_gen.publish.disk import PublicationError
from naftiko_gen.publish.manifest import MANIFEST_NAME, Provenance
from naftiko_gen.publish.plan import Plan, plan, publish

pytestmark = pytest.mark.long

PAIRS = int(os.environ.get("NAFTIKO_GEN_PAIRS", "3"))

NOBODY = 65534

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs POSIX processes")


def tree(version: str) -> FileTree:
    return FileTree(
        (
            File("same.py", b"same\n"),
            File("changed.py", version.encode()),
            File("package/__init__.py", b""),
            File("package/changed.py", version.encode()),
            File(f"package/only_{version}.py", b""),
            File(f"only_{version}/module.py", b""),
            File("README.md", b"seed\n", seed=True),
        )
    )


def plan_publication(root: Path, version: str) -> Plan:
    provenance = Provenance("spec.yaml", "0" * 64, facts={"version": version})
    return plan(root, tree(version), provenance, force=False)


def run(root: Path, version: str) -> Plan:
    return publish(plan_publication(root, version))


def version_at(root: Path) -> str | None:
    """The version that stands there whole, or None."""
    versions = (
        v for v in ("old", "new", "next") if not plan_publication(root, v).changes
    )
    return next(versions, None)


def add_foreign_entries(root: Path) -> dict[str, int]:
    """Files and directories of the user's, with their inodes."""
    for directory in (".venv/bin", "package/__pycache__", "only_old/mine"):
        (root / directory).mkdir(parents=True, exist_ok=True)
        (root / directory / "entry").write_text("mine")
    for file in ("notes.txt", "package/extra.py"):
        (root / file).write_text("mine")
    (root / "link").symlink_to("nowhere")
    return inodes(root)


FOREIGN_FILES = ("notes.txt", "package/extra.py", "README.md")
FOREIGN_DIRECTORIES = (".venv", "package/__pycache__", "only_old/mine")
FOREIGN = (*FOREIGN_FILES, *FOREIGN_DIRECTORIES, ".venv/bin/entry", "link")


def inode(root: Path, path: str) -> int:
    return (root / path).lstat().st_ino


def inodes(root: Path) -> dict[str, int]:
    return {path: inode(root, path) for path in FOREIGN}


def state(root: Path) -> dict[str, tuple[int, int]]:
    """Inode and modification time of everything below a directory, and its own."""
    paths = (root, *sorted(root.rglob("*")))
    statuses = {str(path): path.lstat() for path in paths}
    return {name: (s.st_ino, s.st_mtime_ns) for name, s in statuses.items()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "out" / "training-runs"


# --- the files after a run -------------------------------------------------------


def test_a_first_run_writes_everything(root: Path) -> None:
    result = run(root, "old")

    assert set(result.written) == {file.path for file in tree("old")} | {MANIFEST_NAME}
    assert {file.path: (root / file.path).read_bytes() for file in tree("old")} == {
        file.path: file.content for file in tree("old")
    }
    assert [path.name for path in root.parent.iterdir()] == [root.name]


def test_a_second_run_touches_nothing(root: Path) -> None:
    run(root, "old")
    before = state(root.parent)

    assert not run(root, "old").changes
    assert state(root.parent) == before


def test_unchanged_files_keep_inode_and_time(root: Path) -> None:
    run(root, "old")
    os.utime(root / "same.py", ns=(1, 1))
    before = (root / "same.py").stat()

    run(root, "new")

    after = (root / "same.py").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, 1)
    assert after.st_nlink == 1


def compile_modules(root: Path) -> None:
    """Leave the bytecode of a run in the package."""
    compileall.compile_dir(
        root, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP
    )


def compiled_names(directory: Path) -> set[str]:
    return {path.name.partition(".")[0] for path in directory.glob("__pycache__/*.pyc")}


def test_modules_go_with_their_bytecode(root: Path) -> None:
    run(root, "old")
    compile_modules(root)

    run(root, "new")

    assert not (root / "only_old").exists()
    assert compiled_names(root / "package") == {"__init__", "changed"}
    assert compiled_names(root) == {"same", "changed"}


def test_edited_files_stay_when_they_are_no_longer_emitted(root: Path) -> None:
    run(root, "old")
    (root / "only_old/module.py").write_text("edited")

    run(root, "new")

    assert (root / "only_old/module.py").read_text() == "edited"


def test_an_edit_between_plan_and_publication_stops_it(root: Path) -> None:
    run(root, "old")
    stale = plan_publication(root, "new")
    (root / "changed.py").write_text("edited")

    with pytest.raises(PublicationError, match="edited meanwhile"):
        publish(stale)
    assert (root / "changed.py").read_text() == "edited"


def test_a_seed_is_written_only_where_there_is_none(root: Path) -> None:
    run(root, "old")
    (root / "README.md").write_text("mine")
    run(root, "new")
    assert (root / "README.md").read_text() == "mine"

    (root / "README.md").unlink()
    run(root, "next")
    assert (root / "README.md").read_text() == "seed\n"


@posix_only
def test_modes_do_not_depend_on_the_umask(root: Path) -> None:
    before = os.umask(0o077)
    try:
        run(root, "old")
    finally:
        os.umask(before)

    assert {oct(path.stat().st_mode & 0o7777) for path in [root, *root.rglob("*")]} == {
        "0o755",
        "0o644",
    }
    assert (root / "changed.py").stat().st_mode & 0o777 == 0o644


@posix_only
def test_files_that_the_user_made_private_stay_private(root: Path) -> None:
    run(root, "old")
    root.chmod(0o700)
    (root / "package").chmod(0o750)

    run(root, "new")

    assert root.stat().st_mode & 0o777 == 0o700
    assert (root / "package").stat().st_mode & 0o777 == 0o750


# --- disks that fail -------------------------------------------------------------


def test_a_file_in_the_place_of_the_output_directory(root: Path) -> None:
    root.parent.write_text("a file")

    with pytest.raises(PublicationError, match=r"^can't write '.*': Not a directory$"):
        run(root, "old")


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory that every user of the machine can reach, unlike pytest's own."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def test_a_full_disk_is_reported_and_the_next_run_goes_on(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(root, "old")
    before = add_foreign_entries(root)
    plan = plan_publication(root, "new")
    calls = itertools.count(1)
    original = os.open

    def fail(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT and next(calls) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return original(path, flags, mode)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", fail)
        with pytest.raises(PublicationError, match="No space left on device"):
            publish(plan)

    assert version_at(root) is None
    run(root, "new")
    assert version_at(root) == "new"
    assert inodes(root) == before


@posix_only
def test_a_read_only_directory_stays_as_it_is(open_place: Path) -> None:
    root = open_place / "training-runs"
    run(root, "old")

    drive("publish_without_permission", root)

    assert version_at(root) == "old"


def publish_without_permission(root: Path) -> None:
    become_nobody()
    with pytest.raises(PublicationError, match="Permission denied"):
        run(root, "new")


def become_nobody() -> None:
    """Root may do everything, which is no test."""
    if os.geteuid() == 0:
        os.setuid(NOBODY)


# --- runs that are killed, and runs at the same time -----------------------------


@posix_only
def test_killed_anywhere(root: Path) -> None:
    drive("die_everywhere", root)


@posix_only
def test_two_runs_at_once(root: Path) -> None:
    drive("compete", root)


def drive(scenario: str, root: Path) -> None:
    """Run one of this file's scenarios in a process without threads."""
    process = run_scenario(__file__, [scenario, str(root)], Path.cwd())
    assert process.returncode == 0, process.stderr


def die_everywhere(root: Path) -> None:
    for step in itertools.count(1):
        before = start(root)
        has_died = run_dying_at(step, root)
        assert inodes(root) == before
        assert has_whole_files(root)
        run_again(root, before, "new")
        if not has_died:
            assert step > 20
            return


def has_whole_files(root: Path) -> bool:
    """Return whether each emitted file is that of a version."""
    files = [file for version in ("old", "new") for file in tree(version)]
    contents = {path: {f.content for f in files if f.path == path} for path in PATHS}
    return all(disk.read(root / path) in {*contents[path], None} for path in PATHS)


PATHS = {file.path for version in ("old", "new") for file in tree(version)}


def compete(root: Path) -> None:
    before = start(root)
    for step in range(PAIRS):
        version = ("new", "next")[step % 2]
        children = [fork(partial(run, root, version)) for _ in range(2)]
        assert [exit_code(child) for child in children] == [0, 0]
        assert version_at(root) == version
        run_again(root, before, version)


def start(root: Path) -> dict[str, int]:
    """Make the old tree with the user's entries in it; return their inodes."""
    shutil.rmtree(root.parent, ignore_errors=True)
    run(root, "old")
    return add_foreign_entries(root)


def run_again(root: Path, before: dict[str, int], version: str) -> None:
    """Run once more with the same tree: it is whole, and the user's files are there."""
    run(root, version)
    assert version_at(root) == version
    assert inodes(root) == before
    expected_paths = {file.path for file in tree(version)} | {MANIFEST_NAME}
    mine = {"notes.txt", "link", "package/extra.py"}
    mine |= {f"{path}/entry" for path in (".venv/bin", *FOREIGN_DIRECTORIES[1:])}
    files = (path for path in root.rglob("*") if not disk.is_directory(path))
    assert {
        path.relative_to(root).as_posix() for path in files
    } == expected_paths | mine


def run_dying_at(step: int, root: Path) -> bool:
    """Publish the new tree in a child; say whether it died on the way."""
    code = exit_code(fork(lambda: die_at(step, root)))
    assert code in {0, 9}, code
    return code == 9


def die_at(step: int, root: Path) -> None:
    """Publish the new tree, but die before the step-th change of the file system."""
    plan = plan_publication(root, "new")
    steps = itertools.count(1)

    def die(event: str, arguments: tuple[object, ...]) -> None:
        if changes_files(event, arguments) and next(steps) == step:
            os._exit(9)

    sys.addaudithook(die)
    publish(plan)


def changes_files(event: str, arguments: tuple[object, ...]) -> bool:
    """Return whether a call may change a file.

    A run that dies before it reads leaves the same as before its next change.
    """
    match event, arguments:
        case "open", (_, _, int(flags)):
            return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        case "os.listdir" | "os.scandir" | "os.walk", _:
            return False
        case _:
            return event.startswith("os.")


def fork(work: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return child


def exit_code(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    SCENARIOS: tuple[Callable[[Path], None], ...] = (
        compete,
        die_everywhere,
        publish_without_permission,
    )
    {work.__name__: work for work in SCENARIOS}[sys.argv[1]](Path(sys.argv[2]))
