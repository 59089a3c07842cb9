"""Puts a spec's new content in the place of the old one, in one step."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from naftiko_gen import spec_file

if TYPE_CHECKING:
    from pathlib import Path


class ReplacementError(Exception):
    """The file wasn't replaced; the message is one sentence."""


def replace(spec: Path, before: bytes, after: bytes) -> None:
    """Replace the file's content; a link to it stays one.

    Raises:
        ReplacementError: It can't be written, or isn't what it was any more.
    """
    try:
        _replace(spec.resolve(), before, after)
    except OSError as failure:
        reason = failure.strerror or type(failure).__name__
        raise ReplacementError(f"can't write the file: {reason}") from failure


def _replace(spec: Path, before: bytes, after: bytes) -> None:
    if not os.access(spec, os.W_OK):
        # Renaming would not ask: it only needs the directory.
        raise ReplacementError("can't write the file: it is write-protected")
    staged = spec.with_name(f".{spec.name}.{os.getpid()}-{os.urandom(4).hex()}")
    try:
        with staged.open("xb") as file:
            staged.chmod(stat.S_IMODE(spec.stat().st_mode))
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        if spec_file.content(spec) != before:
            raise ReplacementError("the file was changed meanwhile; run it again")
        staged.replace(spec)
    finally:
        staged.unlink(missing_ok=True)
