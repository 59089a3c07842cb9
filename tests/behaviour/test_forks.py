"""A program in a fork is for its client the program itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import forks
from waiting import PATIENCE

ANSWERING = "import sys\nprint(input(), sys.argv[1:])\nsys.exit(3)"
WAITING = """\
import signal, sys
# One that comes before the program waits for it is not lost.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
print("waiting", flush=True)
signal.sigwait({signal.SIGTERM})
sys.exit(4)
"""

SCRIPT = """\
import json, os, sys
here = os.path.basename(sys.argv[0]), sys.argv[1:], os.getcwd(), os.environ["SAID"]
is_script = sys.path[0] == os.path.dirname(sys.argv[0])
print(*here, "wave" in sys.modules, is_script, sys.stdout.seekable())
sys.exit(5)
"""

IMPORTED_HERE = "import os, things\nprint(things.IMPORTED_BY == os.getpid())"
THINGS = "import os\nIMPORTED_BY = os.getpid()\n"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX processes")


def relayed(code: str, directory: Path, *arguments: str) -> tuple[str, ...]:
    environment = {"PATH": os.environ["PATH"]}
    program = forks.Code(code)
    return forks.relayed(
        forks.Command(program, arguments, directory, environment, ("json",))
    )


def test_it_has_the_streams_and_the_exit_code_of_the_program(tmp_path: Path) -> None:
    command = relayed(ANSWERING, tmp_path, "a", "b")

    done = subprocess.run(
        command, input="said", capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout == "said ['a', 'b']\n"


def test_a_signal_reaches_the_program(tmp_path: Path) -> None:
    command = relayed(WAITING, tmp_path)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "waiting\n"

        process.send_signal(signal.SIGTERM)

        assert process.wait(PATIENCE) == 4
        assert process.stdout.read() == ""


def test_a_script_that_is_replaced_runs_as_it_is_called(tmp_path: Path) -> None:
    script, elsewhere = tmp_path / "a bin" / "program", tmp_path / "a directory"
    script.parent.mkdir()
    script.write_text(f"#!{sys.executable}\n{SCRIPT}", "utf-8")
    script.chmod(0o755)
    elsewhere.mkdir()
    forks.replace(script)

    in_forks = forks.called_in_forks(("json", "wave"), Path(sys.executable))
    for words, variables, is_fork in (
        (["it's", "a b"], in_forks, True),
        ([], in_forks, True),
        (["it's", "a b"], {}, False),
    ):
        done = subprocess.run(
            [script, *words],
            cwd=elsewhere,
            env={"SAID": "so", **variables},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )

        assert done.returncode == 5
        assert done.stdout == f"program {words} {elsewhere} so {is_fork} True False\n"


def run_in(directory: Path, code: str, **variables: str) -> str:
    environment = {"PATH": os.environ["PATH"], **variables}
    program = forks.Code(code)
    done = forks.run(
        forks.Command(program, (), directory, environment, ("json",), "things")
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture
def things(tmp_path: Path) -> Path:
    (tmp_path / "things").mkdir()
    (tmp_path / "things" / "__init__.py").write_text(THINGS, "utf-8")
    return tmp_path


def test_a_package_is_imported_by_its_first_program_and_then_once_more(
    things: Path,
) -> None:
    said = [run_in(things, IMPORTED_HERE) for _ in range(4)]
    assert said == ["True\n", "False\n", "False\n", "False\n"]


def test_a_changed_package_is_imported_anew(things: Path) -> None:
    for _ in range(3):
        run_in(things, IMPORTED_HERE)
    (things / "things" / "__init__.py").write_text(f"{THINGS}A = 1\n", "utf-8")

    assert run_in(things, f"{IMPORTED_HERE}\nprint(things.A)") == "True\n1\n"


@pytest.mark.parametrize("variable", ["PYTHONPATH", "PYTHONWARNINGS"])
def test_an_import_obeys_the_variables_of_the_interpreter(
    things: Path, variable: str
) -> None:
    for _ in range(3):
        said = run_in(things, IMPORTED_HERE, **{variable: "error"})
        assert said == "True\n"


def test_programs_run_beside_a_module_that_cannot_be_imported(things: Path) -> None:
    (things / "things" / "broken.py").write_text("raise SystemExit\n", "utf-8")
    for _ in range(3):
        assert run_in(things, IMPORTED_HERE) == "True\n"


def test_each_client_learns_how_its_program_has_ended(things: Path) -> None:
    program = forks.Code("import things, sys\nsys.exit(len(input()))")
    command = forks.Command(program, (), things, {}, ("json",), "things")
    streams = [os.pipe() for _ in range(4)]
    running = [forks.start(command, (reading, 1, 2)) for reading, _ in streams]
    for number, (reading, writing) in reversed(list(enumerate(streams))):
        os.close(reading)
        os.write(writing, b"a" * number + b"\n")
        os.close(writing)
        assert running[number].wait(PATIENCE) == number
