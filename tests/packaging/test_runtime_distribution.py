"""The distribution naftiko-runtime, and a package that depends on it."""

import sys
import tarfile
import zipfile
from pathlib import Path

import httpx2
import pytest
from environments import SPEC, Environment, make_environment, run
from mock_server import serving

from naftiko_gen.cli.main import main
from naftiko_gen.emit.runtime.source import runtime_files, runtime_version
from waiting import PATIENCE
from wheelhouse import once

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def index(common: Path) -> Path:
    """A directory with the distribution's wheel and its source archive, for pip."""

    def build(root: Path) -> None:
        assert main(["runtime", "-o", str(root / "source")]) == 0
        command = (sys.executable, "-m", "build", "--no-isolation", "--outdir")
        run(*command, root / "index", root / "source")

    return once(common / "runtime", build) / "index"


@pytest.fixture(scope="session")
def project(common: Path) -> Path:
    """A package that depends on the distribution."""

    def compile_(root: Path) -> None:
        spec = str(CHECKOUT / SPEC)
        assert main([spec, "-q", "-o", str(root), "--runtime", "library"]) == 0

    return once(common / "library", compile_) / "training-runs"


@pytest.fixture(scope="session")
def environment(common: Path, index: Path, project: Path) -> Environment:
    """An environment with both, and the libraries of these tests."""

    def make(root: Path) -> None:
        target = make_environment(root, Path(sys.executable))
        target.borrow(Environment(Path(sys.prefix)))
        offline = ("--no-index", "--find-links", index, "--no-build-isolation")
        target.install(*offline, project)

    return Environment(once(common / "library-environment", make))


def test_archives_of_the_distribution_have_every_module(index: Path) -> None:
    version = runtime_version()
    with zipfile.ZipFile(
        index / f"naftiko_runtime-{version}-py3-none-any.whl"
    ) as wheel:
        files = set(wheel.namelist())
    with tarfile.open(index / f"naftiko_runtime-{version}.tar.gz") as archive:
        sources = {name.partition("/")[2] for name in archive.getnames()}

    names = {f"naftiko_runtime/{path}" for path in runtime_files()}
    assert {name for name in files if "dist-info" not in name} == names
    assert names < sources
    assert {"CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml"} < sources


def test_a_package_installs_the_distribution_as_a_dependency(
    environment: Environment,
) -> None:
    program = "import naftiko_runtime as n; print(n.__version__, n.__file__)"
    version, place = run(environment.python, "-I", "-c", program).split()

    assert version == runtime_version()
    assert Path(place).is_relative_to(environment.packages())


def test_the_tests_of_the_package_pass(environment: Environment, project: Path) -> None:
    plugins = ("-p", "anyio", "-p", "no:cacheprovider")
    process = run(
        environment.python,
        *("-P", "-m", "pytest", "-q", *plugins),
        cwd=project,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )

    assert " passed" in process


def test_the_package_serves(environment: Environment) -> None:
    with serving(environment) as urls:
        url = f"{urls['training-runs-rest']}/openapi.json"
        document = httpx2.get(url, timeout=PATIENCE).json()

    assert "/v1/api/v1/training/runs" in document["paths"]
