"""Packages that a process has imported when their programs run in forks of it."""

import importlib
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

OBEYED = {"PYTHONPATH", "PYTHONWARNINGS"}
"""Variables that imports depend on: with these, each program has its own."""
MOST = 12
"""How many forks have imported a package: each takes memory."""
STARTS = "__main__.py"
IMPORTED = b"imported"


@dataclass(frozen=True)
class Package:
    """A package in a directory; `state` differs after a change of a file there."""

    name: str
    directory: Path
    state: int

    def load(self) -> None:
        """Import the package and its modules, except `__main__`, which starts it."""
        sys.path[:1] = [str(self.directory)]
        for path in sorted((self.directory / self.name).rglob("*.py")):
            if path.name != STARTS:
                parts = path.relative_to(self.directory).with_suffix("").parts
                importlib.import_module(".".join(parts).removesuffix(".__init__"))


def package(
    name: str, directory: Path, environment: Mapping[str, str]
) -> Package | None:
    """Return a package as it is now, unless its import depends on the environment."""
    if not name or OBEYED & environment.keys():
        return None
    return Package(name, directory, hash(frozenset(_files(directory))))


def _files(directory: Path) -> Iterator[tuple[str, int, int, int]]:
    """Yield the path of each file, and the facts that a change of it changes."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                yield entry.path, status.st_ino, status.st_mtime_ns, status.st_size
            elif entry.name != "__pycache__":
                yield from _files(Path(entry.path))


class Forks:
    """Forks that have imported a package each, in the order in which they were used."""

    def __init__(self) -> None:
        self._requests: dict[Package, socket.socket] = {}
        self._importable: dict[Package, bool] = {}

    def lacks(self, package: Package) -> bool:
        """Return whether a package has run, and has no fork although it could."""
        has_run = package in self._importable
        is_importable = self._importable.setdefault(package, True)
        return has_run and is_importable and package not in self._requests

    def add(self, package: Package, requests: socket.socket) -> None:
        """Wait for a fork's import of a package; forget the fork that rests longest."""
        if requests.recv(len(IMPORTED)) != IMPORTED:
            self._importable[package] = False
            return
        self._requests[package] = requests
        if len(self._requests) > MOST:
            self._requests.pop(next(iter(self._requests))).close()

    def pass_on(self, package: Package, message: bytes, handles: list[int]) -> bool:
        """Pass a request on to the fork of its package; return whether there is one."""
        if requests := self._requests.pop(package, None):
            with suppress(OSError):  # it has been killed
                socket.send_fds(requests, [message], handles)
                self._requests[package] = requests
        return package in self._requests

    def leave(self) -> None:
        """Leave them to the process that this one is a fork of."""
        for requests in self._requests.values():
            requests.close()


@dataclass(frozen=True)
class Import:
    """The task of a fork: to import a package, and then to take requests."""

    package: Package
    requests: socket.socket

    def perform(self) -> None:
        """Import the package, or end."""
        try:
            self.package.load()
        except (Exception, SystemExit):
            os._exit(1)

    def say(self) -> None:
        self.requests.send(IMPORTED)
