"""Shells complete the command line after reading its completion script."""

import os
import re
import select
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from naftiko_gen.cli import completion, main
from naftiko_gen.diagnostics.exits import Exit
from waiting import PATIENCE

pytestmark = pytest.mark.slow

FISH = ["fish", "--no-config", "-c"]


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        shutil.which(shell) is None, reason=f"{shell} isn't installed"
    )


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with specs, and the program on the search path."""
    work, programs = tmp_path / "work", tmp_path / "bin"
    (work / "specs").mkdir(parents=True)
    (work / "specs/library.yaml").write_text("", "utf-8")
    (work / "notes.txt").write_text("", "utf-8")
    programs.mkdir()
    program = programs / "naftiko-gen"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m naftiko_gen "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(work)
    return work


def script(shell: str) -> Path:
    path = Path.cwd().parent / f"completion.{shell}"
    with path.open("w", encoding="utf-8") as file, redirect_stdout(file):
        assert main.main(["--print-completion", shell]) == Exit.DONE
    return path


# --- real shells -----------------------------------------------------------------

LINES = [
    ("naftiko-gen expl", "naftiko-gen explain"),
    ("naftiko-gen sp", "naftiko-gen specs/"),
    ("naftiko-gen specs/l", "naftiko-gen specs/library.yaml"),
    ("naftiko-gen fix specs/l", "naftiko-gen fix specs/library.yaml"),
    ("naftiko-gen --outp", "naftiko-gen --output"),
    ("naftiko-gen --format sa", "naftiko-gen --format sarif"),
    ("naftiko-gen --explain unknown-op", "naftiko-gen --explain unknown-operation"),
    ("naftiko-gen run specs/library.yaml --mo", "run specs/library.yaml --mock"),
]


def complete_lines(command: list[str], setup: str) -> list[str]:
    """Type each line and a tab in an interactive shell; return the completed lines."""
    terminal, side = os.openpty()
    with subprocess.Popen(
        command,
        stdin=side,
        stdout=side,
        stderr=side,
        env={**os.environ, "TERM": "dumb"},
        start_new_session=True,
    ) as process:
        os.close(side)
        os.write(terminal, f"{setup}; PS1=; echo rea'dy'\n".encode())
        read_until(terminal, r"(?m)^ready\r?$")
        completions = [complete(terminal, line) for line, _ in LINES]
        process.kill()
    os.close(terminal)
    return completions


def complete(terminal: int, line: str) -> str:
    # The beginning of the line is edited after the tab: it is shown, not run.
    os.write(terminal, f"{line}\t".encode() + b"\x01echo '<'\x05'>'\n")
    return read_until(terminal, r"(?m)^<\s?(naftiko-gen.*?) ?>\r?$")


def read_until(terminal: int, pattern: str) -> str:
    output = ""
    while not (match := re.search(pattern, output)):
        ready, _, _ = select.select([terminal], [], [], PATIENCE)
        assert ready, output
        output += os.read(terminal, 65536).decode(errors="replace")
    return match[match.lastindex or 0].strip()


def check(completed_lines: list[str]) -> None:
    for (line_start, end), line in zip(LINES, completed_lines, strict=True):
        assert line.endswith(end), line_start


@needs("bash")
def test_bash_completes() -> None:
    setup = f"source {script('bash')}"

    check(complete_lines(["bash", "--norc", "-i"], setup))


@needs("zsh")
def test_zsh_completes() -> None:
    setup = f"autoload -Uz compinit; compinit -u -D; source {script('zsh')}"

    check(complete_lines(["zsh", "-f", "-i"], setup))


@needs("fish")
def test_fish_completes() -> None:
    commands = [f"complete -C '{line}'; echo next" for line, _ in LINES]
    setup = f"source {script('fish')}"

    command = [*FISH, "; ".join([setup, *commands])]
    process = subprocess.run(command, capture_output=True, text=True, check=True)

    answers = process.stdout.split("next\n")[:-1]
    for answer, (_, end) in zip(answers, LINES, strict=True):
        offers = [line.split("\t")[0] for line in answer.splitlines()]
        assert end.rsplit(" ", maxsplit=1)[-1] in offers


# --- the answer ------------------------------------------------------------------


def test_nothing_is_compiled_for_a_shell_without_the_library(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A shell starts the program without arguments, which else compiles specs."""
    monkeypatch.setattr(completion, "is_possible", lambda: False)
    Path("naftiko-gen.toml").write_text('specs = ["specs/*.yaml"]\n', "utf-8")
    monkeypatch.setenv("_ARGCOMPLETE", "1")

    assert main.main([]) == Exit.FAILED

    assert capsys.readouterr() == ("", "")
    assert not Path("generated").exists()


def test_a_missing_library_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(completion, "is_possible", lambda: False)

    with pytest.raises(SystemExit) as exit_:
        main.main(["--print-completion", "bash"])

    assert exit_.value.code == Exit.USAGE
    output = capsys.readouterr().err
    assert "this needs the library argcomplete: pip install 'naftiko-gen[comp" in output


def test_a_run_imports_nothing_for_completion() -> None:
    program = (
        "import sys; from naftiko_gen.cli.main import main;"
        " main(['--explain', 'not-utf8']); sys.exit('argcomplete' in sys.modules)"
    )

    process = subprocess.run([sys.executable, "-c", program], check=False)

    assert process.returncode == 0


def test_the_shells_of_the_help_are_those_of_the_library() -> None:
    for shell in ("bash", "zsh", "fish", "tcsh", "powershell"):
        assert "naftiko-gen" in completion.script(shell)
