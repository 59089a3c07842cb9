"""Atomic writes: readers of a file see its old content or the new one, whole."""

from __future__ import annotations

import errno
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# O_EXCL never follows a link that somebody has put in the way.
_WRITING = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_RANDOM_BYTES = 8
_TEMPORARY = re.compile(rf"\.(.+)\.[0-9a-f]{{{2 * _RANDOM_BYTES}}}")
_NEW_FILE = 0o666
_PRIVATE = 0o600


def replace(
    file: Path, content: bytes, *, mode: int | None = None, durable: bool = False
) -> None:
    """Write a file in the place of an old one, if there is one.

    `mode` and `durable` are those of `staged_file`.

    Raises:
        OSError: It can't be written; the old file is untouched.
    """
    with staged_file(file, content, mode=mode, durable=durable) as temporary:
        temporary.replace(file)


def create(
    file: Path, content: bytes, *, mode: int | None = None, durable: bool = False
) -> None:
    """Write a file where nothing is yet.

    `mode` and `durable` are those of `staged_file`.

    Raises:
        FileExistsError: Something is there; it is untouched.
        OSError: It can't be written.
    """
    with staged_file(file, content, mode=mode, durable=durable) as temporary:
        try:
            os.link(temporary, file)
        except FileExistsError:
            raise
        except OSError:
            _rename(temporary, file)


@contextmanager
def staged_file(
    file: Path, content: bytes, *, mode: int | None = None, durable: bool = False
) -> Iterator[Path]:
    """Write a temporary file beside a file, and remove it unless it is renamed.

    Args:
        file: The file whose place the temporary one may take.
        content: The content of the temporary file.
        mode: Its permissions, or None for those that the umask leaves a new file.
        durable: Whether the content reaches the disk before the caller goes on.

    Raises:
        OSError: It can't be written.
    """
    temporary = file.with_name(f".{file.name}.{os.urandom(_RANDOM_BYTES).hex()}")
    try:
        _write(temporary, content, mode, durable)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def target_name(name: str) -> str | None:
    """Return the name of the file whose temporary file has a name, else None."""
    match = _TEMPORARY.fullmatch(name)
    return match[1] if match else None


def _rename(temporary: Path, file: Path) -> None:
    """Give a file its name where links don't work."""
    if os.path.lexists(file):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(file))
    temporary.rename(file)


def _write(path: Path, content: bytes, mode: int | None, durable: bool) -> None:
    # Until it has its own permissions, nobody else may read it.
    descriptor = os.open(path, _WRITING, _NEW_FILE if mode is None else _PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        if mode is not None:
            path.chmod(mode)
        file.write(content)
        if durable:
            file.flush()
            os.fsync(file.fileno())
