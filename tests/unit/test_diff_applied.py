"""`git apply` makes the changes that `--diff` shows."""

import subprocess
from itertools import product
from pathlib import Path

import pytest

from compiler import run_compiler
from naftiko_gen.cli import main
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.publish.diff import changed_lines

SEED = Path(__file__).parents[2] / "specs" / "training-runs.yaml"
SPEC = SEED.read_text("utf-8")
REST_ONLY = SPEC.partition("  - type: mcp\n")[0]


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a spec, which is the current directory."""
    place = tmp_path / "work"
    place.mkdir()
    subprocess.run(["git", "init", "-q", place], check=True)
    monkeypatch.chdir(place)
    Path("a.yaml").write_text(SPEC, "utf-8")
    Path("naftiko-gen.toml").write_text('specs = ["a.yaml"]\n', "utf-8")
    return place


def diff(*arguments: str) -> bytes:
    return run_compiler(*arguments).stdout.encode()


def apply(patch: bytes) -> None:
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    process = subprocess.run(command, input=patch, capture_output=True, check=False)
    assert (process.returncode, process.stderr) == (0, b"")


def assert_current() -> None:
    assert main.main(["--check", "-q"]) == Exit.DONE


# --- packages --------------------------------------------------------------------


def test_a_new_package() -> None:
    apply(diff("--diff"))

    assert_current()


@pytest.mark.parametrize("layout", ["project", "package"])
def test_a_package_of_a_changed_spec_with_files_that_go(layout: str) -> None:
    with Path("naftiko-gen.toml").open("a", encoding="utf-8") as configuration:
        configuration.write(f'layout = "{layout}"\n')
    assert main.main(["-q"]) == Exit.DONE
    Path("a.yaml").write_text(REST_ONLY.replace("8080", "8081"), "utf-8")

    apply(diff("--diff"))

    assert_current()
    assert not list(Path("generated").rglob("mcp_server.py"))


def test_an_odd_directory() -> None:
    output = "two  words/größe \\\\ it's"
    Path("naftiko-gen.toml").write_text(
        f'specs = ["a.yaml"]\noutput = "{output}"\n', "utf-8"
    )

    apply(diff("--diff"))

    assert_current()


def test_paths_are_from_the_root_of_the_repository(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Git looks for them there, from any directory of the repository."""
    Path("below").mkdir()
    monkeypatch.chdir("below")
    Path("b.yaml").write_text(SPEC, "utf-8")

    patch = diff("b.yaml", "-o", "generated", "--diff")

    assert b"+++ b/below/generated/b/b/client.py\n" in patch
    apply(patch)
    assert main.main(["b.yaml", "-o", "generated", "--check", "-q"]) == Exit.DONE


def test_outside_of_a_repository_paths_are_from_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    Path("a.yaml").write_text(SPEC, "utf-8")

    patch = diff("a.yaml", "--diff")

    assert b"+++ b/generated/a/a/client.py\n" in patch
    apply(patch)
    assert main.main(["a.yaml", "--check", "-q"]) == Exit.DONE


# --- specs -----------------------------------------------------------------------


def test_a_fixed_spec_without_a_line_feed_at_its_end() -> None:
    Path("a.yaml").write_text(SPEC.rstrip("\n"), "utf-8")

    apply(diff("fix", "--diff"))

    assert main.main(["fix", "--diff", "-q"]) == Exit.DONE


# --- files -----------------------------------------------------------------------

CONTENTS = (
    None,
    b"",
    b"a\n",
    b"a",
    b"b\nc\x0c\xc3\xa9\r\n",
    b"\0",
    bytes(range(256)) * 3,
    b"\xff" * 26 + b"\n",
)


@pytest.mark.parametrize("name", ["f", "a b", 'q"\\\n\x1b é', "d/e/ f"])
def test_any_change_of_a_file(name: str) -> None:
    pairs = enumerate(product(CONTENTS, repeat=2))
    changes = {Path(str(number), name): pair for number, pair in pairs}
    for path, (before, _) in changes.items():
        path.parent.mkdir(parents=True)
        if before is not None:
            path.write_bytes(before)

    patches = [change_of(path, *contents) for path, contents in changes.items()]

    apply("".join(patches).encode())
    assert {path: content(path) for path in changes} == {
        path: after for path, (_, after) in changes.items()
    }


def change_of(path: Path, before: bytes | None, after: bytes | None) -> str:
    lines = "".join(changed_lines(path, before, after))
    assert lines.replace("\n", "").replace("\t", "").isprintable() or before or after
    return lines if before != after else ""


def content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def test_the_mode_of_a_file_that_goes_is_told() -> None:
    Path("f").write_bytes(b"a\n")
    Path("f").chmod(0o755)

    patch = "".join(changed_lines(Path("f"), b"a\n", None))

    assert "deleted file mode 100755\n" in patch
    apply(patch.encode())
