"""Cache entries as files: written atomically, limited in number and size.

Nothing here fails: a file that can't be read counts as missing, and an entry that can't
be written isn't kept. Only the user can write to their directory.
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
from typing import Any

from naftiko_gen.diagnostics import Code, Diagnostic, Span
from naftiko_gen.publish import atomic

VARIABLE = "NAFTIKO_GEN_CACHE_DIR"
SIZE_LIMIT = 64 * 1024
"""Larger entries aren't kept."""
KEPT = 32
"""Entries kept per key prefix, most recently used first.

There are 256 prefixes, so all entries take less than 512 MiB, and usually about 10.
"""
_FORM = "2"
"""The version of the format, which is the name of a directory."""
_NAME = re.compile(r"\.?[0-9a-f]{64}(\.[0-9a-f]+)?")
"""Entries, and the temporary files that killed runs have left."""
_DIGEST_SIZE = 32
_LEVEL = 1
_TEXT_LIMIT = 8 * 1024 * 1024
_READING = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_DAY = 24 * 60 * 60
_FAULTS = OSError, LookupError, ValueError, TypeError, RecursionError, zlib.error
"""The errors of reading an entry that is missing or damaged."""


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


def get(key: str) -> Entry | None:
    """Return the entry under a key; None if there is none, or it can't be trusted."""
    shelf = _shelf(key)
    try:
        content = _content(shelf / key) if shelf and _is_private(shelf) else b""
        return decode(key, content)
    except _FAULTS:
        return None


def put(key: str, entry: Entry) -> None:
    """Keep an entry for later runs."""
    shelf, content = _shelf(key), encode(key, entry)
    if shelf is None or len(content) > SIZE_LIMIT:
        return
    with contextlib.suppress(OSError, ValueError):
        for directory in (*reversed(shelf.parents), shelf):
            if not directory.is_dir():
                directory.mkdir(mode=0o700, exist_ok=True)
        if _is_private(shelf):
            atomic.replace(shelf / key, content, mode=0o600)
            _evict(shelf)


# --- places -----------------------------------------------------------------------


def cache_directory() -> Path | None:
    """Return the directory of the cache, which may be missing.

    `NAFTIKO_GEN_CACHE_DIR` overrides it. It is None for a user without a home.
    """
    if directory := os.environ.get(VARIABLE):
        return Path(directory)
    try:
        home = Path.home()
    except RuntimeError:
        home = Path()
    match sys.platform:
        case "win32":
            places = [Path(os.environ.get("LOCALAPPDATA", ""))]
        case "darwin":
            places = [home / "Library/Caches"]
        case _:
            places = [Path(os.environ.get("XDG_CACHE_HOME", "")), home / ".cache"]
    # A relative one must be ignored: <https://specifications.freedesktop.org/basedir/>.
    bases = (place for place in places if place.is_absolute())
    return next((base / "naftiko-gen" for base in bases), None)


def _shelf(key: str) -> Path | None:
    """Return the directory of the entries with such a key."""
    place = cache_directory()
    return place / _FORM / key[:2] if place else None


def _is_private(shelf: Path) -> bool:
    """Return whether only the user can write to a shelf and to the cache around it."""
    if sys.platform == "win32":
        return True
    states = [directory.stat() for directory in (*shelf.parents[:2], shelf)]
    owners = {state.st_uid for state in states}
    are_open = any(state.st_mode & _OTHERS_MAY_WRITE for state in states)
    return owners == {os.geteuid()} and not are_open


# --- files ------------------------------------------------------------------------


def _content(file: Path) -> bytes:
    """Return the content of an entry; raises OSError or ValueError if it is none."""
    descriptor = os.open(file, _READING)
    with os.fdopen(descriptor, "rb") as file_object:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > SIZE_LIMIT:
            raise ValueError("not an entry")
        content = file_object.read(SIZE_LIMIT)
    if status.st_mtime < time.time() - _DAY:
        with contextlib.suppress(OSError):
            os.utime(file)
    return content


def _evict(shelf: Path) -> None:
    """Remove the files that weren't used for longest, with those of killed runs."""
    entries = [path for path in shelf.iterdir() if _NAME.fullmatch(path.name)]
    for entry in sorted(entries, key=lambda path: path.lstat().st_mtime)[:-KEPT]:
        entry.unlink(missing_ok=True)


# --- entries ----------------------------------------------------------------------


def encode(key: str, entry: Entry) -> bytes:
    """Return the bytes of an entry: the digest of the rest, then JSON, compressed.

    Messages resemble each other: those of a large spec shrink to a twentieth.
    """
    diagnostics = [_plain(diagnostic) for diagnostic in entry.diagnostics]
    document = [key, entry.manifest, diagnostics, entry.quotable]
    data = zlib.compress(json.dumps(document).encode("ascii"), _LEVEL)
    return sha256(data).digest() + data


def decode(key: str, content: bytes) -> Entry:
    """Return the entry.

    It raises one of `_FAULTS` if it was damaged, or encoded under another key.
    """
    digest, data = content[:_DIGEST_SIZE], content[_DIGEST_SIZE:]
    if digest != sha256(data).digest():
        raise ValueError("damaged")
    # A text that is too long is cut, and so isn't JSON.
    text = zlib.decompressobj().decompress(data, _TEXT_LIMIT)
    own_key, manifest, diagnostics, quotable = json.loads(text)
    if own_key != key:
        raise ValueError("another key")
    entries = tuple(_diagnostic(*item) for item in diagnostics)
    return Entry(str(manifest), entries, tuple(map(str, quotable)))


def _plain(item: Diagnostic) -> list[object]:
    span = item.span and [item.span.line, item.span.column, item.span.length]
    texts = item.code.slug, item.message, item.file
    return [*texts, item.hint, span, item.imported_at, item.acknowledged]


def _diagnostic(
    slug: str, message: str, file: str, hint: str | None, *rest: Any
) -> Diagnostic:
    span, places, is_acknowledged = rest
    code = Code.of(slug)
    if code is None:
        raise ValueError("unknown code")
    return Diagnostic(
        code,
        str(message),
        str(file),
        Span(int(span[0]), int(span[1]), int(span[2])) if span else None,
        hint,
        imported_at=tuple(map(str, places)),
        acknowledged=bool(is_acknowledged),
    )
