"""Two packages that one process imports, with each delivery of the runtime."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, assert_never

from service import Package, environment

import forks
from emitted_tests import LIBRARIES, OPTIONS, STRICT
from naftiko_gen.configuration.options import Delivery, Options
from naftiko_gen.emit.runtime.source import DISTRIBUTION
from naftiko_gen.pipeline import compile_spec

HERE = Path(__file__).parent
NAMES = ("books", "orders")
"""The packages, whose specs differ only by names: both have the same path and tool."""
ADAPTERS = ("rest", "mcp")
IMPORTS = """
import asyncio, json, logging, os, sys
from importlib import import_module

books, orders = map(import_module, sys.argv[1:3])


def part(package, name):
    return import_module(f"{package.__name__}.{name}")


def runtime(package, name):
    return import_module(f"{package.errors.__name__.rpartition('.')[0]}.{name}")
"""
"""The beginning of a program: the packages, and functions that import their modules."""


class Runtime(Enum):
    """The place of the runtime of two packages."""

    OWN = "a copy in each"
    LIBRARY = "a library"


@dataclass(frozen=True)
class Program(Package):
    """A module that is run, with the adapters that it announces."""

    name: str = ""

    @property
    def module(self) -> str:
        return self.name


@dataclass(frozen=True)
class Pair:
    """Both packages: the directory to run in, the search path, and the modules."""

    directory: Path
    paths: tuple[Path, ...]

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables of a process that imports both packages."""
        return {
            "PYTHONPATH": os.pathsep.join(map(str, self.paths)),
            **{f"{name.upper()}_KEY": f"key of {name}" for name in NAMES},
        }

    def commands(self) -> Iterator[Program]:
        """Yield the command of each package."""
        for name in NAMES:
            adapters = tuple(f"{name}-{adapter}" for adapter in ADAPTERS)
            yield Program(self.directory, adapters, name=name)

    def host(self, *adapters: str) -> Program:
        """Return the program `two_apps.py`, with the servers that it announces."""
        return Program(HERE, adapters, name="two_apps")

    def execute(self, code: str, **variables: str) -> Any:
        """Run code that begins with `IMPORTS`; return the JSON that it prints.

        Warnings are errors.
        """
        warnings = {"PYTHONWARNINGS": "error"}
        env = environment({**warnings, **self.variables, **variables})
        program = forks.Code(f"{IMPORTS}\n{code}")
        command = forks.Command(program, NAMES, self.directory, env)
        process = forks.run(command)
        assert process.returncode == 0, process.stderr
        return json.loads(process.stdout)

    def test(self, *arguments: str) -> str:
        """Run pytest in the directory; return its output."""
        env = environment({**self.variables, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
        process = forks.run(
            forks.Command(
                forks.Module("pytest"),
                (*OPTIONS, *STRICT, *arguments),
                self.directory,
                env,
                LIBRARIES,
            )
        )
        assert process.returncode == 0, process.stdout + process.stderr
        return process.stdout


def pair(runtime: Runtime, directory: Path) -> Pair:
    """Compile both packages into a directory."""
    match runtime:
        case Runtime.OWN:
            return _projects(Options(directory))
        case Runtime.LIBRARY:
            options = Options(directory, runtime=Delivery.LIBRARY, keeps_runtime=True)
            return _projects(options, directory / DISTRIBUTION)
        case _:
            assert_never(runtime)


def _projects(options: Options, *paths: Path) -> Pair:
    return Pair(options.output, (*_compile(options), *paths))


def _compile(options: Options) -> list[Path]:
    results = [compile_spec(HERE / f"{name}.yaml", options) for name in NAMES]
    roots = []
    for result in results:
        assert result.changes, result.diagnostics
        roots.append(result.changes.root)
    return roots
