"""A directory of wheels below `.cache/`, made once, from which pip installs."""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from installed_wheels import installed_distributions, wheel_name, write_wheel
from other_pythons import find_needed

CHECKOUT = Path(__file__).parents[1]
PACKAGE = CHECKOUT / "generated" / "training-runs"
"""Has the dependencies of packages, and of their tests."""
VERSION = "{}.{}".format(*sys.version_info)
STARTED = ("/usr/bin/python3", "python3")
"""The interpreters that documented commands and `.ci/environment` start."""
# Zero turns the search off.
QUICKER = {"PIP_NO_WARN_CONFLICTS": "0"}
"""Has pip look for no conflicts with other libraries, a fifth of its time."""
UPGRADED = ("pip>=25.1", "editables")
"""Installed beside the dependencies: by `.ci/environment`, and by hatchling."""


def once(directory: Path, make: Callable[[Path], object]) -> Path:
    """Make a directory unless another test process has; it is complete on return."""
    marker = directory.with_name(f"{directory.name}.made")
    with directory.with_name(f"{directory.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not marker.exists():
            make(directory)
            marker.touch()
    return directory


def make(directory: Path) -> None:
    """Make wheels of all that the project, its packages and their tests install.

    Most are of the distributions that the tests run with: pip would take several times
    as long to fetch them.
    """
    directory.mkdir()
    wheels = installed_distributions()
    for distribution in wheels.values():
        write_wheel(distribution, directory)
    versions = {
        canonicalize_name(name): wheel.version for name, wheel in wheels.items()
    }
    missing = [
        requirement
        for requirement in _wanted_requirements()
        if not _is_met(Requirement(requirement), versions)
    ]
    if missing:
        _fetch(directory, sys.executable, *missing)


def _wanted_requirements() -> Iterator[str]:
    """Yield the requirements of the project, of its extras and of its developers."""
    configuration = _configuration()
    project = configuration["project"]
    yield from (*UPGRADED, *project["dependencies"])
    groups = (project["optional-dependencies"], configuration["dependency-groups"])
    for requirements in chain.from_iterable(group.values() for group in groups):
        yield from (
            requirement for requirement in requirements if isinstance(requirement, str)
        )


def _is_met(requirement: Requirement, versions: Mapping[NormalizedName, str]) -> bool:
    if requirement.marker and not requirement.marker.evaluate():
        return True
    version = versions.get(canonicalize_name(requirement.name))
    return version is not None and requirement.specifier.contains(version)


def make_for(version: str, python: Path, own: Path | None, directory: Path) -> None:
    """Make the wheels of the project and of a package's tests for another Python.

    Most wheels are for every Python, and links to those in `own`, if it is given.
    """
    directory.mkdir()
    wanted = find_needed(
        version, _wanted_for_other_pythons(), installed_distributions()
    )
    for distribution in wanted.same():
        if own:
            (directory / wheel_name(distribution)).hardlink_to(
                own / wheel_name(distribution)
            )
        else:
            write_wheel(distribution, directory)
    _fetch(directory, str(python), "--no-deps", *wanted.built_versions())
    if missing := wanted.missing():
        _fetch(directory, str(python), "--find-links", str(directory), *missing)


def _wanted_for_other_pythons() -> Iterator[str]:
    project = _configuration()["project"]
    package = _configuration(PACKAGE)["project"]
    yield from (*project["dependencies"], *package["dependencies"])
    yield from packages_tests(package)


def packages_tests(project: dict[str, Any]) -> list[str]:
    """Return the libraries of a package's tests; mypy is for its developers."""
    extra = project["optional-dependencies"]["dev"]
    return [
        requirement for requirement in extra if Requirement(requirement).name != "mypy"
    ]


def _fetch(directory: Path, python: str, *wanted: str) -> None:
    pip = (sys.executable, "-m", "pip", "--python", python, "wheel", "--quiet")
    command = (*pip, "--wheel-dir", str(directory), *wanted)
    subprocess.run(command, cwd=CHECKOUT, check=True)


def settings() -> dict[str, str]:
    """Return the variables that make pip install only from the wheels.

    They are wheels for the Python of the tests: where commands would start another one,
    nothing is set, and pip asks its index.
    """
    if any(_version(python) != VERSION for python in STARTED if shutil.which(python)):
        return {}
    versions = {
        name: distribution.version
        for name, distribution in installed_distributions().items()
    }
    return _variables(
        once(_directory([VERSION, *_wanted_requirements(), versions]), make)
    )


def of_version(version: str, wheels: dict[str, str]) -> dict[str, str]:
    """Return the variables of pip for a version of Python that may not be the tests'.

    The wheels of another one are only for a few tests: here its pip asks its index.
    """
    return wheels if version == VERSION else {}


def for_version(version: str, python: Path, wheels: dict[str, str]) -> dict[str, str]:
    """Return the variables of pip for a version of Python; others have other wheels."""
    if version == VERSION:
        return wheels
    versions = {
        name: distribution.version
        for name, distribution in installed_distributions().items()
    }
    directory = _directory([version, *_wanted_for_other_pythons(), versions])
    own = Path(wheels["PIP_FIND_LINKS"]) if wheels else None
    return _variables(once(directory, partial(make_for, version, python, own)))


def _variables(wheels: Path) -> dict[str, str]:
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), **QUICKER}


def _directory(wanted: list[Any]) -> Path:
    """Return where the wheels for a Python and its dependencies are."""
    digest = hashlib.sha256(json.dumps(wanted).encode()).hexdigest()
    cache = CHECKOUT / ".cache"
    cache.mkdir(exist_ok=True)
    return cache / f"wheels-{digest[:12]}"


def _configuration(project: Path = CHECKOUT) -> dict[str, Any]:
    return tomllib.loads((project / "pyproject.toml").read_text("utf-8"))


def _version(python: str) -> str:
    program = "import sys; print('{}.{}'.format(*sys.version_info))"
    command = [python, "-I", "-c", program]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    return process.stdout.strip()
