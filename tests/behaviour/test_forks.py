"""A command that runs a program in a fork is for its client the program itself."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

import forks
from waiting import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

ANSWERING = "import sys\nprint(input(), sys.argv[1:])\nsys.exit(3)"
WAITING = """\
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(4))
print("waiting", flush=True)
signal.pause()
"""

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
