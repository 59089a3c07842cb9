"""Depfiles: the dependencies of packages, for Make and Ninja."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from naftiko_gen.publish import atomic

_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f*?\[\];=|&`^<>]|[\\)]\Z|\\[#%:]")
"""Characters that Make interprets and can't quote, or Ninja can't read quoted."""
_QUOTED = re.compile(r"(\\*)([ #:])")


class UnwritableNameError(Exception):
    """A depfile can't express the name of a file, which is the first argument."""


@dataclass(frozen=True)
class Rule:
    """A file, and the files that it depends on."""

    target: Path
    prerequisites: tuple[Path, ...]


def depfile(rules: Sequence[Rule]) -> bytes:
    """Return the rules in Make's syntax.

    Each prerequisite has an empty rule of its own. So Make doesn't give up when a file
    is gone, but runs the command, which reports the fault.

    Raises:
        UnwritableNameError: A file can't be named in it.
    """
    text = "".join(f"{_rule(rule)}\n" for rule in rules)
    prerequisites = dict.fromkeys(path for rule in rules for path in rule.prerequisites)
    targets = "".join(f"\n{line}\n" for line in _alone(prerequisites))
    return os.fsencode(text + targets)


def _rule(rule: Rule) -> str:
    target = _escape_path(rule.target).replace("%", "\\%")
    names = map(_escape_path, rule.prerequisites)
    return " \\\n  ".join((f"{target}:", *names))


def _alone(prerequisites: Iterable[Path]) -> Iterable[str]:
    names = map(_escape_path, prerequisites)
    # With a percent sign it would be a pattern rule.
    return (f"{name}:" for name in names if "%" not in name)


def _escape_path(path: Path) -> str:
    name = os.path.normpath(path)
    if _UNWRITABLE.search(name):
        raise UnwritableNameError(name)
    # A backslash is literal unless it precedes a character that it would quote.
    quoted_name = _QUOTED.sub(r"\1\1\\\2", name).replace("$", "$$")
    return f"./{quoted_name}" if quoted_name.startswith("~") else quoted_name


def write(file: Path, content: bytes) -> None:
    """Write a file atomically.

    Raises:
        OSError: It can't be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    atomic.replace(file, content)


def touch(stamp: Path, moment: int) -> None:
    """Create a file, or update its time to the moment at which a run began.

    A file that changes during the run is newer, so that the next run notices it.

    Raises:
        OSError: It can't be written.
    """
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.touch()
    os.utime(stamp, ns=(moment, moment))
