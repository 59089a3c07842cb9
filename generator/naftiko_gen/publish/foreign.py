"""Modules in a package that aren't generated, though Python would import them.

A directory beside a module of the same name wins over it, as does an extension module.
So everything that could be imported is looked for, instead of known tricks.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.emit.files import directories
from naftiko_gen.publish import disk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_CACHE = "__pycache__"
_SUFFIXES = (".py", ".pyw", ".pyc", ".pyo", ".pyd", ".so")
"""The ends of the names of modules on all systems, in lower case."""

_HEADER = 8
"""A compiled file begins with four bytes for Python's version and four of flags."""


class Fault(Enum):
    """Why something is foreign; the value is the end of a sentence about it."""

    MODULE = "could be imported, and isn't generated"
    LINK = "is a link among generated modules, and none is followed"
    COMPILED = "is run in place of its module, whatever that says"


@dataclass(frozen=True, slots=True)
class Foreign:
    """Something foreign, and the directory of the modules that it is among."""

    place: Path
    modules: Path
    fault: Fault

    @property
    def message(self) -> str:
        """Return what is wrong: a sentence without a full stop."""
        return f"{_shown(self.place)} {self.fault.value}"

    @property
    def remedy(self) -> str:
        """Return what is to be done about it."""
        match self.fault:
            case Fault.COMPILED:
                return "delete it; Python writes another one when it needs it"
            case Fault.MODULE | Fault.LINK:
                own = f"keep code of your own outside of {_shown(self.modules)}"
                return f"{own}, and delete what isn't yours"
            case _:
                assert_never(self.fault)


def _shown(path: Path) -> str:
    return shown(str(path), disk.LONGEST_PATH)


def foreign_modules(
    root: Path, modules: str, ours: Collection[str]
) -> tuple[Foreign, ...]:
    """Return what Python could import of a package, and isn't one of our files.

    Args:
        root: The package directory.
        modules: The directory of its modules, relative to `root`; may be empty.
        ours: The paths of our files, relative to `root`.

    Raises:
        OSError: The directory can't be read.
    """
    if not disk.is_directory(root / modules):
        return ()
    above = {directory for path in ours for directory in directories(path)}
    faults = _faults(root, modules, frozenset(ours), above)
    return tuple(Foreign(root / path, root / modules, fault) for path, fault in faults)


def _faults(
    root: Path, directory: str, ours: Collection[str], above: Collection[str]
) -> Iterator[tuple[str, Fault]]:
    for entry in _entries(root / directory):
        path = f"{directory}/{entry.name}" if directory else entry.name
        if entry.is_symlink():
            yield path, Fault.LINK
        elif not entry.is_dir():
            if path not in ours and _is_module(entry.name):
                yield path, Fault.MODULE
        elif path in above:
            yield from _faults(root, path, ours, above)
        elif entry.name == _CACHE:
            yield from _faults_of_cache(root, path)
        elif entry.name.isidentifier():
            yield path, Fault.MODULE


def _faults_of_cache(root: Path, directory: str) -> Iterator[tuple[str, Fault]]:
    """Yield what isn't a compiled file of Python's own that depends on its module."""
    for entry in _entries(root / directory):
        path = f"{directory}/{entry.name}"
        if entry.is_symlink():
            yield path, Fault.LINK
        elif _is_cache(entry):
            if _is_hashed(Path(entry.path)):
                yield path, Fault.COMPILED
        elif entry.is_dir() or _is_module(entry.name):
            yield path, Fault.MODULE


def _is_cache(entry: os.DirEntry[str]) -> bool:
    """Say whether it has a name like `rest.cpython-313.pyc`, which none imports."""
    suffixes = PurePath(entry.name.lower()).suffixes
    return len(suffixes) > 1 and suffixes[-1] == ".pyc" and entry.is_file()


def _is_hashed(compiled: Path) -> bool:
    """Say whether Python takes the file for current by a hash that it has inside.

    That is so even of a checked one: anybody can write the hash of a module into a file
    that does something else. Python itself notes the module's time and size, and nobody
    who commits a file knows at what time another one will be checked out.
    """
    with compiled.open("rb") as file:
        header = file.read(_HEADER)
    return len(header) == _HEADER and bool(header[4] & 1)


def _is_module(name: str) -> bool:
    return name.lower().endswith(_SUFFIXES)


def _entries(directory: Path) -> list[os.DirEntry[str]]:
    with os.scandir(directory) as entries:
        return sorted(entries, key=lambda entry: entry.name)
