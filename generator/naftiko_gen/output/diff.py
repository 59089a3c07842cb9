"""The unified diff of a plan."""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING

from naftiko_gen.output import disk
from naftiko_gen.quoting import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.output.plan import Plan


def unified_diff(plan: Plan) -> str:
    """Return what publishing would change, as `git apply` and `patch -p1` read it.

    Files come in the order of their paths; the edited ones show what force would do.
    A file that is no UTF-8 text is only said to differ.

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
                path, disk.read(plan.root / path), contents.get(path)
            )
        )


def changed_lines(
    path: str, before: bytes | None, after: bytes | None
) -> Iterator[str]:
    """Yield the lines of one file's diff; None stands for a file that isn't there."""
    old = "/dev/null" if before is None else _name(f"a/{path}")
    new = "/dev/null" if after is None else _name(f"b/{path}")
    lines = _lines(before or b""), _lines(after or b"")
    if lines[0] is None or lines[1] is None:
        yield f"Binary files {old} and {new} differ\n"
        return
    if not before and not after:
        yield f"--- {old}\n+++ {new}\n"  # an empty file comes or goes
    for line in difflib.unified_diff(lines[0], lines[1], old, new):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


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
