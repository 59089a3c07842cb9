"""What depends on what, for Make and for what reads the same: Ninja."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.publish import atomic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f*?\[\];=|&`^<>]|[\\)]\Z|\\[#%:]")
"""What Make gives a meaning that can't be taken from it, or Ninja can't read then."""
_QUOTED = re.compile(r"(\\*)([ #:])")


class UnwritableNameError(Exception):
    """The name of a file has no form in a depfile; it is the first argument."""


@dataclass(frozen=True)
class Rule:
    """A file, and those that it is made of."""

    target: Path
    prerequisites: tuple[Path, ...]


def depfile(rules: Sequence[Rule]) -> bytes:
    """Return the rules in Make's syntax.

    Each prerequisite has a rule of its own without anything: so Make doesn't give up
    when one is gone, but runs the command that says what is wrong.

    Raises:
        UnwritableNameError: A file can't be named in it.
    """
    made = "".join(f"{_rule(rule)}\n" for rule in rules)
    prerequisites = dict.fromkeys(one for rule in rules for one in rule.prerequisites)
    alone = "".join(f"\n{line}\n" for line in _alone(prerequisites))
    return os.fsencode(made + alone)


def _rule(rule: Rule) -> str:
    target = _written(rule.target).replace("%", "\\%")
    named = map(_written, rule.prerequisites)
    return " \\\n  ".join((f"{target}:", *named))


def _alone(prerequisites: Iterable[Path]) -> Iterable[str]:
    named = map(_written, prerequisites)
    # With a percent sign it would be a rule for many files.
    return (f"{name}:" for name in named if "%" not in name)


def _written(path: Path) -> str:
    name = os.path.normpath(path)
    if _UNWRITABLE.search(name):
        raise UnwritableNameError(name)
    # Backslashes count as such, unless they are in front of what one of them quotes.
    quoted = _QUOTED.sub(r"\1\1\\\2", name).replace("$", "$$")
    return f"./{quoted}" if quoted.startswith("~") else quoted


def write(file: Path, content: bytes) -> None:
    """Write a file, whole or not at all.

    Raises:
        OSError: It can't be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    atomic.replace(file, content)


def touch(stamp: Path, moment: int) -> None:
    """Make a file that is as old as the moment at which a run began.

    What changes while the run goes on is newer, and isn't missed by the next one.

    Raises:
        OSError: It can't be written.
    """
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.touch()
    os.utime(stamp, ns=(moment, moment))
