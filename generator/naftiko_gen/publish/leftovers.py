"""Staging directories that stand around: of killed runs, or of unknown origin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.publish import disk, journal, staging

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Staging directories for a package, by who made them.

    Attributes:
        own: An earlier run of the user's made them here, or one at work does. The next
            run completes them.
        unknown: Nothing proves that, so no run touches them. Strangers can commit
            whatever is called like a staging directory.
    """

    own: tuple[Path, ...] = ()
    unknown: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.own or self.unknown)


def leftovers(root: Path) -> Leftovers:
    """Return the staging directories for `root`, which must be no link.

    Raises:
        OSError: The disk failed.
    """
    places = staging.lookalikes(root)
    own = tuple(place for place in places if _is_own(place, root))
    unknown = (place for place in places if place not in own)
    # The run whose directory it was may have finished by now.
    return Leftovers(own, tuple(place for place in unknown if disk.lstat(place)))


def _is_own(place: Path, root: Path) -> bool:
    try:
        return staging.is_own(place, root) and journal.is_genuine(place)
    except FileNotFoundError:
        return False
