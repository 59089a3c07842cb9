"""The sources as they would be cloned, their distributions, and installations."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from environments import (
    SPEC,
    VERSIONS,
    Environment,
    interpreter,
    make_environment,
    run,
    tree,
)
from quick_python import make_quick_python

from wheelhouse import for_version, once, packages_tests

CHECKOUT = Path(__file__).parents[2]
COMMIT = ("-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "-q")


@pytest.fixture(scope="session")
def sources(common: Path) -> Path:
    """A repository with the sources as they are now, committed or not.

    It is the same as a clone of the next commit: nobody changes it during the tests,
    and none of them leaves anything in the checkout.
    """
    listing = ["git", "ls-files", "-z", "-co", "--exclude-standard"]
    process = subprocess.run(listing, cwd=CHECKOUT, capture_output=True, check=False)
    if process.returncode:
        pytest.skip("these sources aren't a git checkout")
    files = process.stdout.decode().split("\0")

    def copy(root: Path) -> None:
        for file in filter(None, files):
            if (CHECKOUT / file).is_file():
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(CHECKOUT / file, root / file)
        run("git", "init", "-q", cwd=root)
        run("git", "add", "-A", cwd=root)
        run("git", *COMMIT, "-m", "Everything", cwd=root)

    return once(common / "sources", copy)


@pytest.fixture(scope="session")
def quick_python(common: Path) -> Callable[[str], Path]:
    """Directories with a `python3` that copies environments, for each version."""

    def prepare(version: str) -> Path:
        python = run(interpreter(version), "-c", "import sys; print(sys.executable)")
        make = partial(make_quick_python, python=Path(python.strip()))
        return once(common / f"python-{version}", make) / "bin"

    return prepare


@pytest.fixture(scope="session")
def distributions(common: Path, sources: Path) -> Path:
    """The directory with the source distribution, and the wheel that is built of it."""

    def build(root: Path) -> None:
        # Documented commands build in isolation: they are tested as they stand there.
        command = (sys.executable, "-m", "build", "--no-isolation", "-o", root)
        run(*command, sources)

    return once(common / "distributions", build)


@pytest.fixture(scope="session")
def wheel(distributions: Path) -> Path:
    [archive] = distributions.glob("*.whl")
    return archive


@pytest.fixture(scope="session")
def sdist(distributions: Path) -> Path:
    [archive] = distributions.glob("*.tar.gz")
    return archive


@pytest.fixture(scope="session")
def wheel_environments(
    common: Path, wheel: Path, wheels: dict[str, str]
) -> Callable[[str], Environment]:
    """Environments with the wheel and its dependencies, one a version of Python."""

    def install(version: str) -> Environment:
        python = interpreter(version)

        def make(root: Path) -> None:
            make_environment(
                root, python, for_version(version, python, wheels)
            ).install(wheel)

        return Environment(once(common / f"installed-{version}", make))

    return install


@pytest.fixture(scope="session")
def first(wheel_environments: Callable[[str], Environment]) -> Environment:
    """The environment of the lowest version of Python."""
    return wheel_environments(VERSIONS[0])


@pytest.fixture(scope="session")
def package(common: Path, sources: Path, first: Environment) -> Path:
    """The package that every other run has to repeat, byte for byte."""

    def compile_(root: Path) -> None:
        run(first.script("naftiko-gen"), sources / SPEC, "-o", root)

    return once(common / "generated", compile_) / "training-runs"


@pytest.fixture(scope="session")
def expected_files(package: Path) -> dict[str, bytes]:
    """The files of the package."""
    return tree(package)


@pytest.fixture(scope="session")
def package_wheel(common: Path, package: Path) -> Path:
    """The wheel of the package, which is the same for every version of Python."""

    def build(root: Path) -> None:
        pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps")
        run(*pip, "--no-build-isolation", "--wheel-dir", root, package)

    [wheel] = once(common / "package-wheel", build).glob("*-py3-none-any.whl")
    return wheel


@pytest.fixture(scope="session")
def package_environments(
    common: Path, package: Path, package_wheel: Path, wheels: dict[str, str]
) -> Callable[[str], Environment]:
    """Environments with the generated package and its tests' libraries, not ours."""
    project = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))
    requirements = packages_tests(project["project"])

    def install(version: str) -> Environment:
        python = interpreter(version)

        def make(root: Path) -> None:
            environment = make_environment(
                root, python, for_version(version, python, wheels)
            )
            environment.install(package_wheel, *requirements)

        return Environment(once(common / f"served-{version}", make))

    return install
