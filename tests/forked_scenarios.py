"""Scenarios of a module of tests, in a process without threads, which may fork."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import compiler
import forks

SCRIPT = "import runpy, sys; runpy.run_path(sys.argv.pop(1), run_name='__main__')"


def run_scenario(
    module: str, arguments: Sequence[str], directory: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a module as a script; it may take hours with the option of long runs."""
    program = forks.Code(SCRIPT)
    argv = (module, *arguments)
    variables = environment(**variables)
    libraries = compiler.WITH_SCENARIOS
    command = forks.Command(program, argv, directory, variables, libraries)
    return forks.run(command, patience=None)


def environment(**variables: str) -> dict[str, str]:
    """Return the environment of a scenario, which imports modules of this directory."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parent), **variables}
