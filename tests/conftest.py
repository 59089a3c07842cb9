"""Fixtures and options of every kind of test."""

import fcntl
import gc
import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, settings

import collecting
import delivery
import forks
import tiers
import wheelhouse
from golden_files import Golden

SHARED = Path(__file__).parents[2] / "shared"
CACHE = Path(__file__).parents[1] / ".cache"
ACCEPTED = pytest.StashKey[list[str]]()
ANY_MACHINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How Hypothesis runs: on a busy machine, an example may take any time."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite the expected files that differ, and print the differences",
    )
    delivery.add_option(parser)


def pytest_configure(config: pytest.Config) -> None:
    cache = os.environ["NAFTIKO_GEN_CACHE_DIR"] = mkdtemp(prefix="naftiko-gen-")
    config.add_cleanup(partial(rmtree, cache))
    if forks.SERVERS not in os.environ:  # else another process of this run has made it
        os.environ[forks.SERVERS] = mkdtemp(prefix="forks-")
        config.add_cleanup(partial(rmtree, os.environ[forks.SERVERS]))
    # Else each process that a test starts compiles all modules of this project.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # These options are for this run, not for the tests of packages.
    os.environ.pop("PYTEST_ADDOPTS", None)
    tiers.choose_amounts(config)
    delivery.choose(config)
    settings.register_profile("any machine", ANY_MACHINE)
    settings.load_profile("any machine")
    # A shell has its background jobs ignore interrupts, children included.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.stash[ACCEPTED] = []
    if config.getoption("--update-golden") and os.environ.get("CI"):
        raise pytest.UsageError(
            "--update-golden: expected files are accepted by people"
        )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    return tiers.processes(config)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return is_left_out(config, collection_path) or None


def is_left_out(config: pytest.Config, path: Path) -> bool:
    """Return whether this run needs no test of a directory or module."""
    return tiers.is_left_out(config, path) or delivery.is_left_out(path)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    collecting.put_in_order(items)
    tiers.mark(config, items)


def pytest_sessionstart(session: pytest.Session) -> None:
    # A process that gathers the reports of others never ends its collection.
    collecting.begin(session.config, partial(is_left_out, session.config))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    collecting.end()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for difference in config.stash[ACCEPTED]:
        terminalreporter.section("accepted")
        terminalreporter.write_line(difference)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def collection() -> Iterator[None]:
    """A run of the command line turns the garbage collection off."""
    yield
    gc.enable()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Return the comparison with expected files, which `--update-golden` rewrites."""
    config = request.config
    update = bool(config.getoption("--update-golden"))
    return Golden(request.node.nodeid, update, config.stash[ACCEPTED])


@pytest.fixture(scope="session")
def reference() -> Path:
    """Return the directory of reference material beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip(f"no reference material at {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def common(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return a directory of this run that all of its processes share."""
    base = tmp_path_factory.getbasetemp()
    root = (base if worker_id == "master" else base.parent) / "common"
    root.mkdir(exist_ok=True)
    return root


@pytest.fixture(scope="session")
def wheels() -> dict[str, str]:
    """Return the variables that make pip install from files that were fetched once."""
    return wheelhouse.settings()


@pytest.fixture
def mypy_cache() -> Iterator[str]:
    """Return the option of mypy that names the cache of all tests; they take turns.

    Most of its work is for libraries, which every package imports.
    """
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "mypy.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield f"--cache-dir={CACHE / 'mypy'}"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
