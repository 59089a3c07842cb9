"""Many specs: parallel processes print and write the same as a single one."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from compiler import run_compiler
from naftiko_gen.building import batch
from naftiko_gen.building.batch import FEW, Batch
from naftiko_gen.cli import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.publish.atomic import target_name
from naftiko_gen.publish.outcome import Result
from waiting import PATIENCE, eventually

pytestmark = pytest.mark.slow

MANY = 60
"""Specs that take far longer than a signal."""
ARGUMENTS = ("specs/*.yaml", "-o", "out")
COMMAND = (sys.executable, "-m", "naftiko_gen.cli", *ARGUMENTS)
GOOD = (Path(__file__).parents[2] / "specs" / "training-runs.yaml").read_text("utf-8")
UNCALLABLE = GOOD.replace("call: training-runs.createrun", "call: training-runs.creat")
NOT_A_DOCUMENT = "- a\n- list\n"
NAMES = ("runs", "jobs")
PARENT = os.getpid()

linux = pytest.mark.skipif(sys.platform != "linux", reason="workers are no copies")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a directory with specs that are right, wrong, or of one package."""
    monkeypatch.chdir(tmp_path)
    Path("specs").mkdir()
    for name in NAMES:
        write(f"{name}.yaml", GOOD)
        write(f"{name}-uncallable.yaml", UNCALLABLE)
    write("list.yaml", NOT_A_DOCUMENT)
    write("Two words.yaml", GOOD)
    write("two-words.yaml", GOOD)


def write(name: str, text: str) -> None:
    (Path("specs") / name).write_text(text, "utf-8")


def files(directory: str) -> dict[str, bytes]:
    paths = Path(directory).rglob("*")
    return {str(path): path.read_bytes() for path in paths if path.is_file()}


def run(*arguments: str) -> tuple[int, str, str]:
    """Return the exit code and the text of both streams."""
    process = run_compiler(*ARGUMENTS, *arguments)
    return process.returncode, process.stdout, process.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--check"],
        ["--diff"],
        ["--fail-on-change", "-q"],
        ["--strict", "-v"],
        ["--format", "json"],
        ["--format", "github"],
    ],
    ids=" ".join,
)
def test_jobs_change_nothing_but_the_time(arguments: list[str]) -> None:
    alone = run(*arguments, "-j", "1")
    written_files = files("out")
    shutil.rmtree("out", ignore_errors=True)

    assert alone[0] == Exit.FAILED
    assert run(*arguments, "-j", "3") == alone
    assert files("out") == written_files


@pytest.mark.parametrize("mode", ["--check", "--diff"])
def test_jobs_find_the_same_drift(mode: str) -> None:
    run("-j", "3")
    write("jobs.yaml", GOOD.replace("Cancel and delete", "Delete"))

    alone = run(mode, "-j", "1")
    assert "specs/jobs.yaml: would write" in alone[2]
    assert "specs/runs.yaml: out/runs is up to date" in alone[2]
    assert run(mode, "-j", "3") == alone


def by_whom(spec: Path, options: Options, _: object) -> Result:
    """Take the place of the compiler: say which process is at work."""
    del options
    diagnostic = Diagnostic(Code.NOT_A_MAPPING, str(os.getpid()), str(spec))
    return Result(spec, (diagnostic,))


def processes(specs: int, jobs: int | None) -> set[str]:
    """Return which processes compile so many specs, the first one aside."""
    paths = [Path(f"{number}.yaml") for number in range(specs)]
    results = list(Batch(Options(Path("out"))).compile(paths, jobs))
    assert [result.spec for result in results] == paths
    assert results[0].diagnostics[0].message == str(os.getpid())
    return {result.diagnostics[0].message for result in results[1:]}


@linux
def test_processes_are_for_many_specs_or_who_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch, "compile_anew", by_whom)
    monkeypatch.setattr(batch, "usable_processors", lambda: 1)
    here = {str(os.getpid())}

    assert processes(FEW, None) == here
    assert processes(FEW + 1, 1) == here
    assert processes(FEW + 1, None).isdisjoint(here)
    assert processes(3, 2).isdisjoint(here)


def crash(spec: Path, options: Options, _: object) -> Result:
    """Take the place of the compiler: end the process, unless it is the first one."""
    if os.getpid() != PARENT:
        os._exit(9)
    return by_whom(spec, options, _)


def fail(spec: Path, options: Options, _: object) -> Result:
    if os.getpid() != PARENT:
        raise LookupError("what a template lacks")
    return by_whom(spec, options, _)


@linux
def test_a_worker_that_is_lost_is_one_error(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(batch, "compile_anew", crash)

    assert main.main(["specs/*.yaml", "-j", "2"]) == Exit.INTERNAL_ERROR
    assert capfd.readouterr().err == (
        "naftiko-gen: a process that compiles specs was killed or has crashed;"
        " run again, with --jobs 1 if memory is short\n"
    )


@linux
def test_a_fault_of_ours_in_a_worker_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(batch, "compile_anew", fail)

    assert main.main(["specs/*.yaml", "-j", "2"]) == Exit.INTERNAL_ERROR
    assert capfd.readouterr().err == (
        "naftiko-gen: internal error (LookupError); run again with --traceback"
        " and report its output\n"
    )


@linux
def test_an_interrupt_ends_every_process_and_leaves_nothing_behind() -> None:
    shutil.rmtree("specs")
    Path("specs").mkdir()
    for number in range(MANY):
        write(f"many-{number}.yaml", GOOD)
    with subprocess.Popen(
        [*COMMAND, "-j", "2"],
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        eventually(lambda: bool(packages()) or process.poll() is not None)
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        # Ends when the last process has closed it.
        _, output = process.communicate(timeout=PATIENCE)

    assert (process.returncode, output) == (130, "")
    assert 0 < len(packages()) < MANY
    assert not any(target_name(path.name) for path in Path("out").rglob(".*"))
    # A package that was being written is completed by the next run.
    assert run()[0] == Exit.DONE
    assert run("--check")[0] == Exit.DONE


INTERRUPT_WHILE_FORKING = f"""
import os, signal, sys
from naftiko_gen.cli import main

os.register_at_fork(before=lambda: signal.raise_signal(signal.SIGINT))
sys.exit(main.main([*{ARGUMENTS}, "-j", "2"]))
"""


@linux
def test_an_interrupt_isn_t_lost_while_processes_start() -> None:
    process = subprocess.run(
        [sys.executable, "-c", INTERRUPT_WHILE_FORKING],
        check=False,
        capture_output=True,
        encoding="utf-8",
    )

    assert (process.returncode, process.stderr) == (130, "")


def packages() -> list[Path]:
    return list(Path("out").glob("[!.]*"))
