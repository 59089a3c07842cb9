"""Cache entries as files: written atomically, read with suspicion, limited in number.

An entry has the diagnostics of a spec, and a digest of its package. Nothing here fails:
a file that can't be read counts as missing, and an entry that can't be written isn't
kept. Only the user can write to their directory.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import sys
import time
import zlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.publish import atomic

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain


_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def make_private(place: Path) -> None:
    """Make the directory and its missing parents, accessible to the user only."""
    for directory in (*reversed(place.parents), place):
        if not directory.is_dir():
            directory.mkdir(mode=0o700, exist_ok=True)


def is_private(directory: Path) -> bool:
    """Return whether only the user can write to the directory."""
    status = directory.stat()
    if sys.platform == "win32":
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & _OTHERS_MAY_WRITE


VARIABLE = "NAFTIKO_GEN_CACHE_DIR"

_DIRECTORY = "naftiko-gen"


def cache_directory() -> Path | None:
    """Return the directory of the cache, which may be missing.

    `NAFTIKO_GEN_CACHE_DIR` overrides it. It is None for a user without a home.
    """
    directory = os.environ.get(VARIABLE)
    if directory:
        return Path(directory)
    base = _base()
    return base / _DIRECTORY if base else None


def _base() -> Path | None:
    if sys.platform == "win32":
        return _absolute("LOCALAPPDATA")
    if sys.platform == "darwin":
        return _below_home("Library/Caches")
    return _absolute("XDG_CACHE_HOME") or _below_home(".cache")


def _absolute(variable: str) -> Path | None:
    """Return the absolute path in a variable, or None.

    A relative path must be ignored: <https://specifications.freedesktop.org/basedir/>.
    """
    path = Path(os.environ.get(variable, ""))
    return path if path.is_absolute() else None


def _below_home(path: str) -> Path | None:
    """Return a path in the user's home, or None for a user without a home."""
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home / path if home.is_absolute() else None


_DIGEST_SIZE = 32
_LEVEL = 1
_TEXT_LIMIT = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """The result of compiling a spec that has no errors.

    Attributes:
        manifest: The SHA-256 of its package's manifest, which has that of each file.
        diagnostics: Its diagnostics, with the severities of their codes.
        quotable: The imports whose lines may be shown.
    """

    manifest: str
    diagnostics: tuple[Diagnostic, ...] = ()
    quotable: tuple[str, ...] = ()


def encode(key: str, entry: Entry) -> bytes:
    """Return the bytes of an entry: the digest of the rest, then JSON, compressed.

    Messages resemble each other: those of a large spec shrink to a twentieth.
    """
    document = {
        "key": key,
        "manifest": entry.manifest,
        "diagnostics": [_plain(diagnostic) for diagnostic in entry.diagnostics],
        "quotable": list(entry.quotable),
    }
    text = json.dumps(document).encode("ascii")
    data = zlib.compress(text, _LEVEL)
    return sha256(data).digest() + data


def decode(key: str, content: bytes) -> Entry | None:
    """Return the entry; None if it was damaged, or encoded under another key."""
    digest, data = content[:_DIGEST_SIZE], content[_DIGEST_SIZE:]
    if digest != sha256(data).digest():
        return None
    try:
        return _entry(key, json.loads(_unpack(data)))
    except (ValueError, RecursionError, zlib.error):
        return None


def _unpack(data: bytes) -> bytes:
    """Return the text; a text that is too long is cut, and so isn't JSON."""
    return zlib.decompressobj().decompress(data, _TEXT_LIMIT)


def _plain(diagnostic: Diagnostic) -> dict[str, Plain]:
    span = diagnostic.span
    return {
        "code": diagnostic.code.slug,
        "message": diagnostic.message,
        "file": diagnostic.file,
        "span": [span.line, span.column, span.length] if span else None,
        "hint": diagnostic.hint,
        "imported_at": list(diagnostic.imported_at),
        "acknowledged": diagnostic.acknowledged,
    }


def _entry(key: str, document: Plain) -> Entry:
    match document:
        case {
            "key": str(own_key),
            "manifest": str(manifest),
            "diagnostics": list(diagnostics),
            "quotable": list(names),
        } if (
            own_key == key
        ):
            return Entry(manifest, tuple(map(_diagnostic, diagnostics)), _texts(names))
        case _:
            raise ValueError("not the shape of an entry")


def _diagnostic(document: Plain) -> Diagnostic:
    match document:
        case {
            "code": str(slug),
            "message": str(message),
            "file": str(file),
            "span": span,
            "hint": None | str() as hint,
            "imported_at": list(places),
            "acknowledged": bool(is_acknowledged),
        } if (code := Code.of(slug)) is not None:
            return Diagnostic(
                code,
                message,
                file,
                _span(span),
                hint,
                imported_at=_texts(places),
                acknowledged=is_acknowledged,
            )
        case _:
            raise ValueError("not the shape of a diagnostic")


def _span(document: Plain) -> Span | None:
    match document:
        case None:
            return None
        case [int(line), int(column), int(length)] if min(line, column, length) > 0:
            return Span(line, column, length)
        case _:
            raise ValueError("not the shape of a span")


def _texts(values: list[Plain]) -> tuple[str, ...]:
    if not all(isinstance(value, str) for value in values):
        raise ValueError("not a list of texts")
    return tuple(map(str, values))


SIZE_LIMIT = 64 * 1024
"""Larger entries aren't kept."""

KEPT = 32
"""Entries kept per key prefix, most recently used first.

There are 256 prefixes, so all entries take less than 512 MiB, and usually about 10.
"""

_FORM = "1"
"""The version of the format, which is the name of a directory."""

_NAME = re.compile(r"\.?[0-9a-f]{64}(\.[0-9a-f]+)?")
"""Entries, and the temporary files that killed runs have left."""
_READING = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Store:
    """The files below a directory, which is created by the first entry."""

    place: Path

    def read(self, key: str) -> bytes | None:
        """Return the file of a key; None if it can't be read or trusted."""
        shelf = self._shelf(key)
        try:
            if not (is_private(self.place) and is_private(shelf)):
                return None
            return _content(shelf / key)
        except (OSError, ValueError):
            return None

    def write(self, key: str, content: bytes) -> None:
        """Write the file of a key atomically."""
        if len(content) > SIZE_LIMIT:
            return
        shelf = self._shelf(key)
        with contextlib.suppress(OSError, ValueError):
            make_private(shelf)
            if is_private(self.place) and is_private(shelf):
                atomic.replace(shelf / key, content, mode=0o600)
                _evict(shelf)

    def _shelf(self, key: str) -> Path:
        return self.place / _FORM / key[:2]


def _content(file: Path) -> bytes | None:
    descriptor = os.open(file, _READING)
    with os.fdopen(descriptor, "rb") as file_object:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > SIZE_LIMIT:
            return None
        content = file_object.read(SIZE_LIMIT)
    if status.st_mtime < time.time() - _DAY:
        _keep_longer(file)
    return content


def _keep_longer(file: Path) -> None:
    with contextlib.suppress(OSError):
        os.utime(file)


def _evict(shelf: Path) -> None:
    """Remove the files that weren't used for longest, with those of killed runs."""
    entries = [path for path in shelf.iterdir() if _NAME.fullmatch(path.name)]
    if len(entries) > KEPT:
        for entry in sorted(entries, key=_last_use)[:-KEPT]:
            entry.unlink(missing_ok=True)


def _last_use(entry: Path) -> float:
    return entry.lstat().st_mtime
