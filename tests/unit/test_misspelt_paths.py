"""Paths at which nothing is, or can be: messages ask for the one that was meant."""

import shutil
from pathlib import Path

import pytest

from compiler import run_compiler
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.syntax.files import question

ROOT = Path(__file__).parents[2]
SPEC = "specs/orders.yaml"
LONG = 300 * "x"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with some files."""
    monkeypatch.chdir(tmp_path)
    for name in (
        *("specs/training-runs.yaml", "specs/training-runs.md", "specs/orders.yml"),
        *("deep/below/hidden.yaml", "node_modules/x/library.yaml"),
        *(".secret/library.yaml", "openapi.json", "naftiko.toml"),
    ):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("", "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("specs/trainig-runs.yaml", "specs/training-runs.yaml"),
        ("specs/training-runs.yml", "specs/training-runs.yaml"),
        ("specs/training-runs", "specs/training-runs.yaml"),
        ("specs/order.yaml", "specs/orders.yml"),
        ("spec/training-runs.yaml", "specs/training-runs.yaml"),
        ("spce/trainig-runs.yaml", "specs/training-runs.yaml"),
        ("training-runs.yaml", "specs/training-runs.yaml"),
        ("elsewhere/hidden.yaml", "deep/below/hidden.yaml"),
        ("spec/*.yaml", "specs/*.yaml"),
        ("spec", "specs"),
        ("naftiko.toml", None),
        ("weather.yaml", None),
        ("library.yaml", None),
        ("", None),
        ("/", None),
        ("..", None),
        ("x" * 5000, None),
        ("a\0b", None),
    ],
    ids=lambda text: str(text)[:30],
)
def test_the_nearest_path_is_asked_for(path: str, nearest: str | None) -> None:
    assert question(Path(path)) == (f"did you mean '{nearest}'?" if nearest else None)


def test_a_path_of_the_machine_is_corrected(place: Path) -> None:
    path = place / "spec" / "training-runs.yaml"

    hint = question(path)

    assert hint == f"did you mean '{place}/specs/training-runs.yaml'?"


def test_a_name_shows_nothing_that_a_terminal_obeys() -> None:
    Path("red\x1b[31m.yaml").write_text("", "utf-8")

    assert question(Path("red\x1b[32m.yaml")) == "did you mean 'red\\x1b[31m.yaml'?"


@pytest.mark.parametrize(
    "arguments",
    [
        [SPEC, "--output", LONG],
        [SPEC, "--import-root", LONG],
        ["fix", f"{LONG}/spec.yaml"],
        ["init", LONG],
        ["init", f"{LONG}/repository"],
        ["import", "museum.yaml", "--output", LONG],
        ["deploy", SPEC, "--no-lock", "--output", LONG],
    ],
    ids=lambda words: words[0],
)
def test_a_name_that_no_file_can_have_is_refused(arguments: list[str]) -> None:
    """The system refuses it, as it does a path below a directory of somebody else."""
    Path("specs").mkdir(exist_ok=True)
    shutil.copy(ROOT / "specs" / "training-runs.yaml", SPEC)
    shutil.copy(ROOT / "tests" / "openapi" / "documents" / "museum.yaml", ".")

    process = run_compiler(*arguments)

    assert process.returncode in (Exit.FAILED, Exit.USAGE)
    assert LONG[:40] in process.stderr
