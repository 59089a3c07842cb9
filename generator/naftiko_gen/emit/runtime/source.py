"""The runtime: its packages, its files, and those that a package needs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import assert_never

from naftiko_gen.configuration.options import Delivery
from naftiko_gen.emit import template_root

DISTRIBUTION = "naftiko-runtime"
LIBRARY_PACKAGE = "naftiko_runtime"
VENDORED_PACKAGE = "_runtime"
SUFFIXES = frozenset((".py", ".typed", ".css", ".js"))
"""The suffixes of the runtime's files; others are left behind by tools."""


def package_of(delivery: Delivery, module: str = "") -> str:
    """Return the runtime's package, as tests of `module` import it.

    Without one, as modules of the emitted package do.
    """
    match delivery:
        case Delivery.VENDORED:
            return f"{module}.{VENDORED_PACKAGE}"
        case Delivery.LIBRARY:
            return LIBRARY_PACKAGE
        case _:
            assert_never(delivery)


_VERSION = re.compile(r'^__version__ = "([0-9]+\.[0-9]+\.[0-9]+)"$', re.MULTILINE)


def distribution_root() -> Path:
    """Return the directory of the runtime's distribution."""
    return template_root() / "runtime"


def runtime_root() -> Path:
    """Return the directory of the runtime's package."""
    return distribution_root() / LIBRARY_PACKAGE


@cache
def runtime_file(path: str) -> bytes:
    """Return the content of a file; `path` is relative to the runtime's package."""
    return (runtime_root() / path).read_bytes()


@cache
def runtime_files() -> tuple[str, ...]:
    """Return the paths of all files of the runtime, sorted."""
    root = runtime_root()
    paths = (path for path in root.rglob("*") if path.suffix in SUFFIXES)
    return tuple(sorted(path.relative_to(root).as_posix() for path in paths))


@cache
def runtime_version() -> str:
    """Return the version of the runtime: three numbers.

    Raises:
        ValueError: The runtime's package doesn't state it.
    """
    version = _VERSION.search(runtime_file("__init__.py").decode())
    if version is None:
        raise ValueError("the runtime has no version")
    return version[1]


@cache
def runtime_digest() -> str:
    """Return the digest of the runtime."""
    return files_digest({path: runtime_file(path) for path in runtime_files()})


def runtime_record() -> dict[str, str]:
    """Return the entry of a manifest for this runtime.

    The digest is over the whole runtime, so it is the same for all packages.
    """
    return {"version": runtime_version(), "digest": runtime_digest()}


def files_digest(files: Mapping[str, bytes]) -> str:
    """Return a SHA-256 over the paths and contents of files, in hexadecimal."""
    total = sha256()
    for path, content in sorted(files.items()):
        total.update(f"{path}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


@cache
def compatible_versions() -> str:
    """Return the versions on which packages of this generator run: `>=1.4,<2`."""
    major, minor, _ = runtime_version().split(".")
    return f">={major}.{minor},<{int(major) + 1}"


_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
"""The fields of nodes that hold statements, directly or in clauses."""
_IMPORT = re.compile(r"^ *from (\.+)([\w.]*) import", re.MULTILINE)


def needed_files(sources: Iterable[bytes], package: str) -> tuple[str, ...]:
    """Return the paths of the modules that sources import, directly or not, sorted.

    `package` is the name of the runtime's package in those sources. Modules come with
    the files that they read: those beside them that have their names.
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
    names = set[str]()
    for node in chain.from_iterable(map(_statements, sources)):
        match node:
            case ast.Import(names=aliases):
                names.update(alias.name for alias in aliases)
            case ast.ImportFrom(module=str() as module, level=0):
                names.add(module)
            case _:
                pass
    return frozenset(name.partition(".")[0] for name in names)


def _statements(source: bytes) -> Iterator[ast.stmt]:
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt):
            yield node
        for name in _BLOCKS:
            waiting += getattr(node, name, ())


def _imported_modules(source: bytes, package: str) -> Iterator[str]:
    for node in _statements(source):
        if isinstance(node, ast.ImportFrom):
            name = f"{'.' * node.level}{node.module or ''}"
            if name == package or name.startswith(f"{package}."):
                inside = name.removeprefix(package).removeprefix(".")
                if f"{inside.replace('.', '/')}.py" in runtime_files():
                    yield inside
                else:  # modules of a package
                    names = (f"{inside}.{alias.name}" for alias in node.names)
                    yield from (name.removeprefix(".") for name in names)


@cache
def _imported_by_module(path: str) -> tuple[str, ...]:
    directory = path.split("/")[:-1]
    names = []
    source = runtime_file(path).decode() if path.endswith(".py") else ""
    for dots, name in _IMPORT.findall(source):
        outer = directory[: len(directory) - len(dots) + 1]
        names.append(".".join((*outer, name)))
    return tuple(names)


@cache
def _paths(name: str) -> tuple[str, ...]:
    """Return the files of a module: those of its packages, its own, and others."""
    parts = name.split(".")
    packages = (
        "/".join((*parts[:depth], "__init__.py")) for depth in range(len(parts))
    )
    own = f"{'/'.join(parts)}.py"
    data = (path for path in runtime_files() if path.startswith(own[:-2]))
    return tuple(dict.fromkeys((*packages, own, *data)))
