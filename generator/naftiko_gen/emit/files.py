"""The emitted files, with paths relative to the package directory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEGMENT = re.compile(r"[A-Za-z0-9._-]*[A-Za-z0-9_-]")
"""A name that is valid on every platform: ASCII, and no dot at its end."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the package; `path` is relative and has forward slashes.

    A seed is written only if the file is missing; from then on the user owns it.
    """

    path: str
    content: bytes
    seed: bool = False


@dataclass(frozen=True, slots=True)
class FileTree:
    """The emitted files in their order.

    Raises:
        ValueError: A path leaves the package directory or isn't portable, or two paths
            collide on a file system that ignores case.
    """

    files: tuple[File, ...]

    def __post_init__(self) -> None:
        for file in self.files:
            if not is_safe(file.path):
                raise ValueError(f"unsafe path: {file.path!r}")
        _refuse_collisions([file.path for file in self.files])

    def __iter__(self) -> Iterator[File]:
        return iter(self.files)


def is_safe(path: str) -> bool:
    """Return whether the path is relative, portable and never leaves its root."""
    return all(_SEGMENT.fullmatch(segment) for segment in path.split("/"))


def directories(path: str) -> tuple[str, ...]:
    """Return the directories above a path, outermost first: a/b/c has a and a/b."""
    segments = path.split("/")
    return tuple("/".join(segments[:depth]) for depth in range(1, len(segments)))


def _refuse_collisions(paths: list[str]) -> None:
    claims: dict[str, str] = {}
    for path in paths:
        if path.casefold() in claims:
            raise ValueError(f"{path!r} collides with {claims[path.casefold()]!r}")
        claims[path.casefold()] = path
        for directory in directories(path):
            claim = f"{directory}/"
            rival = claims.setdefault(directory.casefold(), claim)
            if rival != claim:
                raise ValueError(f"{path!r} collides with {rival!r}")
