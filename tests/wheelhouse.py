"""A directory of wheels below `.cache/`, fetched once, from which pip installs."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

CHECKOUT = Path(__file__).parents[1]
VERSION = "{}.{}".format(*sys.version_info)
STARTED = ("/usr/bin/python3", "python3")
"""The interpreters that documented commands and `.ci/environment` start."""
UPGRADED = ("pip>=25.1", "editables")
"""Installed beside the dependencies: by `.ci/environment`, and by hatchling."""


def once(directory: Path, make: Callable[[Path], object]) -> Path:
    """Make a directory unless another test process has; it is complete on return."""
    made = directory.with_name(f"{directory.name}.made")
    with directory.with_name(f"{directory.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            make(directory)
            made.touch()
    return directory


def fetch(directory: Path) -> None:
    """Fetch wheels of all that the project, its packages and their tests install."""
    project = _configuration()["project"]
    extras = chain.from_iterable(project["optional-dependencies"].values())
    pip = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--wheel-dir",
        str(directory),
    ]
    subprocess.run(
        [*pip, "--group", "dev", *UPGRADED, *project["dependencies"], *extras],
        cwd=CHECKOUT,
        check=True,
    )


def settings() -> dict[str, str]:
    """Return the variables that make pip install from the wheels alone.

    They are wheels for the Python of the tests: where commands would start another one,
    nothing is set, and pip asks its index.
    """
    if any(_version(python) != VERSION for python in STARTED if shutil.which(python)):
        return {}
    wheels = once(_directory(), fetch)
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}


def _directory() -> Path:
    """Return where the wheels of these dependencies and this Python are."""
    configuration = _configuration()
    tables = (configuration["project"], configuration["dependency-groups"])
    wanted = json.dumps([VERSION, UPGRADED, tables]).encode()
    cache = CHECKOUT / ".cache"
    cache.mkdir(exist_ok=True)
    return cache / f"wheels-{hashlib.sha256(wanted).hexdigest()[:12]}"


def _configuration() -> dict[str, Any]:
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))


def for_version(version: str, wheels: dict[str, str]) -> dict[str, str]:
    """Return the variables of pip for a version of Python; others have other wheels."""
    return wheels if version == VERSION else {}


def _version(python: str) -> str:
    program = "import sys; print('{}.{}'.format(*sys.version_info))"
    command = [python, "-I", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()
