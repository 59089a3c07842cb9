"""A path at which nothing is: the message asks for the one that was meant."""

from pathlib import Path

import pytest

from naftiko_gen.cli import main
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.syntax.files import question


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
    ("arguments", "nearest"),
    [
        (["specs/trainig-runs.yaml"], "specs/training-runs.yaml"),
        (["explain", "spec/training-runs.yaml"], "specs/training-runs.yaml"),
        (["import", "opanapi.json"], "openapi.json"),
        (["drift", "training-runs.yaml", "--openapi", "x"], "specs/training-runs.yaml"),
        (["--config", "naftko.toml"], "naftiko.toml"),
        (["spec/*.yml"], "specs/*.yml"),
    ],
    ids=str,
)
def test_every_command_asks(
    arguments: list[str], nearest: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(arguments) in (Exit.FAILED, Exit.USAGE)

    assert f"hint: did you mean '{nearest}'?\n" in capsys.readouterr().err


def test_a_directory_of_imports_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main.main(["specs/orders.yml", "--import-root", "spec"])

    assert "isn't a directory; did you mean 'specs'?\n" in capsys.readouterr().err


def test_the_specs_of_a_configuration_are_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("naftiko-gen.toml").write_text('specs = ["spec/*.yaml"]\n', "utf-8")

    assert main.main([]) == Exit.USAGE

    assert "did you mean 'specs/*.yaml'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["none/*.yaml"], "no file matches this pattern; name existing files"),
        (
            ["drift", "specs/*.yml", "--openapi", "openapi.yaml"],
            "name one of the files that match: only some commands take several",
        ),
        (
            ["explain", "unknown-operation"],
            "for the meaning of a code, write naftiko-gen --explain unknown-operation",
        ),
    ],
)
def test_the_hint_shows_the_nearest_path(
    arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(arguments) == Exit.FAILED

    assert f"  hint: {hint}\n" in capsys.readouterr().err
