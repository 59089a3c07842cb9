"""Atomic writes: readers of a file see its old content or the new one, whole."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from naftiko_gen.syntax import files

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


# --- specs ----------------------------------------------------------------------


class ReplacementError(Exception):
    """The file wasn't replaced; the message is one sentence."""


def leads_out(file: Path, base: Path) -> bool:
    """Return whether symbolic links lead from a file to one that mustn't be rewritten.

    The target of a file in `base` must be in `base`, too. The target of any other file
    must be in that file's directory.

    Raises:
        OSError: The links are circular.
    """
    try:
        target, real_base = file.resolve(), base.resolve()
    except RuntimeError as circular:
        # Before Python 3.13, circular links raise this error.
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from circular
    path = Path(os.path.normpath(file.absolute()))
    limit = real_base if path.is_relative_to(real_base) else file.parent.resolve()
    return not target.is_relative_to(limit)


def replace_unchanged(spec: Path, before: bytes, after: bytes) -> None:
    """Replace the file's content; a symbolic link stays a link.

    Raises:
        ReplacementError: The file can't be written, or its content isn't `before`.
    """
    try:
        _replace_unchanged(spec.resolve(), before, after)
    except OSError as failure:
        reason = failure.strerror or type(failure).__name__
        raise ReplacementError(f"can't write the file: {reason}") from failure


def _replace_unchanged(spec: Path, before: bytes, after: bytes) -> None:
    if not os.access(spec, os.W_OK):
        # Renaming would succeed: it only needs write access to the directory.
        raise ReplacementError("can't write the file: it is write-protected")
    mode = stat.S_IMODE(spec.stat().st_mode)
    with staged_file(spec, after, mode=mode, durable=True) as temporary:
        if files.content(spec) != before:
            raise ReplacementError("the file was changed meanwhile; run this again")
        temporary.replace(spec)
