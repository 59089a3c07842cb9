"""The modules of the runtime, and which of them a package needs."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING

from naftiko_gen.emit.code.templates import template_root
from naftiko_gen.emit.runtime.delivery import LIBRARY_PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_IMPORT = re.compile(r"^ *from (\.+)([\w.]*) import", re.MULTILINE)


def runtime_root() -> Path:
    """Return the directory of the runtime's source."""
    return template_root() / "runtime" / LIBRARY_PACKAGE


@cache
def runtime_module(path: str) -> bytes:
    """Return the source of a module; `path` is relative to the runtime's package."""
    return (runtime_root() / path).read_bytes()


def needed_modules(sources: Iterable[bytes], package: str) -> tuple[str, ...]:
    """Return the paths of the modules that sources import, directly or not, sorted.

    `package` is the name of the runtime's package in those sources.
    """
    found = set[str]()
    waiting = [name for source in sources for name in _imported(source, package)]
    while waiting:
        for path in _paths(waiting.pop()):
            if path not in found:
                found.add(path)
                waiting += _imported_by_module(path)
    return tuple(sorted(found))


def _imported(source: bytes, package: str) -> Iterator[str]:
    """Yield the names of the runtime's modules that a source imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            name = f"{'.' * node.level}{node.module or ''}"
            if name.startswith(f"{package}."):
                yield name.removeprefix(f"{package}.")


@cache
def _imported_by_module(path: str) -> tuple[str, ...]:
    """Return the names of the modules that one of the runtime's own modules imports."""
    directory = path.split("/")[:-1]
    names = []
    for dots, name in _IMPORT.findall(runtime_module(path).decode()):
        outer = directory[: len(directory) - len(dots) + 1]
        names.append(".".join((*outer, name)))
    return tuple(names)


@cache
def _paths(name: str) -> tuple[str, ...]:
    """Return the files that Python runs to import a module, its packages first."""
    parts = name.split(".")
    packages = (
        "/".join((*parts[:depth], "__init__.py")) for depth in range(len(parts))
    )
    return (*packages, f"{'/'.join(parts)}.py")
