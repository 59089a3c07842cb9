"""The modules of the runtime that a package needs."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING

from naftiko_gen.emit.runtime.source import runtime_module, runtime_modules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
"""The fields of nodes that hold statements, directly or in clauses."""
_IMPORT = re.compile(r"^ *from (\.+)([\w.]*) import", re.MULTILINE)


def needed_modules(sources: Iterable[bytes], package: str) -> tuple[str, ...]:
    """Return the paths of the modules that sources import, directly or not, sorted.

    `package` is the name of the runtime's package in those sources.
    """
    paths = set[str]()
    waiting = [
        name for source in sources for name in _imported_modules(source, package)
    ]
    while waiting:
        for path in _paths(waiting.pop()):
            if path not in paths:
                paths.add(path)
                waiting += _imported_by_module(path)
    return tuple(sorted(paths))


def imported_libraries(sources: Iterable[bytes]) -> frozenset[str]:
    """Return the top-level packages that sources import by absolute imports."""
    return frozenset(
        top for source in sources for node in _statements(source) for top in _tops(node)
    )


def _tops(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (name.name.partition(".")[0] for name in names)
        case ast.ImportFrom(module=str() as module, level=0):
            yield module.partition(".")[0]
        case _:
            pass


def _statements(source: bytes) -> Iterator[ast.stmt]:
    """Yield the statements of a module, also those inside of others."""
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt):
            yield node
        for name in _BLOCKS:
            waiting += getattr(node, name, ())


def _imported_modules(source: bytes, package: str) -> Iterator[str]:
    """Yield the names of the runtime's modules that a source imports."""
    for node in _statements(source):
        if isinstance(node, ast.ImportFrom):
            name = f"{'.' * node.level}{node.module or ''}"
            if name == package or name.startswith(f"{package}."):
                inside = name.removeprefix(package).removeprefix(".")
                yield from _modules(inside, node.names)


def _modules(name: str, aliases: Iterable[ast.alias]) -> Iterator[str]:
    """Yield a module from which names are imported, or those modules of a package."""
    if f"{name.replace('.', '/')}.py" in runtime_modules():
        yield name
    else:
        yield from (f"{name}.{alias.name}".removeprefix(".") for alias in aliases)


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
