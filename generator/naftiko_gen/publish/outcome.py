"""The result of compiling a spec: its diagnostics, and the changes of its package."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics import Code
from naftiko_gen.publish import disk
from naftiko_gen.syntax import files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from naftiko_gen.diagnostics import Diagnostic
    from naftiko_gen.emit.tools.lists import ToolList
    from naftiko_gen.publish.plan import Plan

_ABOUT_OTHER_FILES = frozenset(
    {
        Code.BROKEN_MANIFEST,
        Code.DUPLICATE_PACKAGE,
        Code.EDITED_GENERATED_FILE,
        Code.FOREIGN_MODULE,
        Code.FOREIGN_PACKAGE,
        Code.IMPORT_CYCLE,
        Code.IMPORT_NOT_FOUND,
        Code.TOO_MANY_IMPORTS,
        Code.UNREADABLE_FILE,
        Code.UNUSABLE_IMPORT,
        Code.UNUSABLE_OUTPUT,
    }
)
"""Errors that may vanish although the files that were read don't change."""


@dataclass(frozen=True)
class Changes:
    """Changes on the disk, made or planned; paths are relative to `root`.

    Attributes:
        root: The directory of the package.
        written: The files that are new, or differ.
        unchanged: The other generated files.
        removed: The files that are no longer generated.
        dependencies: The requirements of the distributions that the package imports.
        plan: The plan with the contents of the files. None if the cache knew that the
            package is up to date, and in results of many specs.
        diff: The changes as a diff, if it is wanted.
        compiled: Whether the spec was compiled; otherwise the cache knew the result.
        runtime: The changes of the runtime beside the package.
    """

    root: Path
    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    plan: Plan | None = None
    diff: str = ""
    compiled: bool = True
    runtime: Changes | None = None

    @property
    def are_any(self) -> bool:
        """Return whether anything was written or removed, or would be."""
        return bool(self.written or self.removed)


@dataclass(frozen=True)
class Result:
    """The result of compiling a spec.

    Attributes:
        spec: The spec.
        diagnostics: The diagnostics, in the order of the stages.
        changes: The changes of its package; None if there are errors.
        sources: The files whose lines may be shown, by the name in diagnostics.
        digests: The SHA-256 of the spec and of each file that it imports.
        tool_lists: The tools of MCP servers, if the spec was compiled.
    """

    spec: Path
    diagnostics: tuple[Diagnostic, ...] = ()
    changes: Changes | None = None
    sources: Mapping[str, bytes] = field(default_factory=dict)
    digests: Mapping[Path, str] = field(default_factory=dict)
    tool_lists: tuple[ToolList, ...] = ()

    def is_current(self) -> bool:
        """Return whether compiling the spec again would have the same result.

        It would if the files that were read are unchanged, unless an error is about
        other files.
        """
        if any(item.code in _ABOUT_OTHER_FILES for item in self.diagnostics):
            return False
        return all(_digest(path) == was for path, was in self.digests.items())


def _digest(path: Path) -> str:
    """Return the digest of a file; one that can't be read counts as empty."""
    try:
        return disk.digest(files.content(path))
    except (OSError, ValueError):
        return disk.digest(b"")
