"""Find whether the files of a package are as its manifest says."""

from __future__ import annotations

from pathlib import Path

from naftiko_gen.language.portable_names import directories
from naftiko_gen.publish import disk, manifest


def intact_files(root: Path, digest: str) -> tuple[str, ...] | None:
    """Return the paths of our files if all are as they were written, else None.

    The manifest has the digest, each file has its digest in the manifest, no seed is
    missing, and no link is in the way.
    """
    try:
        is_known = _digest(root / manifest.MANIFEST_NAME) == digest
        record = manifest.read(root) if is_known else None
        if not isinstance(record, manifest.Record):
            return None
        above = {directory for path in record.files for directory in directories(path)}
        is_intact = (
            all(disk.is_directory(root / path) for path in ("", *above))
            and all(_digest(root / path) == was for path, was in record.files.items())
            and all(disk.lstat(root / path) for path in record.seeds)
        )
    except OSError:
        return None
    return (*record.files, manifest.MANIFEST_NAME) if is_intact else None


def _digest(path: Path) -> str | None:
    content = disk.read(path)
    return None if content is None else disk.digest(content)
