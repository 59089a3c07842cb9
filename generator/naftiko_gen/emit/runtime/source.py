"""The source of the runtime: its modules, its version and its digest."""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from naftiko_gen.emit.runtime.delivery import LIBRARY_PACKAGE
from naftiko_gen.emit.templates import template_root

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_VERSION = re.compile(r'^__version__ = "([0-9]+\.[0-9]+\.[0-9]+)"$', re.MULTILINE)


def distribution_root() -> Path:
    """Return the directory of the runtime's distribution."""
    return template_root() / "runtime"


def runtime_root() -> Path:
    """Return the directory of the runtime's package."""
    return distribution_root() / LIBRARY_PACKAGE


@cache
def runtime_module(path: str) -> bytes:
    """Return the source of a module; `path` is relative to the runtime's package."""
    return (runtime_root() / path).read_bytes()


@cache
def runtime_modules() -> tuple[str, ...]:
    """Return the paths of all modules of the runtime, sorted."""
    root = runtime_root()
    return tuple(
        sorted(path.relative_to(root).as_posix() for path in root.rglob("*.py"))
    )


@cache
def runtime_version() -> str:
    """Return the version of the runtime: three numbers.

    Raises:
        ValueError: The runtime's package doesn't state it.
    """
    version = _VERSION.search(runtime_module("__init__.py").decode())
    if version is None:
        raise ValueError("the runtime has no version")
    return version[1]


@cache
def runtime_digest() -> str:
    """Return the digest of the runtime."""
    return source_digest({path: runtime_module(path) for path in runtime_modules()})


def runtime_record() -> dict[str, str]:
    """Return the entry of a manifest for this runtime.

    The digest is over the whole runtime, so it is the same for all packages.
    """
    return {"version": runtime_version(), "digest": runtime_digest()}


def source_digest(modules: Mapping[str, bytes]) -> str:
    """Return a SHA-256 over the paths and contents of modules, in hexadecimal."""
    total = sha256()
    for path, content in sorted(modules.items()):
        total.update(f"{path}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


@cache
def compatible_versions() -> str:
    """Return the versions on which packages of this generator run: `>=1.4,<2`."""
    major, minor, _ = runtime_version().split(".")
    return f">={major}.{minor},<{int(major) + 1}"
