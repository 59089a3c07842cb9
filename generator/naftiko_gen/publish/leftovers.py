"""Leftover staging directories: of killed runs, or of unknown origin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.publish import disk, journal, staging

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Leftovers:
    """The staging directories of a package.

    Attributes:
        own: Made here by an earlier run of the user, or by one that is still running.
            The next run completes or undoes a killed publication.
        unknown: Of unproven origin, so no run touches them. A stranger can commit a
            directory that is named like a staging directory.
    """

    own: tuple[Path, ...] = ()
    unknown: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.own or self.unknown)


def leftovers(root: Path) -> Leftovers:
    """Return the staging directories for `root`, which mustn't be a link.

    Raises:
        OSError: The disk failed.
    """
    places = staging.find_lookalikes(root)
    own = tuple(place for place in places if _is_own(place, root))
    unknown = (place for place in places if place not in own)
    # The run that made a directory may have finished by now.
    return Leftovers(own, tuple(place for place in unknown if disk.lstat(place)))


def _is_own(place: Path, root: Path) -> bool:
    try:
        return staging.is_own(place, root) and journal.is_genuine(place)
    except FileNotFoundError:
        return False
