"""Diffs that `git apply` accepts: of a plan, and of one file."""

from __future__ import annotations

import difflib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.quoting import safe
from naftiko_gen.publish import disk
from naftiko_gen.publish.binary_diff import binary_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.publish.plan import Plan

_REPOSITORY = ".git"
_FILE, _EXECUTABLE = "100644", "100755"


def unified_diff(plan: Plan) -> str:
    """Return what publishing would change, as `git apply` and `patch -p1` read it.

    Files come in the order of their paths; the edited ones show what force would do.

    Raises:
        PublicationError: The directory can't be read.
    """
    contents = {file.path: file.content for file in plan.emitted}
    changed = sorted((*plan.written, *plan.edited, *plan.removed))
    with disk.disk_failures("read", plan.root):
        return "".join(
            line
            for path in changed
            for line in changed_lines(
                plan.root / path, disk.read(plan.root / path), contents.get(path)
            )
        )


def changed_lines(
    path: Path, before: bytes | None, after: bytes | None
) -> Iterator[str]:
    """Yield the lines of one file's diff; None stands for a file that isn't there."""
    if before == after:
        return
    name = _shown(path)
    yield f"diff --git {_name(f'a/{name}')} {_name(f'b/{name}')}\n"
    if before is None:
        yield f"new file mode {_FILE}\n"
    elif after is None:
        yield f"deleted file mode {_mode(path)}\n"
    lines = _lines(before or b""), _lines(after or b"")
    if lines[0] is None or lines[1] is None:
        yield from binary_lines(before, after)
    else:
        yield from _hunks(name, _Change(before, after, lines[0], lines[1]))


@dataclass(frozen=True)
class _Change:
    """A file before and after: None if it isn't there, and its lines."""

    before: bytes | None
    after: bytes | None
    old: list[str]
    new: list[str]


def _hunks(name: str, change: _Change) -> Iterator[str]:
    """Yield the changed lines; an empty file that comes or goes has none."""
    old = "/dev/null" if change.before is None else _labelled(f"a/{name}")
    new = "/dev/null" if change.after is None else _labelled(f"b/{name}")
    for line in difflib.unified_diff(change.old, change.new, old, new):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _shown(path: Path) -> str:
    """Return a path as git shows it: from the root of the repository.

    Outside of any repository it is the path from the current directory.
    """
    # The file may be a link, or not exist: its name is what counts.
    whole = os.path.normpath(Path.cwd() / path)
    shown = os.path.relpath(whole, _start())
    below = shown if not shown.startswith(f"..{os.sep}") else whole
    return Path(below).as_posix().lstrip("/")


def _start() -> Path:
    here = Path.cwd()
    above = (here, *here.parents)
    return next((one for one in above if (one / _REPOSITORY).exists()), here)


def _mode(path: Path) -> str:
    status = disk.lstat(path)
    is_executable = status is not None and status.st_mode & stat.S_IXUSR
    return _EXECUTABLE if is_executable else _FILE


def _labelled(path: str) -> str:
    """Return a path behind `---` or `+++`; a tab ends one that has blanks."""
    name = _name(path)
    return f"{name}\t" if " " in name and not name.startswith('"') else name


def _name(path: str) -> str:
    """Return a path; one that a terminal would obey is quoted as git quotes it."""
    if safe(path) == path and not set(path) & set('"\\'):
        return path
    escaped = "".join(map(_character, os.fsencode(path)))
    return f'"{escaped}"'


def _character(byte: int) -> str:
    is_plain = 0x20 <= byte < 0x7F and chr(byte) not in '"\\'
    return chr(byte) if is_plain else f"\\{byte:03o}"


def _lines(content: bytes) -> list[str] | None:
    """Split at line feeds only, which is what a diff counts; None if it's no text."""
    if b"\0" in content:
        return None
    try:
        parts = content.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        return None
    ended = [f"{part}\n" for part in parts[:-1]]
    return [*ended, parts[-1]] if parts[-1] else ended
