"""Files that adapters serve: files of resources, and of prompts.

They are read while a spec is compiled, because packages have copies of them. Only files
in the directories from which a spec may import are read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path, PurePath

from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.language.portable_names import collision, is_portable
from naftiko_gen.syntax import files
from naftiko_gen.syntax.files import (
    ImportRoots,
    OutsideError,
    UnusableLocationError,
    relative,
)

FILE_LIMIT = 1_000
"""The number of files that a spec may serve."""
SIZE_LIMIT = 16 * 1024 * 1024
"""The bytes that all served files of a spec may have together."""
DEEPEST = 50
"""The levels of directories that a `location` may have."""
ENTRY_LIMIT = 100_000
"""The number of files and directories that are looked at for a spec."""

# `file:///./x` is relative.
ABSOLUTE = re.compile(r"file:(?:///|/(?!/))(?!\.{1,2}/|/)")


@dataclass(frozen=True)
class ServedFile:
    """A file: its path from the directory of a location, and its content."""

    path: str
    content: bytes


class UnusableFileError(Exception):
    """A file can't be served; the message is a sentence without a full stop."""


class MissingFileError(UnusableFileError):
    """There is no file or directory at a location."""


@dataclass
class ServedFiles:
    """Reader of the files that adapters of one spec serve.

    Attributes:
        contents: The content of each file, by its path from the spec's directory.
        has_directories: Whether a location is a directory, to which files may be added.
    """

    roots: ImportRoots
    report: Report
    edited: MappingABC[Path, bytes]
    contents: dict[str, bytes] = field(default_factory=dict)
    has_directories: bool = False
    _size: int = 0
    _count: int = 0
    _room: int = ENTRY_LIMIT

    def read(self, location: str, span: Span) -> tuple[ServedFile, ...]:
        """Return the files at a location in their order; none after reporting why.

        A location that is a file has this one, whose path is empty.
        """
        try:
            return tuple(self._files(self._path(location, span)))
        except (UnusableLocationError, UnusableFileError) as fault:
            self._report(fault, location, span)
            return ()

    def directory(self, location: str, span: Span) -> tuple[ServedFile, ...] | None:
        """Return the files of a directory, none after reporting why; None without it.

        The directory may be made later.
        """
        self.has_directories = True
        try:
            return tuple(self._directory_files(self._path(location, span)))
        except MissingFileError:
            return None
        except (UnusableLocationError, UnusableFileError) as fault:
            self._report(fault, location, span)
            return ()

    def text(self, location: str, span: Span) -> str | None:
        """Return the text of the file at a location; None after reporting why not."""
        files = self.read(location, span)
        if not files:
            return None
        if files[0].path:
            message = f"{quote(location)} is a directory, not a file"
            self.report.add(Code.UNUSABLE_FILE, message, span)
            return None
        try:
            return files[0].content.decode("utf-8-sig")
        except ValueError:
            message = f"{quote(location)} isn't text in UTF-8"
            self.report.add(Code.UNUSABLE_FILE, message, span)
            return None

    def optional_text(self, location: str, span: Span) -> str | None:
        """Return the text of the file at a location, None without one."""
        return replace(self, report=Report("")).text(location, span)

    def name(self, location: str, file: str, span: Span) -> str:
        """Return the path of a file in a directory, as messages show it."""
        directory = self.roots.base / self._base(span) / relative(location)
        return os.path.normpath(directory / file)

    def _report(
        self,
        fault: UnusableLocationError | UnusableFileError,
        location: str,
        span: Span,
    ) -> None:
        is_file = isinstance(fault, UnusableFileError)
        code = Code.UNUSABLE_FILE if is_file else Code.UNUSABLE_LOCATION
        self.report.add(code, f"{quote(location)} {fault}", span)

    # --- places ---

    def _path(self, location: str, span: Span) -> Path:
        """Return the real path of a location."""
        absolute = ABSOLUTE.match(location)
        if absolute is not None:
            return self._real(f"/{location[absolute.end() :]}")
        return self._real(str(self._base(span) / relative(location)))

    def _base(self, span: Span) -> PurePath:
        """Return the directory of the file that has a location, from the spec's."""
        if span.origin is None:
            return PurePath()
        return PurePath(files.path_from(self.roots.base, span.origin.file)).parent

    def _real(self, path: str) -> Path:
        try:
            real = self.roots.find(path)
        except OutsideError:
            raise UnusableLocationError("is outside of the spec's directory") from None
        except (OSError, ValueError):
            raise UnusableLocationError("isn't a valid path") from None
        if not files.kind(real):
            raise MissingFileError("doesn't exist")
        if self.roots.hide(real):
            raise UnusableFileError("is hidden, so it may be a secret")
        return real

    # --- files ---

    def _files(self, path: Path) -> Iterator[ServedFile]:
        if path.is_dir():
            yield from self._directory_files(path)
        else:
            yield ServedFile("", self._content(path, path.name))

    def _directory_files(self, path: Path) -> Iterator[ServedFile]:
        if not path.is_dir():
            raise UnusableFileError("isn't a directory")
        self.has_directories = True
        names = list(islice(self._names(path, ""), FILE_LIMIT + 1))
        if not names:
            raise UnusableFileError("has no files")
        count = len(names)
        if count > FILE_LIMIT:
            raise UnusableFileError(f"has more than {FILE_LIMIT} files")
        self._count += count
        if self._count > FILE_LIMIT:
            fault = f"has too much: a spec serves more than {FILE_LIMIT} files"
            raise UnusableFileError(fault)
        _check_names(names)
        for name in names:
            yield ServedFile(name, self._content(path / name, name))

    def _names(self, directory: Path, prefix: str) -> Iterator[str]:
        """Yield the paths of the files below; hidden ones are left out."""
        if prefix.count("/") > DEEPEST:
            raise UnusableFileError(f"has more than {DEEPEST} levels of directories")
        for entry in self._entries(directory):
            name = f"{prefix}{entry.name}"
            if entry.name.startswith(".") or entry.name == "__pycache__":
                continue
            if not entry.is_dir():
                yield name
            elif entry.is_symlink():
                raise UnusableFileError(f"has {quote(name)}, a link to a directory")
            else:
                yield from self._names(directory / entry.name, f"{name}/")

    def _entries(self, directory: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(directory) as entries:
                directory_entries = list(islice(entries, self._room + 1))
        except OSError as failure:
            raise UnusableFileError(f"can't be read: {failure.strerror}") from None
        self._room = max(self._room - len(directory_entries), -1)
        if self._room < 0:
            fault = f"has too much: more than {ENTRY_LIMIT} files and directories"
            raise UnusableFileError(fault)
        return sorted(directory_entries, key=lambda entry: entry.name)

    def _content(self, path: Path, name: str) -> bytes:
        try:
            place = files.path_from(self.roots.base.resolve(), path)
            real = self.roots.find(place)
            if self.roots.hide(real):
                fault = f"has {quote(name)}, which leads to a hidden file"
                raise UnusableFileError(fault)
            content = self.edited.get(real)
            if content is None:
                content = files.content(real, files.SIZE_LIMIT)
        except OutsideError:
            fault = f"has {quote(name)}, which leads out of the spec's directory"
            raise UnusableFileError(fault) from None
        except (OSError, ValueError) as failure:
            why = getattr(failure, "strerror", None) or "its path isn't valid"
            raise UnusableFileError(f"can't be read: {why}") from None
        self._check_size(content, name)
        self.contents[place] = content
        return content

    def _check_size(self, content: bytes, name: str) -> None:
        self._size += len(content)
        if len(content) > files.SIZE_LIMIT:
            raise UnusableFileError(f"has {quote(name)}, which is larger than 4 MiB")
        if self._size > SIZE_LIMIT:
            raise UnusableFileError("has too much: all files are larger than 16 MiB")


def _check_names(names: list[str]) -> None:
    """Refuse names that a platform can't have, or that only case tells apart."""
    for name in names:
        if not all(map(is_portable, name.split("/"))):
            characters = "letters, digits, '.', '_' and '-', and be no device"
            raise UnusableFileError(
                f"has {quote(name)}: names may only have {characters}"
            )
    if pair := collision(names):
        fault = f"has {quote(pair[0])} and {quote(pair[1])}, which differ only in case"
        raise UnusableFileError(fault)
