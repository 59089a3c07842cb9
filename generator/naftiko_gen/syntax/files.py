"""Files of specs: reading and finding them, by locations and similar names."""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from naftiko_gen.diagnostics.quoting import nearest, quote
from naftiko_gen.syntax import globs

SIZE_LIMIT = 4 * 1024 * 1024
"""Bytes of a file beside a spec, such as a configuration or a script."""
_PROJECTS = (".git", ".hg", "naftiko-gen.toml")
_TABLE = b"[tool.naftiko-gen"
LARGEST = 64 * 1024 * 1024
"""Bytes of the largest file that any part of the compiler reads."""


def content(path: Path, limit: int = LARGEST) -> bytes:
    """Return the file's bytes, at most one more than the limit.

    Raises:
        OSError: The file can't be read, or is a pipe or device, which may never end.
        ValueError: The path contains a character that paths can't contain.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "Not a regular file")
    with path.open("rb") as file:
        return file.read(limit + 1)


def path_from(directory: Path, path: str | Path) -> str:
    """Return the path from a directory, with `/`; the absolute one on another drive."""
    try:
        return Path(os.path.relpath(path, directory)).as_posix()
    except ValueError:
        return Path(path).absolute().as_posix()


def is_hidden(real: Path, root: Path) -> bool:
    """Return whether a file, or a directory of it below the root, is hidden.

    Such files may be secrets of the user, as in `.env` and `.git`, also if the
    repository has a link to them.
    """
    return any(name.startswith(".") for name in real.relative_to(root).parts)


def project_above(directory: Path) -> Path | None:
    """Return the closest repository or configured project that has a directory."""
    return next(filter(_is_project, (directory, *directory.parents)), None)


def kind(path: Path, *, follows: bool = True) -> int:
    """Return the type of a file, such as `stat.S_IFDIR`; 0 if none can be seen.

    With `follows`, it is that of a link's target.

    `Path.exists` and its kin raise errors if a directory above can't be searched, or a
    name is too long.
    """
    try:
        return stat.S_IFMT(path.stat(follow_symlinks=follows).st_mode)
    except (OSError, ValueError):
        return 0


def _is_project(directory: Path) -> bool:
    if any(kind(directory / name) for name in _PROJECTS):
        return True
    try:
        return _TABLE in content(directory / "pyproject.toml")
    except OSError:
        return False


class OutsideError(Exception):
    """A file isn't in a directory from which imports are allowed."""


@dataclass(frozen=True)
class ImportRoots:
    """The directories from which a spec may import.

    Attributes:
        base: The spec's directory; locations of imports are relative to it.
        allowed: The real paths of the directories that may contain imported files.
        project: The real path of the project around the spec, which may contain
            OpenAPI documents; None outside of a project.
    """

    base: Path
    allowed: tuple[Path, ...]
    project: Path | None = None

    @classmethod
    def of(cls, spec: Path, root: Path | None) -> ImportRoots:
        """Allow the spec's own directory, and another one if there is one."""
        base = spec.parent
        wider = (root.resolve(),) if root else ()
        return cls(base, (base.resolve(), *wider), project_above(base.resolve()))

    def find_document(self, name: str) -> Path:
        """Return the real path of an OpenAPI document, which the project may contain.

        Hidden files of the project aren't found. The exceptions are those of `find`.
        """
        try:
            return self.find(name)
        except OutsideError:
            real = (self.base / name).resolve()
            project = self.project
            if project is None or not real.is_relative_to(project):
                raise
            if is_hidden(real, project):
                raise
            return real

    def find(self, name: str) -> Path:
        """Return the real path of an import.

        Raises:
            OutsideError: The path leads out of the directories.
            OSError: The path contains circular links.
            ValueError: The name contains a character that paths can't contain.
        """
        try:
            real = (self.base / name).resolve()
        except RuntimeError as circular:
            # Before Python 3.13, circular links raise this error.
            raise OSError(errno.ELOOP, "Too many symbolic links") from circular
        if not any(real.is_relative_to(root) for root in self.allowed):
            raise OutsideError(name)
        return real

    def hide(self, real: Path) -> bool:
        """Return whether the path of a found file is hidden in its directories."""
        roots = [root for root in self.allowed if real.is_relative_to(root)]
        return all(is_hidden(real, root) for root in roots)


_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_RELATIVE_FILE = re.compile(r"file:(?:///?)?(?=\.{1,2}/)|file:(?!/)")


class UnusableLocationError(Exception):
    """A location isn't a relative path; the message is the end of a sentence."""


def relative(location: str) -> str:
    """Return the relative path of a location.

    Raises:
        UnusableLocationError: The location is an absolute path, a URL or no path.
    """
    path = _RELATIVE_FILE.sub("", location, count=1)
    if path.startswith(("/", "file:///", "file:/")):
        raise UnusableLocationError("is an absolute path")
    if _URL.match(path):
        raise UnusableLocationError("is a URL, and nothing is fetched")
    if "\\" in path or not path:
        raise UnusableLocationError("isn't a path with forward slashes")
    return path


_LIMIT = 10_000
"""The number of names per directory that are compared."""

_SPECS = (".yaml", ".yml", ".json")
_LONGEST = 300


def question(path: Path) -> str | None:
    """Return a hint with a similar existing path; None without one."""
    if os.path.lexists(path):
        return None
    suggestion = _correct(path) or _namesake(path)
    return f"did you mean {quote(suggestion, limit=_LONGEST)}?" if suggestion else None


def _correct(path: Path) -> Path | None:
    """Return the path with each missing part replaced by a similar existing one."""
    place = Path(path.anchor)
    for part in path.relative_to(place).parts:
        is_kept = globs.is_glob(part) or os.path.lexists(place / part)
        name = part if is_kept else _near(place, part)
        if name is None:
            return None
        place /= name
    return place if place != path else None


def _near(directory: Path, name: str) -> str | None:
    """Return a similar name in a directory; suffixes don't count as similar."""
    suffix = Path(name).suffix

    def rank(other: str) -> tuple[bool, bool]:
        ending = Path(other).suffix
        return ending == suffix, ending in _SPECS

    # Of several names with the same stem, the last one wins.
    stems = {Path(other).stem: other for other in sorted(_names(directory), key=rank)}
    stem = nearest(Path(name).stem, stems)
    return stems[stem] if stem is not None else None


def _names(directory: Path) -> list[str]:
    names: list[str] = []
    with suppress(OSError), os.scandir(directory) as entries:
        visible = (entry.name for entry in entries if not entry.name.startswith("."))
        names += islice(visible, _LIMIT)
    return sorted(names)


def _namesake(path: Path) -> Path | None:
    """Return a file of the same name below the current directory."""
    if globs.is_glob(path.name) or not path.name:
        return None
    with suppress(globs.TooManyFilesError, OSError, ValueError):
        return next(iter(globs.files(Path(), f"**/{path.name}")), None)
    return None
