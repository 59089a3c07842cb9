"""Names of files and arguments reach a terminal with nothing that it would obey."""

import contextlib
import shutil
from pathlib import Path

import pytest

from naftiko_gen.cli import main

SPEC = Path(__file__).parents[2] / "specs" / "training-runs.yaml"
NAME = "a\x1b]0;x\x07\nb\u202ec\x9b31m"
"""A name with an escape, a line feed, a right-to-left override and a C1 control."""
FILE = f"{NAME}.yaml"


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory with a spec, and a directory, of that name."""
    monkeypatch.chdir(tmp_path)
    Path(NAME).mkdir()
    shutil.copy(SPEC, FILE)


@pytest.mark.parametrize(
    "arguments",
    [
        [FILE, "-q", "--diff"],
        [FILE, "-o", NAME],
        [FILE, "-o", NAME, "--check"],
        [FILE, "-o", NAME, "--format", "github"],
        [FILE, "-o", NAME, "--format", "json"],
        [FILE, "-o", NAME, "--format", "sarif"],
        [FILE, "-o", FILE],
        [FILE, "--depfile", NAME],
        [NAME],
        [f"{NAME}*"],
        [FILE, "--layout", NAME],
        [FILE, f"--{NAME}"],
        [FILE, f"--fo={NAME}"],
        [FILE, "-j", NAME],
        ["--explain", NAME],
        ["--config", NAME],
        ["--config", f"{NAME}x"],
        [FILE, "--import-root", FILE],
        ["explain", FILE],
        ["explain", FILE, "--only", NAME],
        ["explain", NAME],
        ["fix", FILE, "--diff"],
        ["fix", FILE],
        ["fix", NAME],
        ["import", FILE],
        ["import", NAME],
        ["import", FILE, "--base-uri", NAME],
        ["drift", FILE, "--openapi", FILE],
        ["init", NAME],
        ["init", FILE],
        ["update", NAME],
        ["run", f"--port={NAME}", FILE],
        ["schema", NAME],
    ],
    ids=lambda arguments: " ".join(arguments).replace(NAME, "NAME"),
)
@pytest.mark.slow
def test_characters_that_a_terminal_would_obey_are_escaped(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.suppress(SystemExit):
        main.main(arguments)

    streams = capsys.readouterr()
    output = streams.out + streams.err
    assert not set("\x1b\x07\u202e\x9b") & set(output)
    assert "\nb" not in output
