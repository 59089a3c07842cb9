"""Diffs of files that are no text, as `git diff --binary` writes them."""

from __future__ import annotations

import hashlib
import zlib
from base64 import b85encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROW = 52
"""So many bytes stand in a line."""


def binary_lines(before: bytes | None, after: bytes | None) -> Iterator[str]:
    """Yield the lines behind the head of a file's diff; None is a file not there."""
    yield f"index {_name(before)}..{_name(after)}\n"
    yield "GIT binary patch\n"
    yield from _literal(after or b"")
    yield from _literal(before or b"")


def _name(content: bytes | None) -> str:
    """Return the name of the content in a repository."""
    if content is None:
        return "0" * 40
    blob = b"blob %d\0%b" % (len(content), content)
    # git calls contents so; nothing depends on it being secure.
    return hashlib.sha1(blob, usedforsecurity=False).hexdigest()


def _literal(content: bytes) -> Iterator[str]:
    yield f"literal {len(content)}\n"
    packed = zlib.compress(content)
    for start in range(0, len(packed), _ROW):
        row = packed[start : start + _ROW]
        yield f"{_length(len(row))}{_encoded(row)}\n"
    yield "\n"


def _length(count: int) -> str:
    """Return a letter for a number of bytes: A to Z for 1 to 26, a to z for more."""
    return chr(ord("A") + count - 1) if count <= 26 else chr(ord("a") + count - 27)


def _encoded(row: bytes) -> str:
    return b85encode(row, pad=True).decode("ascii")
