"""The compiler's command line, in forks of a process that has imported its modules."""

import os
import subprocess
from pathlib import Path

import forks

MODULES = (
    "black",
    "multiprocessing",
    "naftiko_gen.cli.compile",
    "naftiko_gen.cli.compile_run",
    "naftiko_gen.cli.main",
    "naftiko_gen.pipeline.stages",
    "naftiko_gen.tools.fix.repair",
)
"""The modules that a compilation imports."""
WITH_SCENARIOS = (*MODULES, "pytest")
"""These and the library of tests that are scenarios, which share a process."""


def run_compiler(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `naftiko-gen` in the current directory, with added variables."""
    return forks.run(_command(arguments, variables))


def start_compiler(streams: tuple[int, int, int], *arguments: str) -> forks.Fork:
    """Start `naftiko-gen` in the current directory, on three open files."""
    return forks.start(_command(arguments, {}), streams)


def compiler_words() -> tuple[str, ...]:
    """Return the words by which another program runs `naftiko-gen`, where it is."""
    program = forks.Module("naftiko_gen.cli")
    command = forks.Command(program, (), Path.cwd(), {}, WITH_SCENARIOS)
    return forks.as_called(command)


def _command(arguments: tuple[str, ...], variables: dict[str, str]) -> forks.Command:
    environment = {**os.environ, **variables}
    program = forks.Module("naftiko_gen.cli")
    return forks.Command(program, arguments, Path.cwd(), environment, WITH_SCENARIOS)
