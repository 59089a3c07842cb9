"""The command line: options, exit codes, messages."""

import argparse
import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from compiler import run_compiler, start_compiler
from naftiko_gen.building import batch
from naftiko_gen.cli import main
from naftiko_gen.cli.arguments import declare
from naftiko_gen.cli.commands import NAMES, command
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.emit.code.naming import distribution_name
from waiting import PATIENCE

pytestmark = pytest.mark.usefixtures("place")

SPEC = (Path(__file__).parents[2] / "specs" / "training-runs.yaml").read_text("utf-8")
CALL = "call: training-runs.deleterun"
BROKEN = SPEC.replace(CALL, "call: training-runs.deleterum", 1)
LINE, COLUMN = next(
    (number, line.index(CALL) + len("call: ") + 1)
    for number, line in enumerate(SPEC.splitlines(), 1)
    if CALL in line
)
COMMAND = (sys.executable, "-m", "naftiko_gen.cli")


def run(*arguments: str | bytes) -> subprocess.CompletedProcess[str]:
    return run_compiler(*map(os.fsdecode, arguments))


# --- messages --------------------------------------------------------------------


def test_json_is_one_object_on_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("good.yaml").write_text(SPEC, "utf-8")
    Path("bad.yaml").write_text(BROKEN, "utf-8")

    arguments = ["good.yaml", "bad.yaml", "--format", "json"]
    assert main.main(arguments) == Exit.FAILED

    output = capsys.readouterr()
    document = json.loads(output.out)
    assert output.err == ""
    [package] = document["packages"]
    assert (package["slug"], package["path"]) == ("good", "generated/good")
    assert "good/client.py" in package["written"]
    [error] = [d for d in document["diagnostics"] if d["severity"] == "error"]
    assert (error["file"], error["line"], error["column"]) == ("bad.yaml", LINE, COLUMN)
    assert error["code"] == "unknown-operation"
    assert "training-runs.deleterun" in error["hint"]


def test_json_of_a_package_that_is_up_to_date_is_complete(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("a.yaml").write_text(SPEC, "utf-8")
    documents = []
    for _ in range(2):
        assert main.main(["a.yaml", "--format", "json"]) == Exit.DONE
        documents.append(json.loads(capsys.readouterr().out))

    first, second = documents
    assert second["diagnostics"] == first["diagnostics"]
    assert second["packages"][0]["written"] == []
    seeds = {"README.md"}
    assert {*second["packages"][0]["unchanged"], *seeds} == {
        *first["packages"][0]["written"]
    }


def test_github_finds_files_from_the_root_of_the_checkout(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("below").mkdir()
    Path("below/bad.yaml").write_text(BROKEN, "utf-8")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(place))
    monkeypatch.chdir("below")

    for form, text in (("github", "file=below/bad.yaml,"), ("sarif", '"below/bad')):
        assert main.main(["bad.yaml", "-q", "--format", form]) == Exit.FAILED
        assert text in capsys.readouterr().out
    elsewhere = place.parent / f"{place.name}-elsewhere.yaml"
    elsewhere.write_text(BROKEN, "utf-8")
    main.main([str(elsewhere), "-q", "--format", "github"])
    assert f"file={elsewhere}," in capsys.readouterr().out


def test_a_file_cannot_be_called_like_a_command_of_github(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("::error::x.yaml", "##[error]x.yaml"):
        Path(name).write_text(BROKEN, "utf-8")

    main.main(["::error::x.yaml", "##[error]x.yaml", "--format", "github"])

    output = capsys.readouterr()
    for line in (output.out + output.err).splitlines():
        is_ours = line.startswith(("::error file=%3A%3Aerror", "::error file=##[error"))
        others = ("./", "::notice file=", "naftiko-gen: 2 specs failed: ./::")
        assert is_ours or line.startswith(others), line


def test_no_diagnostic_in_text_begins_a_command_of_github(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = ["::error::x.yaml", "##[error]x.yaml", " ::error::y.yaml"]
    for name in names:
        Path(name).write_text(BROKEN, "utf-8")

    main.main(names)

    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if line.lstrip().startswith(("::", "##["))] == []
    for name in names:
        assert any(line.startswith(f"./{name}:") for line in lines), name


# --- exit codes ------------------------------------------------------------------


def fail(*_: object) -> NoReturn:
    raise LookupError("what a template lacks")


def test_a_fault_of_ours_is_70_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(batch, "compile_anew", fail)

    assert main.main(["a.yaml"]) == 70

    assert capsys.readouterr().err == (
        "naftiko-gen: internal error (LookupError); run again with --traceback"
        " and report its output\n"
    )
    with pytest.raises(LookupError):
        main.main(["a.yaml", "--traceback"])


def test_an_interrupted_run_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(batch, "compile_anew", interrupt)

    assert main.main(["a.yaml"]) == 130


# --- names and files that hurt ---------------------------------------------------


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("-o.yaml", "o"),
        ("--check", "check"),
        ("two  words.yaml", "two-words"),
        ("new\nline.yaml", "new-line"),
        ("\x1b[31mred.yaml", "31mred"),
        ("größe.yaml", "gr-e"),
        ("日本.yaml", "api"),
        ("'quoted\" $(touch x).yaml", "quoted-touch-x"),
    ],
)
def test_any_name_of_a_file_can_be_compiled(
    name: str, slug: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(name).write_text(SPEC, "utf-8")

    assert main.main(["--", name]) == Exit.DONE

    assert [path.name for path in Path("generated").iterdir()] == [slug]
    *_, closing, advice = capsys.readouterr().err.splitlines()
    assert closing.endswith(f"files to generated/{slug}")
    assert closing.isprintable()
    command = distribution_name(slug)
    assert advice.endswith(f"pip install generated/{slug} && {command} serve --mock")


def test_a_name_that_is_no_utf8_is_shown_by_its_escape() -> None:
    name = b"\xff.yaml"
    Path(os.fsdecode(name)).write_text(BROKEN, "utf-8")

    result = run(name)

    assert result.returncode == Exit.FAILED
    assert "\\udcff.yaml: 1 error, nothing written\n" in result.stderr


@pytest.mark.parametrize(
    "name",
    [
        "missing.yaml",
        ".",
        "/",
        "missing/*.yaml",
        "a**b.yaml",
        "a*" * 300,
        "a" * 300,
        "loop.yaml",
        "file/below.yaml",
    ],
    ids=lambda name: name[:20],
)
def test_unreadable_files_are_reported(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("loop.yaml").symlink_to("loop.yaml")
    Path("file").write_text("")

    for arguments in ([name], ["fix", name]):
        assert main.main(arguments) == Exit.FAILED
        assert "error[unreadable-file] can't read the file" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_an_early_interrupt_shows_no_traceback(tmp_path: Path) -> None:
    """It comes while the first module is imported that isn't the start's own."""
    (tmp_path / "argparse.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nimport time\n", "utf-8"
    )
    process = subprocess.run(
        [sys.executable, "-m", "naftiko_gen", "--version"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (process.returncode, process.stdout, process.stderr) == (130, "", "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_forbidden_files_are_reported(capsys: pytest.CaptureFixture[str]) -> None:
    Path("secret.yaml").write_text(SPEC, "utf-8")
    Path("secret.yaml").chmod(0)

    assert main.main(["secret.yaml"]) == Exit.FAILED

    assert "error[unreadable-file]" in capsys.readouterr().err


# --- streams ---------------------------------------------------------------------


def on_a_terminal(*arguments: str) -> str:
    """Return the standard error of a run in a terminal."""
    master, slave = os.openpty()
    with Path(os.devnull).open("r+b") as null:
        process = start_compiler((null.fileno(), null.fileno(), slave), *arguments)
        os.close(slave)
        pieces = []
        with contextlib.suppress(OSError):  # Linux says EIO at the end
            while piece := os.read(master, 65536):
                pieces.append(piece)
        os.close(master)
    assert process.wait(PATIENCE) == Exit.FAILED
    return b"".join(pieces).decode()


def test_progress_and_color_are_only_for_terminals() -> None:
    for name in ("a.yaml", "b.yaml"):
        Path(name).write_text(BROKEN, "utf-8")

    on_terminal = on_a_terminal("a.yaml", "b.yaml")
    assert "[1/2] a.yaml" in on_terminal
    assert "[2/2] b.yaml" in on_terminal
    assert "\x1b[1;31merror[unknown-operation]" in on_terminal

    process = run("a.yaml", "b.yaml").stderr
    assert "[1/2]" not in process
    assert "\x1b" not in process


@pytest.mark.parametrize(
    "arguments", [["--explain", "duplicate-key"], ["--help"], ["--version"]]
)
def test_a_full_disk_behind_the_output_is_no_fault_of_ours(
    arguments: list[str],
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        result = subprocess.run(
            [*COMMAND, *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert result.returncode == Exit.FAILED
    assert result.stderr == (
        "naftiko-gen: can't write the output: No space left on device\n"
    )


@pytest.mark.slow
def test_a_reader_that_has_seen_enough_is_no_fault_of_ours() -> None:
    Path("a.yaml").write_text(SPEC, "utf-8")
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run(
        [*COMMAND, "a.yaml", "--diff", "-q"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)

    assert result.returncode == Exit.FAILED
    assert result.stderr == ""


@pytest.mark.parametrize("streams", ["2>&-", ">&-", ">&- 2>&-"])
@pytest.mark.slow
def test_closed_streams_change_nothing(streams: str) -> None:
    Path("a.yaml").write_text(SPEC, "utf-8")
    script = f'exec "$@" {streams}'

    result = subprocess.run(["sh", "-c", script, "sh", *COMMAND, "a.yaml"], check=False)

    assert result.returncode == Exit.DONE
    assert main.main(["a.yaml", "--check"]) == Exit.DONE


@pytest.mark.slow
def test_an_output_that_is_ascii_gets_escapes() -> None:
    Path("a.yaml").write_text(SPEC, "utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}

    result = subprocess.run(
        [*COMMAND, "a.yaml", "--diff"],
        env=environment,
        capture_output=True,
        check=False,
    )

    assert result.returncode == Exit.DONE, result.stderr
    assert b"Training API \\u2014 Runs" in result.stdout


@pytest.mark.parametrize("name", NAMES)
def test_each_command_has_help_and_is_listed(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main.main([name, "--help"])

    assert exit_info.value.code == Exit.DONE
    assert capsys.readouterr().out.startswith(f"usage: naftiko-gen {name} ")
    listed_name = {"budget": "tools"}.get(name, name)  # the older name isn't listed
    assert f"\n  naftiko-gen {listed_name} " in command(None).EPILOG
    assert callable(command(name).perform)


def test_a_line_that_declares_no_argument_is_refused() -> None:
    parser = argparse.ArgumentParser()
    with pytest.raises(ValueError, match="not a declaration of an argument: --b one b"):
        declare(parser, "--a  the blanks separate the help\n--b one blank")
