"""Depfiles: the dependencies of generated files, for Make and Ninja."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f*?\[\];=|&`^<>]|[\\)]\Z|\\[#%:]")
"""Characters that Make can't escape, or that Ninja can't read when escaped."""
_QUOTED = re.compile(r"(\\*)([ #:])")


class UnwritableNameError(Exception):
    """A depfile can't contain the name of a file, which is the first argument."""


@dataclass(frozen=True)
class Rule:
    """A file, and the files that it is made from."""

    target: Path
    prerequisites: tuple[Path, ...]


def depfile(rules: Sequence[Rule]) -> bytes:
    """Return the rules in Make's syntax.

    Each prerequisite has an empty rule of its own. If one is gone, Make then doesn't
    give up, but runs the command, which reports the missing file.

    Raises:
        UnwritableNameError: A depfile can't contain the name of a file.
    """
    rules_text = "".join(f"{_rule(rule)}\n" for rule in rules)
    prerequisites = dict.fromkeys(one for rule in rules for one in rule.prerequisites)
    empty_rules = "".join(f"\n{line}\n" for line in _empty_rules(prerequisites))
    return os.fsencode(rules_text + empty_rules)


def _rule(rule: Rule) -> str:
    target = _escape(rule.target).replace("%", "\\%")
    names = map(_escape, rule.prerequisites)
    return " \\\n  ".join((f"{target}:", *names))


def _empty_rules(prerequisites: Iterable[Path]) -> Iterable[str]:
    names = map(_escape, prerequisites)
    # A rule with a percent sign would be a pattern rule.
    return (f"{name}:" for name in names if "%" not in name)


def _escape(path: Path) -> str:
    name = os.path.normpath(path)
    if _UNWRITABLE.search(name):
        raise UnwritableNameError(name)
    # Only backslashes before an escaped character are special, and must be doubled.
    escaped = _QUOTED.sub(r"\1\1\\\2", name).replace("$", "$$")
    return f"./{escaped}" if escaped.startswith("~") else escaped


def write(file: Path, content: bytes) -> None:
    """Write a file atomically.

    Raises:
        OSError: It can't be written.
    """
    staged = file.with_name(f".{file.name}.{os.urandom(8).hex()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        staged.write_bytes(content)
        staged.replace(file)
    finally:
        staged.unlink(missing_ok=True)


def touch(stamp: Path, moment: int) -> None:
    """Make a file whose modification time is the start of a run.

    Files that change during the run are newer, so the next run sees the changes.

    Raises:
        OSError: It can't be written.
    """
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.touch()
    os.utime(stamp, ns=(moment, moment))
