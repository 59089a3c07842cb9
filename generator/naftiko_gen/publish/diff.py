"""Diffs of a plan or of a single file, in a format that `git apply` accepts."""

from __future__ import annotations

import difflib
import hashlib
import os
import stat
import zlib
from base64 import b85encode
from collections.abc import Iterator
from pathlib import Path

from naftiko_gen.diagnostics import safe
from naftiko_gen.publish import disk
from naftiko_gen.publish.plan import Plan
from naftiko_gen.syntax.files import kind, path_from

_REPOSITORY = ".git"
_FILE, _EXECUTABLE = "100644", "100755"


def unified_diff(plan: Plan) -> str:
    """Return the changes of a plan as a diff for `git apply` and `patch -p1`.

    Files are sorted by path. For an edited file it shows how force would overwrite it.

    Raises:
        PublicationError: The directory can't be read.
    """
    contents = {file.path: file.content for file in plan.emitted}
    paths = sorted((*plan.written, *plan.edited, *plan.removed))
    with disk.disk_failures("read", plan.root):
        return "".join(
            line
            for path in paths
            for line in changed_lines(
                plan.root / path, disk.read(plan.root / path), contents.get(path)
            )
        )


def changed_lines(
    path: Path, before: bytes | None, after: bytes | None
) -> Iterator[str]:
    """Yield the lines of one file's diff; None stands for a missing file."""
    if before == after:
        return
    name = _display_path(path)
    yield f"diff --git {_quote(f'a/{name}')} {_quote(f'b/{name}')}\n"
    if before is None:
        yield f"new file mode {_FILE}\n"
    elif after is None:
        yield f"deleted file mode {_mode(path)}\n"
    old, new = _lines(before or b""), _lines(after or b"")
    if old is None or new is None:
        yield from _binary_lines(before, after)
        return
    headers = (
        "/dev/null" if before is None else _header_name(f"a/{name}"),
        "/dev/null" if after is None else _header_name(f"b/{name}"),
    )
    # A new or deleted empty file has no changed lines.
    for line in difflib.unified_diff(old, new, *headers):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _display_path(path: Path) -> str:
    """Return a path as git shows it: relative to the root of the repository.

    Outside of a repository, it is relative to the current directory.
    """
    # The file may be a link, or not exist, so its name isn't resolved.
    absolute = os.path.normpath(Path.cwd() / path)
    relative = path_from(_base_directory(), absolute)
    below = relative if not relative.startswith("../") else absolute
    return Path(below).as_posix().lstrip("/")


def _base_directory() -> Path:
    here = Path.cwd()
    parents = (here, *here.parents)
    return next((path for path in parents if kind(path / _REPOSITORY)), here)


def _mode(path: Path) -> str:
    status = disk.lstat(path)
    is_executable = status is not None and status.st_mode & stat.S_IXUSR
    return _EXECUTABLE if is_executable else _FILE


def _header_name(path: str) -> str:
    """Return a path for a `---` or `+++` line; a tab ends a path with blanks."""
    name = _quote(path)
    return f"{name}\t" if " " in name and not name.startswith('"') else name


def _quote(path: str) -> str:
    """Quote a path as git does if it has quotes or characters unsafe in a terminal."""
    if safe(path) == path and not set(path) & set('"\\'):
        return path
    escaped_path = "".join(map(_escape, os.fsencode(path)))
    return f'"{escaped_path}"'


def _escape(byte: int) -> str:
    is_plain = 0x20 <= byte < 0x7F and chr(byte) not in '"\\'
    return chr(byte) if is_plain else f"\\{byte:03o}"


def _lines(content: bytes) -> list[str] | None:
    """Split at line feeds only, as diffs do; return None for binary content."""
    if b"\0" in content:
        return None
    try:
        parts = content.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        return None
    lines = [f"{part}\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


_ROW = 52
"""Bytes per line."""


def _binary_lines(before: bytes | None, after: bytes | None) -> Iterator[str]:
    """Yield the lines below a diff's header; None stands for a missing file."""
    yield f"index {_name(before)}..{_name(after)}\n"
    yield "GIT binary patch\n"
    yield from _literal(after or b"")
    yield from _literal(before or b"")


def _name(content: bytes | None) -> str:
    """Return the object name of the content in a git repository."""
    if content is None:
        return "0" * 40
    blob = b"blob %d\0%b" % (len(content), content)
    # git names contents by SHA-1; security doesn't depend on it.
    return hashlib.sha1(blob, usedforsecurity=False).hexdigest()


def _literal(content: bytes) -> Iterator[str]:
    yield f"literal {len(content)}\n"
    data = zlib.compress(content)
    for start in range(0, len(data), _ROW):
        row = data[start : start + _ROW]
        yield f"{_encode_length(len(row))}{b85encode(row, pad=True).decode()}\n"
    yield "\n"


def _encode_length(count: int) -> str:
    """Return the letter for a number of bytes: A to Z for 1 to 26, then a to z."""
    return chr(ord("A") + count - 1) if count <= 26 else chr(ord("a") + count - 27)
