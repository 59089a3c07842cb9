"""Reading the file of a spec, and finding the files that it imports."""

from __future__ import annotations

import errno
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

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


def is_hidden(real: Path, root: Path) -> bool:
    """Return whether a file, or a directory of it below the root, is hidden.

    Such files may be secrets of the user, as in `.env` and `.git`, also if the
    repository has a link to them.
    """
    return any(name.startswith(".") for name in real.relative_to(root).parts)


def project_above(directory: Path) -> Path | None:
    """Return the closest repository or configured project that has a directory."""
    return next(filter(_is_project, (directory, *directory.parents)), None)


def _is_project(directory: Path) -> bool:
    if any((directory / name).exists() for name in _PROJECTS):
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
