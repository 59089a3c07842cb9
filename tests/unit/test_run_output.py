"""The lines that a run writes for people: few, in order, with the next command."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from compiler import run_compiler
from naftiko_gen.cli import main
from naftiko_gen.diagnostics.exits import Exit

SEED = Path(__file__).parents[2] / "specs" / "training-runs.yaml"
SPEC = SEED.read_text("utf-8")
BROKEN = SPEC.replace("call: training-runs.deleterun", "call: training-runs.gone", 1)
ASSUMED = "20 assumptions (naftiko-gen fix writes them into the spec; -v lists them)"
NEXT = "next: pip install generated/a && a serve --mock"
Lines = Callable[..., list[str]]
STDIO = Path(__file__).with_name("run_output.yaml").read_text("utf-8")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory with a spec."""
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(SPEC, "utf-8")
    return tmp_path


@pytest.fixture
def run_lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """Return a function that runs a command; it returns the lines for people."""

    def run(*arguments: str) -> list[str]:
        main.main(arguments)
        return capsys.readouterr().err.splitlines()

    return run


# --- the first screen ------------------------------------------------------------


def test_the_first_run_is_short(run_lines: Lines) -> None:
    lines = run_lines("a.yaml")

    assert len(lines) < 11
    assert [line for line in lines if "note[" in line] == []
    assert lines[0].startswith("a.yaml:83:15: warning[unguarded-operation] ")
    assert lines[-4] == f"a.yaml: {ASSUMED}"
    assert re.fullmatch(r"a\.yaml: wrote \d+ files to generated/a", lines[-2])
    assert lines[-1] == NEXT


def test_a_run_without_changes_says_the_same_and_advises_nothing(
    run_lines: Lines,
) -> None:
    first, second = run_lines("a.yaml"), run_lines("a.yaml")

    assert second == [*first[:-3], "a.yaml: generated/a is up to date"]


def test_findings_that_fix_leaves_alone_are_no_advice(run_lines: Lines) -> None:
    Path("a.yaml").write_text(BROKEN, "utf-8")

    lines = run_lines("a.yaml")

    assert re.fullmatch(r"a\.yaml: \d+ assumptions \(-v lists them\)", lines[-2])
    assert lines[-1] == "a.yaml: 1 error, nothing written"


def test_the_last_line_of_a_run_names_the_specs_that_failed(run_lines: Lines) -> None:
    names = [f"{n:02}.yaml" for n in range(22)]
    for name in names:
        Path(name).write_text(BROKEN, "utf-8")
    Path("a.yaml").write_text(SPEC, "utf-8")

    assert run_lines("00.yaml", "a.yaml")[-1] == ("naftiko-gen: 1 spec failed: 00.yaml")
    assert run_lines("*.yaml")[-1] == (
        f"naftiko-gen: 22 specs failed: {', '.join(names[:20])} and 2 more"
    )
    assert not any("failed" in line for line in run_lines("*.yaml", "-q"))


def test_notes_that_fix_leaves_are_counted_apart(run_lines: Lines) -> None:
    text = re.sub(r"^  (created|modified): .*\n", "", SPEC, flags=re.MULTILINE)
    Path("a.yaml").write_text(text, "utf-8")
    Path("b.yaml").write_text(STDIO, "utf-8")

    counts = run_lines("a.yaml", "b.yaml")
    lines = run_lines("a.yaml", "b.yaml", "-v")

    assert [line for line in lines if "missing-version" in line] == [
        f"{spec}:2:1: note[missing-version] the version is missing: the package gets"
        " version 0"
        for spec in ("a.yaml", "b.yaml")
    ]
    assert "      | ^^^^ write 'version: 1.0.0' into 'info'" in lines
    assert [line for line in counts if "assumption" in line] == [
        "a.yaml: 21 assumptions"
        " (naftiko-gen fix writes 20 of them into the spec; -v lists them)",
        "b.yaml: 1 assumption (-v lists it)",
    ]


def test_fix_lists_the_version_that_it_leaves(run_lines: Lines) -> None:
    spec = re.sub(r"^  (created|modified): .*\n", "", SPEC, flags=re.MULTILINE)
    Path("a.yaml").write_text(spec, "utf-8")
    note = (
        "a.yaml:2:1: note[missing-version] the version is missing: the package gets"
        " version 0; write 'version: 1.0.0' into 'info'"
    )

    output = run_lines("fix", "a.yaml", "--diff")
    first, second = run_lines("fix", "a.yaml"), run_lines("fix", "a.yaml")

    for lines in (output, first, second):
        assert note in lines
    assert output[-1] == first[-1].replace("wrote", "would write")
    assert first[-1].endswith(" down, 1 left")
    assert second[-1] == "a.yaml: nothing to fix, 1 left"


def test_strict_is_the_reason_for_its_errors(run_lines: Lines) -> None:
    Path("b.yaml").write_text(STDIO, "utf-8")
    Path("c.yaml").write_text(BROKEN, "utf-8")

    assert run_lines("a.yaml", "--strict")[-1] == (
        "a.yaml: 22 errors, nothing written: --strict makes errors of 22 assumptions;"
        " naftiko-gen fix writes assumptions into the spec"
    )
    assert run_lines("b.yaml", "--strict")[-1] == (
        "b.yaml: 1 error, nothing written: --strict makes an error of 1 assumption"
    )
    last = run_lines("c.yaml", "--strict")[-1]
    assert re.fullmatch(r"c\.yaml: .*--strict makes errors of \d+ assumptions", last)


def test_a_spec_without_info_is_told_where_it_goes(run_lines: Lines) -> None:
    spec = STDIO.replace("info:\n  label: Library\n  description: Books.\n", "")
    Path("b.yaml").write_text(spec, "utf-8")

    for _ in range(2):  # the cache remembers it
        head, _, hint = run_lines("b.yaml", "-v")[:3]
        assert head.startswith("b.yaml:2:1: note[missing-version] ")
        assert hint.endswith("^ write 'info: {version: 1.0.0}' above 'capability'")
    assert main.main(["b.yaml", "--strict"]) == Exit.FAILED


def test_each_of_several_specs_has_its_lines_and_advice_comes_once(
    run_lines: Lines,
) -> None:
    Path("b.yaml").write_text(SPEC, "utf-8")

    lines = run_lines("*.yaml")

    for name in "ab":
        assert sum(line == f"{name}.yaml: {ASSUMED}" for line in lines) == 1
        assert sum(line.startswith(f"{name}.yaml: wrote") for line in lines) == 1
    assert [line for line in lines if line.startswith("next")] == [NEXT]


# --- the next command ------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [["--quiet"], ["--check"], ["--diff"], ["--fail-on-change"]], ids=str
)
def test_nothing_is_advised_where_nobody_reads_it(
    arguments: list[str], run_lines: Lines
) -> None:
    assert not [line for line in run_lines("a.yaml", *arguments) if "next" in line]


@pytest.mark.parametrize(
    ("output", "path"),
    [
        (".", "./a"),
        ("two words", "'two words/a'"),
        ("-x", "./-x/a"),
        ("$(touch x)", "'$(touch x)/a'"),
    ],
)
def test_the_path_is_one_for_shells_and_for_pip(
    output: str, path: str, run_lines: Lines
) -> None:
    """Only by its name, pip would look for the package on an index."""
    assert run_lines("a.yaml", f"--output={output}")[-1] == (
        f"next: pip install {path} && a serve --mock"
    )


def test_the_runtime_of_a_library_package_is_installed_from_a_directory(
    run_lines: Lines,
) -> None:
    """Anybody could register its name on an index."""
    assert run_lines("a.yaml", "--runtime", "library")[-1] == (
        "next: pip install generated/naftiko-runtime generated/a && a serve --mock"
    )


def test_a_path_that_cannot_be_typed_is_not_advised(run_lines: Lines) -> None:
    assert "next" not in run_lines("a.yaml", "--output", "\x1b[31m")[-1]


def dependencies(runtime: str) -> list[str]:
    """The dependencies in the project of the spec."""
    command = ("a.yaml", "--quiet", "--runtime", runtime, "--output", runtime)
    assert main.main(command) == 0
    text = Path(runtime, "a", "pyproject.toml").read_text("utf-8")
    return [*tomllib.loads(text)["project"]["dependencies"]]


@pytest.mark.parametrize("runtime", ["vendored", "library"])
def test_programs_are_told_of_the_dependencies(
    runtime: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A package that isn't written, or is up to date, has the same ones."""
    expected = dependencies(runtime)
    for layout, mode in product(("project", "package"), (["--check"], [], [])):
        options = (f"--layout={layout}", f"--runtime={runtime}", f"--output={layout}")
        main.main(["a.yaml", "--format=json", *options, *mode])
        package, *_ = json.loads(capsys.readouterr().out)["packages"]
        assert package["dependencies"] == expected


def test_a_single_library_package_gets_its_runtime_from_a_directory(
    run_lines: Lines,
) -> None:
    arguments = ("--output", "src", "--layout", "package", "--runtime", "library")
    line = run_lines("a.yaml", *arguments)[-1]

    assert line.startswith("next: pip install src/naftiko-runtime ")
    assert " 'naftiko-runtime[mcp]" in line


def test_a_package_without_a_project_is_started_as_a_module(run_lines: Lines) -> None:
    line = run_lines("a.yaml", "--output", "src", "--layout", "package")[-1]

    install, _, command = line.partition(" && ")
    assert shlex.split(install) == [
        "next:",
        "pip",
        "install",
        *dependencies("vendored"),
    ]
    assert command == "PYTHONPATH=./src python -P -m a serve --mock"
    help_command = command.replace("serve --mock", "serve --help").replace(
        "python", shlex.quote(sys.executable)
    )
    assert subprocess.run(["sh", "-c", help_command], check=False).returncode == 0


def test_a_package_without_a_port_is_put_into_a_client(run_lines: Lines) -> None:
    Path("a.yaml").write_text(STDIO, "utf-8")

    assert run_lines("a.yaml")[-1] == (
        "next: pip install generated/a && a mcp-config --client claude-desktop"
    )


# --- errors of usage -------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--chek"], "unknown option '--chek'; did you mean --check?"),
        (["--outptu=x"], "unknown option '--outptu'; did you mean --output?"),
        (
            ["--format", "jsn"],
            "'jsn' (choose from text, json, github, sarif); did you mean json?",
        ),
        (
            ["--print-completion", "ksh"],
            "'ksh' (choose from bash, zsh, fish, tcsh, powershell); did you mean zsh?",
        ),
        (["--layout", "x"], "invalid choice: 'x' (choose from project, package)"),
        (["--explain", "duplicate-kay"], "did you mean duplicate-key?"),
        (["drfit", "a.yaml"], "did you mean drift?"),
        (["schema", "--outptu"], "unknown option '--outptu'"),
        (["schema", "x"], "unexpected argument 'x'"),
        (
            ["import", *"abcdef"],
            "unexpected arguments 'b', 'c', 'd' and 2 more: it takes one OPENAPI at",
        ),
        (["init"], "the following arguments are required: DIR"),
        (["run"], "the following arguments are required: SPEC"),
        (["--color", "nevre"], "did you mean never?"),
        (["--\x1b[31m"], "unknown option '--\\x1b[31m'"),
    ],
    ids=str,
)
def test_an_error_of_usage_is_one_line_and_advice(
    arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main.main(arguments)

    assert exit_.value.code == Exit.USAGE
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("naftiko-gen")
    assert ": error: " in first
    assert error in first
    assert re.fullmatch(r"try 'naftiko-gen( \w+)? --help'", second)
    assert "\x1b" not in first


def test_without_anything_to_do_there_is_the_usage_in_ten_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main.main([])

    assert exit_.value.code == Exit.USAGE
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("usage: naftiko-gen [OPTION...] [SPEC...]\n")
    assert "naftiko-gen init DIR" in output.err
    assert "error: name at least one spec" in output.err
    assert len(output.err.splitlines()) <= 10


# --- colours ---------------------------------------------------------------------


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run_compiler(*arguments, **variables)


def test_colors_are_only_for_people() -> None:
    assert "\x1b[33mwarning" in run("a.yaml", "--color", "always").stderr
    assert "\x1b[33mwarning" in run("a.yaml", FORCE_COLOR="1").stderr
    assert "\x1b" not in run("a.yaml", NO_COLOR="", FORCE_COLOR="").stderr
    for form in ("json", "sarif", "github"):
        process = run("a.yaml", "--format", form, "--color", "always")
        assert "\x1b" not in process.stdout
    assert "\x1b" not in run("a.yaml", "--diff", "--color", "always").stdout
