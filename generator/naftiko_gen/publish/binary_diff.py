"""Diffs of binary files, in the format of `git diff --binary`."""

from __future__ import annotations

import hashlib
import zlib
from base64 import b85encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROW = 52
"""Bytes per line."""


def binary_lines(before: bytes | None, after: bytes | None) -> Iterator[str]:
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
        yield f"{_encode_length(len(row))}{_encode(row)}\n"
    yield "\n"


def _encode_length(count: int) -> str:
    """Return the letter for a number of bytes: A to Z for 1 to 26, then a to z."""
    return chr(ord("A") + count - 1) if count <= 26 else chr(ord("a") + count - 27)


def _encode(row: bytes) -> str:
    return b85encode(row, pad=True).decode("ascii")
