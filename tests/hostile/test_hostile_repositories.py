"""Repositories of strangers, that are compiled: nothing runs, all else stays."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pytest
from programs import run_main

from case_tables import table
from compiler import run_compiler

SPEC = Path(__file__).parents[2] / "specs" / "training-runs.yaml"
NAME = "training-runs"
CONFIGURATION = 'specs = ["specs/*.yaml"]\n'
IDENTITY = ("-c", "user.name=Eve", "-c", "user.email=eve@example.com")

COMMANDS: list[list[str]] = table(__file__, "commands")
OF_SPECS = (["fix"], ["explain"])
"""Commands that have no need of packages; one of them writes specs."""

JOURNALS: list[dict[str, object]] = table(__file__, "journals")
FORGED = [
    (f".naftiko-gen-{NAME}-{number}-deadbeef{signature}", journal)
    for number, journal in enumerate(JOURNALS)
    for signature in ("", "0" * 24)
]
"""Names of staging directories, signed or not, each with a journal."""

pytestmark = pytest.mark.skipif(
    os.name != "posix" or not shutil.which("git"), reason="needs git and links"
)


def git(*arguments: str, cwd: Path) -> None:
    subprocess.run(["git", *IDENTITY, *arguments], cwd=cwd, check=True)


def run(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in the directory of a user who has cloned something."""
    with chdir(clone):
        return run_main(*arguments)


def tree(root: Path) -> dict[str, bytes]:
    """Return the contents and targets below a directory, except for specs."""
    return {
        path.relative_to(root).as_posix(): (
            os.fsencode(path.readlink())
            if path.is_symlink()
            else path.read_bytes() if path.is_file() else b""
        )
        for path in sorted(root.rglob("*"))
        if path.suffix != ".yaml"
    }


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository with a spec and a configuration; nothing is committed yet."""
    origin = tmp_path / "origin"
    (origin / "specs").mkdir(parents=True)
    shutil.copy(SPEC, origin / "specs")
    (origin / "naftiko-gen.toml").write_text(CONFIGURATION)
    git("init", "-q", cwd=origin)
    return origin


@pytest.fixture
def package(origin: Path) -> Path:
    """The package of the spec, as a run writes it."""
    process = run(origin, "--quiet")
    assert process.returncode == 0, process.stderr
    return origin / "generated" / NAME


@pytest.fixture
def new_clone(origin: Path, tmp_path: Path) -> Callable[[], Path]:
    """Return a function that commits all and clones it, beside a file of the user's."""

    def clone() -> Path:
        git("add", "-A", "-f", cwd=origin)
        git("commit", "-q", "-m", "Everything is fine", cwd=origin)
        place = tmp_path / "work" / "clone"
        place.parent.mkdir()
        (place.parent / "dear.txt").write_text("dear")
        git("clone", "-q", str(origin), str(place), cwd=tmp_path)
        return place

    return clone


def forge(place: Path) -> None:
    """Make the traces of killed runs, with a hook and a configuration that runs it."""
    for staging, journal in FORGED:
        hooks = place / staging / "new" / "hooks"
        hooks.mkdir(parents=True)
        (hooks.parent / "config").write_text('[core]\nfsmonitor = "touch owned"\n')
        for hook in (hooks / "post-checkout", hooks.parent / "post-checkout"):
            hook.write_text("#!/bin/sh\ntouch owned\n")
            hook.chmod(0o755)
        (hooks.parent / "link").symlink_to("../../../../.git")
        (place / staging / "journal.json").write_text(json.dumps(journal))


# --- the work of killed runs, forged ---------------------------------------------


@pytest.mark.parametrize("target", ["../.git/hooks", "../.git", "../.."])
def test_a_link_in_the_place_of_a_package_leads_nowhere(
    origin: Path, new_clone: Callable[[], Path], target: str
) -> None:
    (origin / "generated").mkdir()
    (origin / "generated" / NAME).symlink_to(target)
    forge(origin / "generated")
    clone = new_clone()
    before = tree(clone.parent)

    for command in COMMANDS:
        process = run(clone, *command)
        assert "Traceback" not in process.stderr
        assert tree(clone.parent) == before, command
        if command not in OF_SPECS:
            assert process.returncode == 1, process.stderr
            assert "is a symbolic link" in process.stderr


@pytest.mark.parametrize("umask", [0o022, 0o077])
@pytest.mark.parametrize("place", [".", NAME])
def test_the_work_of_nobody_is_left_alone(
    package: Path, new_clone: Callable[[], Path], place: str, umask: int
) -> None:
    forge(package.parent / place)
    previous = os.umask(umask)
    try:
        clone = new_clone()
    finally:
        os.umask(previous)
    before = tree(clone.parent)

    for command in COMMANDS:
        process = run(clone, *command)
        assert process.returncode == 0, process.stderr
        assert tree(clone.parent) == before, command


def test_a_package_is_renewed_beside_the_work_of_nobody(
    package: Path, new_clone: Callable[[], Path]
) -> None:
    forge(package.parent)
    (package / "training_runs" / "rest.py").unlink()
    clone = new_clone()
    before = tree(clone / "generated")

    process = run(clone)

    assert process.returncode == 0, process.stderr
    module = f"{NAME}/training_runs/rest.py"
    assert tree(clone / "generated").keys() == before.keys() | {module}


# --- links in the place of files that a run writes or reads ---------------------------


@pytest.mark.parametrize("command", [(), ("--check",), ("--fail-on-change",)])
@pytest.mark.parametrize("target", [".git", ".."])
def test_an_output_directory_that_is_a_link_is_refused(
    origin: Path, new_clone: Callable[[], Path], target: str, command: tuple[str, ...]
) -> None:
    (origin / "generated").symlink_to(target)
    clone = new_clone()
    before = tree(clone.parent)

    process = run(clone, *command)
    result = run(clone, *command, "-o", "generated")

    assert process.returncode == 2
    assert "error[wrong-setting] " in process.stderr
    assert result.returncode == 1
    assert "'generated' is a symbolic link; name the directory" in result.stderr
    assert tree(clone.parent) == before


def test_a_link_above_the_output_directory_is_refused(
    origin: Path, new_clone: Callable[[], Path]
) -> None:
    (origin / "link").symlink_to("..")
    configuration = f'{CONFIGURATION}output = "link/work/generated"\n'
    (origin / "naftiko-gen.toml").write_text(configuration)
    clone = new_clone()
    before = tree(clone.parent)

    assert run(clone).returncode == 2
    for output in (("-o", str(clone / "link" / "out")), ("-o", "link/out")):
        process = run(clone, *output)
        assert process.returncode == 1
        assert "link' is a symbolic link; name the directory" in process.stderr
        assert tree(clone.parent) == before


@pytest.mark.parametrize(
    "path", [".naftiko-gen.json", "training_runs", "training_runs/rest.py", "README.md"]
)
def test_links_in_a_package_are_never_written_through(
    package: Path, new_clone: Callable[[], Path], path: str
) -> None:
    link = package / path
    shutil.rmtree(link) if link.is_dir() else link.unlink()
    link.symlink_to(os.path.relpath(package.parents[2] / "dear.txt", link.parent))
    (package / "training_runs.py").write_text("")
    clone = new_clone()
    dear = clone.parent / "dear.txt"

    for command in COMMANDS:
        run(clone, *command)
        assert dear.read_text() == "dear"
        assert sorted(p.name for p in clone.parent.iterdir()) == ["clone", "dear.txt"]


# --- modules that nobody generated ----------------------------------------------


HASHED = b"\0\0\r\n" + (1).to_bytes(4, "little") + bytes(8)
FOREIGN: list[str] = table(__file__, "foreign")
NAMED = ("rest", "_runtime/upstream/client", *FOREIGN[2:], "extra")
MODES = ((), ("--check",), ("--diff",), ("--force",), ("--no-cache", "--check"))


def test_an_importable_file_is_an_error(
    package: Path, new_clone: Callable[[], Path]
) -> None:
    modules = package / "training_runs"
    for path in FOREIGN:
        (modules / path).parent.mkdir(parents=True, exist_ok=True)
        (modules / path).write_bytes(HASHED)
    (modules / "extra").symlink_to("../tests")
    clone = new_clone()
    before = tree(clone)

    for mode in MODES:
        process = run(clone, *mode)
        assert process.returncode == 1, process.stderr
        for path in NAMED:
            place = f"generated/{NAME}/training_runs/{path}"
            assert f"error[foreign-module] '{place}'" in process.stderr
        assert process.stderr.count("error[") == len(NAMED)
        assert tree(clone) == before


def test_a_package_directory_of_its_own_has_the_same_rule(
    origin: Path, new_clone: Callable[[], Path]
) -> None:
    (origin / "naftiko-gen.toml").write_text(f'{CONFIGURATION}layout = "package"\n')
    assert run(origin, "--quiet").returncode == 0
    (origin / "generated" / "training_runs" / "rest").mkdir()
    (origin / "generated" / "training_runs" / "rest" / "__init__.py").write_text("")
    clone = new_clone()

    process = run(clone, "--check")

    assert process.returncode == 1
    assert "error[foreign-module] 'generated/training_runs/rest'" in process.stderr
    assert "keep your own code out of 'generated/training_runs'" in process.stderr


def test_no_configuration_lowers_the_severity(package: Path, origin: Path) -> None:
    (package / "training_runs" / "extra.py").write_text("")
    for severity in ("silent", "note", "warning"):
        codes = f'{CONFIGURATION}codes = {{foreign-module = "{severity}"}}\n'
        (origin / "naftiko-gen.toml").write_text(codes)
        process = run(origin, "--check")
        assert process.returncode == 2
        assert "error[fixed-severity]" in process.stderr


def test_a_module_in_the_manifest_of_a_stranger_is_foreign(
    package: Path, new_clone: Callable[[], Path]
) -> None:
    content = b"print('owned')\n"
    (package / "training_runs" / "extra.py").write_bytes(content)
    manifest = json.loads((package / ".naftiko-gen.json").read_text())
    manifest["files"]["training_runs/extra.py"] = "0" * 64
    (package / ".naftiko-gen.json").write_text(json.dumps(manifest, indent=2))
    clone = new_clone()

    for mode in MODES:
        process = run(clone, *mode)
        assert process.returncode == 1
        message = "training_runs/extra.py' isn't generated, but Python could import"
        assert message in process.stderr


def test_files_of_python_and_users_are_none(package: Path) -> None:
    """Python compiles modules beside them, and other tools leave files, too."""
    modules = package / "training_runs"
    subprocess.run(
        [sys.executable, "-c", "import training_runs.rest, training_runs.mcp_server"],
        cwd=package,
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")},
        check=True,
    )
    assert any((modules / "__pycache__").iterdir())
    (modules / "notes.txt").write_text("mine")
    (package / "application.py").write_text("mine")
    root = package.parents[1]

    for mode in MODES:
        process = run(root, *mode)
        assert process.returncode == 0, process.stderr
    assert (package / "application.py").read_text() == "mine"


def test_a_project_file_that_never_ends_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe, or a link to a device, may be called like a file of a project."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(SPEC, tmp_path)
    os.mkfifo(tmp_path / "pyproject.toml")

    process = run_compiler("--quiet", SPEC.name)

    assert process.returncode == 0, process.stderr
