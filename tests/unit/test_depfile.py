"""Depfiles: Make and Ninja read them, and build when a prerequisite changes."""

import os
import re
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from compiler import compiler_words
from imported_books import BOOKS, importing
from naftiko_gen.building.depfile import Rule, UnwritableNameError, depfile
from naftiko_gen.cli import main
from naftiko_gen.diagnostics.exits import Exit

pytestmark = pytest.mark.usefixtures("place")

NINJA = Path(sysconfig.get_path("scripts")) / "ninja"
CLEAN = (Path(__file__).parents[1] / "diagnostics" / "clean.yaml").read_text("utf-8")
IMPORTED = "shared library/grün $1.yaml"
NAMES = [
    *("plain.yaml", "two words.yaml", "  spaces  .yaml", "$HOME.yaml"),
    *("$(x) ${y}.yaml", "#1.yaml", "50%.yaml", "back\\slash.yaml", "back\\ space.yaml"),
    *("back\\\\ space.yaml", "c:d.yaml", "~tilde.yaml", "grün 日本.yaml"),
    *("'quoted\".yaml", "-o.yaml", "@at+plus,comma!{brace}.yaml"),
]


def make(*arguments: str, status: int = 0) -> str:
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    return run("make", "--no-print-directory", *arguments, status=status)


def run(*command: str | Path, status: int = 0) -> str:
    outside = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    process = subprocess.run(
        command, capture_output=True, encoding="utf-8", env=outside, check=False
    )
    assert process.returncode == status, process.stdout + process.stderr
    return process.stdout + process.stderr


# --- names -----------------------------------------------------------------------


def test_make_reads_every_name_as_it_is() -> None:
    for name in NAMES:
        Path(name).write_text("", "utf-8")
    rule = Rule(Path("out put/50%"), tuple(map(Path, NAMES)))
    Path("out.d").write_bytes(depfile([rule]))
    Path("Makefile").write_text("include out.d\n", "utf-8")

    database = make("--print-data-base", "--dry-run", "out put/50%", status=0)

    [line] = re.findall(r"^out put/50%: (.*)$", database, re.MULTILINE)
    assert line == " ".join(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_make_and_ninja_build_again_when_a_file_of_that_name_changes(name: str) -> None:
    """Make sees whether it is newer, and Ninja reads the name as Make does."""
    Path(name).write_text("", "utf-8")
    rule = Rule(Path("out"), (Path(name),))
    Path("out.d").write_bytes(depfile([rule]))
    Path("Makefile").write_text("out:\n\techo made >out\ninclude out.d\n", "utf-8")
    Path("build.ninja").write_text(
        "rule make\n command = touch $out\n depfile = out.d\nbuild out: make\n", "utf-8"
    )
    make("out")
    run(NINJA)

    assert "up to date" in make("out")
    assert "no work to do" in run(NINJA)
    newer(name)
    assert "echo made" in make("out")
    assert "no work to do" not in run(NINJA)
    Path(name).unlink()
    if "%" not in name:
        assert "echo made" in make("out")


@pytest.mark.parametrize(
    "name",
    [
        *("new\nline", "a=b", "a;b", "[a]", "a*", "a?", "a|b", "a&b", "end\\", "a(b)"),
        *("a`b", "a^b", "a<b", "a\\#"),
    ],
)
def test_paths_that_make_cannot_read_are_refused(name: str) -> None:
    with pytest.raises(UnwritableNameError):
        depfile([Rule(Path("out"), (Path(name),))])


def newer(name: str) -> None:
    """Change a file's time to one that is later than those of all that was made."""
    latest = max(path.stat().st_mtime_ns for path in Path().rglob("*"))
    os.utime(name, ns=(latest + 10**7, latest + 10**7))


# --- builds ----------------------------------------------------------------------

MAKEFILE = """\
out.stamp:
\t{compile} -q --depfile out.d --stamp $@
-include out.d
"""
BUILD = """\
rule compile
  command = {compile} -q --depfile out.d --stamp $out
  depfile = out.d
build out.stamp: compile
"""


@pytest.fixture
def project() -> None:
    """A project with two specs, one of which imports a file."""
    Path("specs").mkdir()
    Path("shared library").mkdir()
    Path("specs/a b#1.yaml").write_text(CLEAN, "utf-8")
    Path("specs/library.yaml").write_text(importing(f"../{IMPORTED}"), "utf-8")
    Path(IMPORTED).write_text(BOOKS, "utf-8")
    configuration = 'specs = ["specs/*.yaml"]\nimport-root = "."\n'
    Path("naftiko-gen.toml").write_text(configuration, "utf-8")
    # `python -m naftiko_gen.cli` would import its modules a dozen times.
    compiler = shlex.join(compiler_words())
    Path("Makefile").write_text(MAKEFILE.format(compile=compiler), "utf-8")
    Path("build.ninja").write_text(BUILD.format(compile=compiler), "utf-8")


@pytest.mark.parametrize("tool", ["make", "ninja"])
@pytest.mark.slow
def test_a_build_runs_when_something_changes_and_only_then(
    tool: str, project: None
) -> None:
    def is_built() -> bool:
        output = make() if tool == "make" else run(NINJA)
        return "naftiko_gen.cli" in output

    assert is_built()
    assert not is_built()
    for file in (
        "specs/a b#1.yaml",
        "specs/library.yaml",
        IMPORTED,
        "naftiko-gen.toml",
    ):
        newer(file)
        later = Path(file).stat().st_mtime_ns / 10**9
        os.utime("out.stamp", (later - 1, later - 1))
        assert is_built(), file
        os.utime(file, (later - 60, later - 60))
        assert not is_built(), file
    Path("README.md").write_text("Not an input.\n", "utf-8")
    assert not is_built()
    Path(IMPORTED).unlink()
    assert "import-not-found" in (
        make(status=2) if tool == "make" else run(NINJA, status=1)
    )


def test_a_depfile_without_a_stamp_is_about_the_manifests(project: None) -> None:
    assert main.main(["-q", "--depfile", "below/out.d"]) == Exit.DONE
    first = Path("below/out.d").read_bytes()

    assert first.decode() == (
        "generated/a-b-1/.naftiko-gen.json: \\\n"
        "  specs/a\\ b\\#1.yaml \\\n"
        "  naftiko-gen.toml\n"
        "generated/library/.naftiko-gen.json: \\\n"
        "  specs/library.yaml \\\n"
        "  shared\\ library/grün\\ $$1.yaml \\\n"
        "  naftiko-gen.toml\n"
        "\nspecs/a\\ b\\#1.yaml:\n"
        "\nnaftiko-gen.toml:\n"
        "\nspecs/library.yaml:\n"
        "\nshared\\ library/grün\\ $$1.yaml:\n"
    )
    assert main.main(["-q", "--depfile", "below/out.d"]) == Exit.DONE
    assert Path("below/out.d").read_bytes() == first
    assert [path.name for path in Path("below").iterdir()] == ["out.d"]


def test_a_stamp_is_as_old_as_the_beginning_of_the_run(project: None) -> None:
    assert main.main(["-q", "--stamp", "stamps/out"]) == Exit.DONE

    time = Path("generated/library/.naftiko-gen.json").stat().st_mtime_ns
    assert Path("stamps/out").stat().st_mtime_ns < time
