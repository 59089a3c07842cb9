"""The origin of a package: the path from it to the spec that it is compiled from."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.output import manifest
from naftiko_gen.quoting import shown

if TYPE_CHECKING:
    from naftiko_gen.output.manifest import Provenance, Record


def origin(spec: Path, root: Path) -> str | None:
    """Return the path from a package to its spec, if it tells nothing of the machine.

    It tells nothing if both lie in one project, or if the manifest says the same: then
    they did where it was written.
    """
    place, package = spec.parent.resolve() / spec.name, root.resolve()
    try:
        path = Path(os.path.relpath(place, package)).as_posix()
        common = Path(os.path.commonpath((place, package)))
    except ValueError:  # two drives
        return None
    record = manifest.read(root)
    is_known = isinstance(record, manifest.Record) and record.origin == path
    return path if is_known or not _is_of_the_system(common) else None


def other_origin(root: Path, record: Record, provenance: Provenance) -> str | None:
    """Return the spec that a package was compiled from, if that is another one.

    Where a path isn't known on either side, the names of the files decide. A spec
    whose path isn't known is elsewhere than one whose path is.
    """
    if record.origin is None:
        is_other = record.spec is not None and record.spec != provenance.spec
        return shown(record.spec) if is_other else None
    if record.origin == provenance.origin:
        return None
    return shown(os.path.normpath(root / record.origin))


def _is_of_the_system(directory: Path) -> bool:
    """Say whether a directory is the root, one above homes, or one like `/tmp`."""
    if directory == directory.parent or directory in _above_home():
        return True
    try:
        return bool(directory.stat().st_mode & stat.S_ISVTX)
    except OSError:
        return False


def _above_home() -> tuple[Path, ...]:
    try:
        return tuple(Path.home().resolve().parents)
    except RuntimeError:  # a user without one
        return ()
