"""Replacing the content of a spec, unless somebody has changed it meanwhile."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from naftiko_gen.publish import atomic
from naftiko_gen.syntax import files


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


def replace(spec: Path, before: bytes, after: bytes) -> None:
    """Replace the file's content; a symbolic link stays a link.

    Raises:
        ReplacementError: The file can't be written, or its content isn't `before`.
    """
    try:
        _replace(spec.resolve(), before, after)
    except OSError as failure:
        reason = failure.strerror or type(failure).__name__
        raise ReplacementError(f"can't write the file: {reason}") from failure


def _replace(spec: Path, before: bytes, after: bytes) -> None:
    if not os.access(spec, os.W_OK):
        # Renaming would succeed: it only needs write access to the directory.
        raise ReplacementError("can't write the file: it is write-protected")
    mode = stat.S_IMODE(spec.stat().st_mode)
    with atomic.staged_file(spec, after, mode=mode, durable=True) as temporary:
        if files.content(spec) != before:
            raise ReplacementError("the file was changed meanwhile; run this again")
        temporary.replace(spec)
