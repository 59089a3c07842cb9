"""Find whether the files of a package are as its manifest says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.language.portable_names import directories
from naftiko_gen.publish import disk, manifest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def intact_files(root: Path, digest: str) -> tuple[str, ...] | None:
    """Return the paths of our files if all are as they were written, else None.

    The manifest has the digest, each file has its digest in the manifest, no seed is
    missing, and no link is in the way.
    """
    try:
        record = _record(root, digest)
        if record is None or not _are_directories(root, record):
            return None
        if any(
            _digest(root / p) != digest_of_file
            for p, digest_of_file in record.files.items()
        ):
            return None
        if any(disk.lstat(root / path) is None for path in record.seeds):
            return None
    except OSError:
        return None
    return (*record.files, manifest.MANIFEST_NAME)


def _record(root: Path, digest: str) -> manifest.Record | None:
    if _digest(root / manifest.MANIFEST_NAME) != digest:
        return None
    record = manifest.read(root)
    return record if isinstance(record, manifest.Record) else None


def _are_directories(root: Path, record: manifest.Record) -> bool:
    return all(disk.is_directory(root / path) for path in _above(record.files))


def _above(paths: Iterable[str]) -> set[str]:
    return {"", *(directory for path in paths for directory in directories(path))}


def _digest(path: Path) -> str | None:
    content = disk.read(path)
    return None if content is None else disk.digest(content)
