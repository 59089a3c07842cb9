"""The plan: what publishing would do to the disk."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.publish import disk, manifest
from naftiko_gen.publish.lock import locked
from naftiko_gen.publish.origin import other_origin
from naftiko_gen.publish.refusal import (
    Refusal,
    broken_manifest,
    foreign_package,
    obstacle,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from naftiko_gen.emit.files import File, FileTree
    from naftiko_gen.publish.manifest import Provenance, Record


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing would do; the tuples hold paths relative to `root`.

    Attributes:
        root: The package directory.
        tree: The emitted files, as they were handed over.
        provenance: The manifest's other contents.
        force: Whether what the user edited, or another spec made, is overwritten.
        emitted: The files that are ours to write, the manifest last. A seed is among
            them only where there is none.
        written: Of the emitted: new, or different from what stands on the disk.
        unchanged: Of the emitted: on the disk already.
        edited: Of the emitted: what stands in their places is the user's own, or was
            edited. While there are any, the plan can't be published.
        removed: In the old manifest, no longer emitted, not edited.
        kept: In the old manifest, no longer emitted, but edited: left alone.
    """

    root: Path
    tree: FileTree
    provenance: Provenance
    force: bool
    emitted: tuple[File, ...]
    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    edited: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]

    @property
    def changes(self) -> bool:
        """Say whether publishing would write or remove anything."""
        return bool(self.written or self.removed)


def plan(
    root: Path, tree: FileTree, provenance: Provenance, *, force: bool
) -> Plan | Refusal:
    """Compare the emitted files with the package directory; nothing is written.

    It waits for a generator at work there, since half of its output says nothing.

    Raises:
        PublicationError: The directory can't be read.
    """
    with disk.disk_failures("read", root):
        if not root.parent.is_dir():
            return compare(root, tree, provenance, force=force)
        with locked(root.parent):
            return compare(root, tree, provenance, force=force)


def compare(
    root: Path, tree: FileTree, provenance: Provenance, *, force: bool
) -> Plan | Refusal:
    """Make the plan for a caller who holds the lock.

    Raises:
        OSError: The directory can't be read.
    """
    record = _recorded(root, force=force)
    if isinstance(record, Refusal):
        return record
    other = other_origin(root, record, provenance)
    if other and not force:
        return foreign_package(root, other)
    ours = tuple(file for file in tree if _is_ours(root, file))
    emitted = (*ours, manifest.render(provenance, tree))
    refusal = obstacle(root, emitted, record)
    if refusal:
        return refusal
    emissions = _emissions(root, emitted, record, force=force)
    orphans = _orphans(root, tree, record)
    return Plan(
        root,
        tree,
        provenance,
        force,
        emitted,
        written=_paths(emissions, _Fate.WRITTEN),
        unchanged=_paths(emissions, _Fate.UNCHANGED),
        edited=_paths(emissions, _Fate.EDITED),
        removed=_paths(orphans, _Fate.REMOVED),
        kept=_paths(orphans, _Fate.KEPT),
    )


def _recorded(root: Path, *, force: bool) -> Record | Refusal:
    match manifest.read(root):
        case manifest.Record() as record:
            return record
        case manifest.Broken() as broken if not force:
            return broken_manifest(root, broken)
        case manifest.Broken() | None:
            return manifest.Record()
        case never:
            assert_never(never)


def _is_ours(root: Path, file: File) -> bool:
    """A seed that is there is the user's; without one, a project can't be installed."""
    return not file.seed or disk.lstat(root / file.path) is None


class _Fate(Enum):
    """What becomes of a path: the name of the tuple that lists it."""

    WRITTEN = auto()
    UNCHANGED = auto()
    EDITED = auto()
    REMOVED = auto()
    KEPT = auto()


def _paths(fates: list[tuple[str, _Fate]], wanted: _Fate) -> tuple[str, ...]:
    return tuple(path for path, fate in fates if fate is wanted)


def _emissions(
    root: Path, emitted: tuple[File, ...], record: Record, *, force: bool
) -> list[tuple[str, _Fate]]:
    if disk.lstat(root) is None:
        return [(file.path, _Fate.WRITTEN) for file in emitted]
    return [
        (file.path, _emission(file, disk.read(root / file.path), record, force=force))
        for file in emitted
    ]


def _emission(
    file: File, standing: bytes | None, record: Record, *, force: bool
) -> _Fate:
    if standing == file.content:
        return _Fate.UNCHANGED
    if standing is None or force or file.path == manifest.MANIFEST_NAME:
        return _Fate.WRITTEN
    if disk.digest(standing) == record.files.get(file.path):
        return _Fate.WRITTEN
    return _Fate.EDITED


def _orphans(root: Path, tree: FileTree, record: Record) -> list[tuple[str, _Fate]]:
    emitted = {file.path for file in tree}
    return [
        (path, fate)
        for path, digest in record.files.items()
        if path not in emitted
        for fate in _orphan(disk.read(root / path), digest)
    ]


def _orphan(standing: bytes | None, digest: str) -> Iterator[_Fate]:
    """Yield the fate of a file that is no longer emitted; none if it's gone already."""
    if standing is not None:
        unedited = disk.digest(standing) == digest
        yield _Fate.REMOVED if unedited else _Fate.KEPT
