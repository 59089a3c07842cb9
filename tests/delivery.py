"""The delivery of the runtime to the packages that tests compile.

With `--delivery library` they depend on naftiko-runtime, as packages of users may; then
the interpreter of the tests, which starts the packages too, has it installed.
"""

import os
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from naftiko_gen.configuration.options import Delivery, Options
from naftiko_gen.emit.runtime.source import (
    DISTRIBUTION,
    LIBRARY_PACKAGE,
    SUFFIXES,
    files_digest,
    runtime_digest,
)
from naftiko_gen.pipeline import compile_spec
from naftiko_gen.publish.outcome import Result

TESTS = Path(__file__).parent
VARIABLE = "NAFTIKO_DELIVERY"
FOLDERS = {"behaviour", "catalogue", "conformance", "hostile", "journeys"}
"""Folders whose tests run packages of either delivery; others name the delivery."""
COMMAND = "bash .ci/test-library"
"""It installs the runtime, and runs the tests with it."""


def add_option(parser: pytest.Parser) -> None:
    """Let the command line choose."""
    parser.addoption(
        "--delivery",
        choices=[delivery.value for delivery in Delivery],
        help="compile packages of this delivery, not naftiko-gen's default; "
        f"{COMMAND} has what {Delivery.LIBRARY.value!r} needs",
    )


def choose(config: pytest.Config) -> None:
    """Choose the delivery of this run.

    Raises:
        pytest.UsageError: The runtime of the checkout isn't installed.
    """
    if option := config.getoption("--delivery"):
        os.environ[VARIABLE] = option
    if chosen_delivery() is Delivery.LIBRARY and not _is_installed():
        raise pytest.UsageError(
            f"this interpreter has no {DISTRIBUTION} of this checkout: run {COMMAND}"
        )


def chosen_delivery() -> Delivery:
    """Return the delivery of this run."""
    return Delivery(os.environ.get(VARIABLE, Delivery.VENDORED.value))


def is_left_out(path: Path) -> bool:
    """Return whether the tests of a path are the same for each delivery."""
    if chosen_delivery() is Delivery.VENDORED or not path.is_relative_to(TESTS):
        return False
    folder = path.relative_to(TESTS).parts[:1]
    return bool(folder) and folder[0] not in FOLDERS


def compile_package(spec: Path, options: Options) -> Result:
    """Compile a spec into a package of this run's delivery."""
    return compile_spec(spec, replace(options, runtime=chosen_delivery()))


def compiled_package(spec: Path, options: Options) -> Path:
    """Compile a spec into a package of this run's delivery; return its directory."""
    result = compile_package(spec, options)
    assert result.changes, result.diagnostics
    return result.changes.root


def command_options() -> tuple[str, str]:
    """Return the options of the command line that choose this run's delivery."""
    return "--runtime", chosen_delivery().value


def _is_installed() -> bool:
    """Return whether this interpreter has the runtime of the checkout."""
    try:
        place = distribution(DISTRIBUTION).locate_file(LIBRARY_PACKAGE)
    except PackageNotFoundError:
        return False
    root = Path(str(place))
    modules = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.suffix in SUFFIXES
    }
    return files_digest(modules) == runtime_digest()
