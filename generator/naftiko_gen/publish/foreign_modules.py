"""Find modules in a package that aren't generated, but that Python would import.

Python prefers a directory or an extension module over a module of the same name. So
every file that could be imported counts, not only known tricks.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePath

from naftiko_gen.diagnostics import quote
from naftiko_gen.emit.files import is_safe
from naftiko_gen.language.portable_names import directories
from naftiko_gen.publish import disk

_SUFFIXES = (".py", ".pyw", ".pyc", ".pyo", ".pyd", ".so")
"""The suffixes of modules on all systems, in lower case."""


class Fault(Enum):
    """Why a file is foreign; the value ends the sentence of the message."""

    MODULE = "isn't generated, but Python could import it"
    LINK = "is a link among the generated modules, and links aren't followed"
    COMPILED = "would run instead of its module, even if they differ"


@dataclass(frozen=True, slots=True)
class Foreign:
    """A foreign file, and the directory of the generated modules around it."""

    place: Path
    modules: Path
    fault: Fault

    @property
    def message(self) -> str:
        """Return the fault as a sentence without a full stop."""
        return f"{_quote_path(self.place)} {self.fault.value}"

    @property
    def remedy(self) -> str:
        """Return the remedy as a clause without a full stop."""
        if self.fault is Fault.COMPILED:
            return "delete it; Python writes a new one when it needs one"
        own = f"keep your own code out of {_quote_path(self.modules)}"
        return f"{own}, and delete everything that isn't yours"


def _quote_path(path: Path) -> str:
    return quote(str(path), disk.LONGEST_PATH)


def foreign_modules(
    root: Path, modules: str, ours: Collection[str]
) -> tuple[Foreign, ...]:
    """Return the files of a package that aren't ours, but that Python could import.

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
    for entry in disk.entries(root / directory):
        path = f"{directory}/{entry.name}" if directory else entry.name
        if entry.is_symlink():
            yield path, Fault.LINK
        elif not entry.is_dir():
            if path not in ours and _is_module(entry.name):
                yield path, Fault.MODULE
        elif path in above:
            yield from _faults(root, path, ours, above)
        elif entry.name == CACHE:
            yield from _faults_of_cache(root, path)
        elif entry.name.isidentifier():
            yield from _faults_of_directory(root, path)


def _faults_of_directory(root: Path, directory: str) -> Iterator[tuple[str, Fault]]:
    """Yield a directory, or its caches' faults if nothing else is left of its code."""
    caches = caches_alone(root, directory)
    if not caches:
        yield directory, Fault.MODULE
    for cache in caches:
        yield from _faults_of_cache(root, cache)


def _faults_of_cache(root: Path, directory: str) -> Iterator[tuple[str, Fault]]:
    """Yield the files of a cache, except compiled files that depend on their module."""
    for entry in disk.entries(root / directory):
        path = f"{directory}/{entry.name}"
        if entry.is_symlink():
            yield path, Fault.LINK
        elif is_compiled(entry):
            if is_hashed(Path(entry.path)):
                yield path, Fault.COMPILED
        elif entry.is_dir() or _is_module(entry.name):
            yield path, Fault.MODULE


def _is_module(name: str) -> bool:
    return name.lower().endswith(_SUFFIXES)


CACHE = "__pycache__"

_HEADER = 8
"""The bytes at a compiled file's start: four for Python's version, four flags."""


def is_compiled(entry: os.DirEntry[str]) -> bool:
    """Return whether it has a name like `rest.cpython-313.pyc`: not importable."""
    suffixes = PurePath(entry.name.lower()).suffixes
    return len(suffixes) > 1 and suffixes[-1] == ".pyc" and entry.is_file()


def is_hashed(path: Path) -> bool:
    """Return whether Python trusts the file by a hash inside it.

    A checked hash is no safer: anybody can write a module's hash into a compiled file
    that does something else. By default, Python compares the module's time and size
    instead, and a commit can't know the time at which the module is checked out.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER)
    return len(header) == _HEADER and bool(header[4] & 1)


def with_bytecode(root: Path, paths: Iterable[str]) -> tuple[str, ...]:
    """Return paths below `root`, each module followed by its compiled files."""
    return tuple(
        file for path in paths for file in (path, *_compiled_files(root, path))
    )


def _compiled_files(root: Path, path: str) -> tuple[str, ...]:
    """Return the compiled files of a module; none in a directory that can't change."""
    directory, _, name = path.rpartition("/")
    cache = f"{directory}/{CACHE}" if directory else CACHE
    module = name.removesuffix(".py")
    if module == name or not _is_writable(root / cache):
        return ()
    names = (e.name for e in disk.entries(root / cache) if is_compiled(e))
    paths = (f"{cache}/{name}" for name in names if name.startswith(f"{module}."))
    return tuple(path for path in paths if is_safe(path))


def caches_alone(root: Path, directory: str) -> tuple[str, ...]:
    """Return the caches below a directory, none if it holds anything else.

    Python can import nothing from such a directory: it reads a cache for a module only.
    """
    caches: list[str] = []
    pending = [directory]
    while pending:
        place = pending.pop()
        for entry in disk.entries(root / place):
            if not entry.is_dir(follow_symlinks=False):
                return ()
            directories = caches if entry.name == CACHE else pending
            directories.append(f"{place}/{entry.name}")
    return tuple(sorted(caches))


def _is_writable(directory: Path) -> bool:
    return disk.is_directory(directory) and os.access(directory, os.W_OK)
