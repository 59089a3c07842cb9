"""The plan of a publication: the changes that it makes on disk, one file at a time."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.publish import atomic, disk, manifest
from naftiko_gen.publish.foreign_modules import with_bytecode
from naftiko_gen.publish.provenance import other_origin
from naftiko_gen.publish.refusal import (
    Refusal,
    broken_manifest,
    find_obstacle,
    foreign_kind,
    foreign_package,
    foreign_runtime,
)

if TYPE_CHECKING:
    from pathlib import Path

    from naftiko_gen.emit.files import File, FileTree
    from naftiko_gen.publish.manifest import Record, Sources


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes that publishing would make; the tuples hold paths below `root`.

    Attributes:
        root: The package directory.
        tree: All emitted files.
        sources: The other contents of the manifest.
        force: Whether to overwrite edited files, and packages of other specs.
        emitted: The emitted files, the manifest last, without seeds that exist
            already: these belong to the user.
        written: Emitted files that are new, or differ from the files on disk.
        unchanged: Emitted files that are on disk already.
        edited: Emitted files whose place on disk has an edited file, or one of the
            user's. A plan with edited files can't be published.
        removed: Files in the old manifest that are no longer emitted and not edited.
        kept: Files in the old manifest that are no longer emitted, but were edited.
    """

    root: Path
    tree: FileTree
    sources: Sources
    force: bool
    emitted: tuple[File, ...]
    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    edited: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]

    @property
    def changes(self) -> bool:
        """Return whether publishing would write or remove anything."""
        return bool(self.written or self.removed)

    @property
    def dependencies(self) -> tuple[str, ...]:
        """Return the requirements of the distributions that a package imports."""
        match self.sources:
            case manifest.Provenance(dependencies=requirements):
                return requirements
            case manifest.WholeRuntime() | manifest.Deployed():
                return ()
            case _:
                assert_never(self.sources)


def plan(
    root: Path, tree: FileTree, sources: Sources, *, force: bool
) -> Plan | Refusal:
    """Plan the changes of a package directory, without writing.

    Raises:
        PublicationError: The directory can't be read.
    """
    with disk.disk_failures("read", root):
        return compare(root, tree, sources, force=force)


def compare(
    root: Path, tree: FileTree, sources: Sources, *, force: bool
) -> Plan | Refusal:
    """Compare the emitted files with the package directory.

    Raises:
        OSError: The directory can't be read.
    """
    record = _own_record(root, sources, force=force)
    if isinstance(record, Refusal):
        return record
    ours = tuple(file for file in tree if _is_ours(root, file))
    files = (*ours, manifest.render(sources, tree))
    refusal = find_obstacle(root, files, record)
    if refusal:
        return refusal
    fates = _fates_of_files(root, files, record, force=force)
    fates_of_orphans = _fates_of_orphans(root, tree, record)
    return Plan(
        root,
        tree,
        sources,
        force,
        files,
        written=_paths(fates, _Fate.WRITTEN),
        unchanged=_paths(fates, _Fate.UNCHANGED),
        edited=_paths(fates, _Fate.EDITED),
        removed=_paths(fates_of_orphans, _Fate.REMOVED),
        kept=_paths(fates_of_orphans, _Fate.KEPT),
    )


def _own_record(root: Path, sources: Sources, *, force: bool) -> Record | Refusal:
    """Return the record of the files to replace; refuse the package of another spec."""
    record = _read_record(root, force=force)
    if isinstance(record, Refusal):
        return record
    foreign = _refuse_foreign(root, record, sources)
    return foreign if foreign and not force else record


def _read_record(root: Path, *, force: bool) -> Record | Refusal:
    match manifest.read(root):
        case manifest.Record() as record:
            return record
        case manifest.Broken() as record if not force:
            return broken_manifest(root, record)
        case manifest.Broken() | None:
            return manifest.Record()
        case never:
            assert_never(never)


def _refuse_foreign(root: Path, record: Record, sources: Sources) -> Refusal | None:
    """Refuse a directory that was written for something else."""
    match sources:
        case manifest.Provenance() | manifest.Deployed():
            if record.is_runtime:
                return foreign_runtime(root)
            if record.is_deployment != isinstance(sources, manifest.Deployed):
                return _refuse_other_kind(root, record)
            other = other_origin(root, record, sources)
            return foreign_package(root, other) if other else None
        case manifest.WholeRuntime():
            spec = record.spec or record.origin
            return foreign_package(root, quote(spec)) if spec else None
        case _:
            assert_never(sources)


def _refuse_other_kind(root: Path, record: Record) -> Refusal | None:
    """Refuse a package in the place of a deployment, or a deployment in a package's.

    A directory without a manifest is neither.
    """
    is_unknown = record.spec is None and record.origin is None
    return None if is_unknown else foreign_kind(root, record)


def _is_ours(root: Path, file: File) -> bool:
    """Return whether to write a file: a seed that exists belongs to the user."""
    return not file.seed or disk.lstat(root / file.path) is None


class _Fate(Enum):
    """The fate of a path, named like the plan's tuple that lists it."""

    WRITTEN = auto()
    UNCHANGED = auto()
    EDITED = auto()
    REMOVED = auto()
    KEPT = auto()


def _paths(fates: list[tuple[str, _Fate]], wanted_fate: _Fate) -> tuple[str, ...]:
    return tuple(path for path, fate in fates if fate is wanted_fate)


def _fates_of_files(
    root: Path, files: tuple[File, ...], record: Record, *, force: bool
) -> list[tuple[str, _Fate]]:
    if disk.lstat(root) is None:
        return [(file.path, _Fate.WRITTEN) for file in files]
    return [
        (
            file.path,
            _fate_of_file(file, disk.read(root / file.path), record, force=force),
        )
        for file in files
    ]


def _fate_of_file(
    file: File, content: bytes | None, record: Record, *, force: bool
) -> _Fate:
    if content == file.content:
        return _Fate.UNCHANGED
    if content is None or force or file.path == manifest.MANIFEST_NAME:
        return _Fate.WRITTEN
    if disk.digest(content) == record.files.get(file.path):
        return _Fate.WRITTEN
    return _Fate.EDITED


def _fates_of_orphans(
    root: Path, tree: FileTree, record: Record
) -> list[tuple[str, _Fate]]:
    paths = {file.path for file in tree}
    return [
        (path, fate)
        for path, digest in record.files.items()
        if path not in paths
        and (fate := _fate_of_orphan(disk.read(root / path), digest)) is not None
    ]


def _fate_of_orphan(content: bytes | None, digest: str) -> _Fate | None:
    """Return the fate of a file that is no longer emitted, None if it is gone."""
    if content is None:
        return None
    return _Fate.REMOVED if disk.digest(content) == digest else _Fate.KEPT


def publish(plan: Plan) -> Plan:
    """Carry out a plan, and return it as a last comparison with the disk made it.

    Each file appears whole, and the manifest last. So the next run of the same spec
    completes the work of one that was interrupted.

    Raises:
        PublicationError: The disk failed, or the plan has become impossible meanwhile.
        ValueError: The plan has edited files.
    """
    if plan.edited:
        raise ValueError(f"a plan with edited files: {plan.edited}")
    if not plan.changes:
        return plan
    with disk.disk_failures("write", plan.root):
        current = _plan_again(plan)
        _make_root(current)
        _remove_temporary_files(current)
        _remove_files(current)
        _write_files(current)
        return current


def _plan_again(plan: Plan) -> Plan:
    root = plan.root
    match compare(root, plan.tree, plan.sources, force=plan.force):
        case Refusal(message=message):
            raise disk.PublicationError(message)
        case current if current.edited:
            raise disk.PublicationError(f"'{root}' was edited meanwhile; run again")
        case current:
            return current


def _make_root(current: Plan) -> None:
    try:
        current.root.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None
    disk.make_directory(current.root)


def _remove_temporary_files(current: Plan) -> None:
    """Remove the temporary files that a killed run has left beside its files."""
    paths = [current.root / file.path for file in current.emitted]
    places = {(path.parent, path.name) for path in paths}
    for directory in {path.parent for path in paths if path.parent.is_dir()}:
        for entry in disk.entries(directory):
            target = atomic.target_name(entry.name)
            if target and (directory, target) in places:
                directory.joinpath(entry.name).unlink(missing_ok=True)


def _remove_files(current: Plan) -> None:
    for path in with_bytecode(current.root, current.removed):
        disk.remove(current.root, path)


def _write_files(current: Plan) -> None:
    """Write the new files, whose last one is the manifest."""
    for file in current.emitted:
        if file.path in current.written:
            disk.make_directories(current.root, file.path)
            _write(current.root / file.path, file.content)


def _write(path: Path, content: bytes) -> None:
    """Write a file, once more if a run at the same time removed the temporary one."""
    try:
        atomic.replace(path, content, mode=disk.FILE_MODE)
    except FileNotFoundError:
        atomic.replace(path, content, mode=disk.FILE_MODE)
