"""The plan of a publication: the changes that it makes on disk, one file at a time."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, assert_never

from naftiko_gen.diagnostics import Code, quote
from naftiko_gen.emit.files import File, FileTree
from naftiko_gen.language.portable_names import directories
from naftiko_gen.publish import atomic, disk, manifest
from naftiko_gen.publish.foreign_modules import with_bytecode
from naftiko_gen.publish.manifest import Record, Sources
from naftiko_gen.publish.provenance import other_origin
from naftiko_gen.publish.refusal import check_paths


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

    @property
    def changes(self) -> bool:
        """Return whether publishing would write or remove anything."""
        return bool(self.written or self.removed)

    @property
    def dependencies(self) -> tuple[str, ...]:
        """Return the requirements of the distributions that a package imports."""
        return self.sources.dependencies


def plan(root: Path, tree: FileTree, sources: Sources, *, force: bool) -> Plan:
    """Plan the changes of a package directory, without writing.

    Raises:
        PublicationError: The directory can't be read, or is refused.
    """
    with disk.disk_failures("read", root):
        return _compare(root, tree, sources, force=force)


def _compare(root: Path, tree: FileTree, sources: Sources, *, force: bool) -> Plan:
    """Compare the emitted files with the package directory.

    Raises:
        OSError: The directory can't be read.
        PublicationError: It is refused.
    """
    record = _own_record(root, sources, force=force)
    # A seed that exists belongs to the user.
    ours = (f for f in tree if not f.seed or disk.lstat(root / f.path) is None)
    files = (*ours, manifest.render(sources, tree))
    check_paths(root, files, record)
    paths: dict[Fate, list[str]] = {"written": [], "unchanged": [], "edited": []}
    for file in files:
        paths[_fate(root, file, record, force=force)].append(file.path)
    return Plan(
        root,
        tree,
        sources,
        force,
        files,
        written=tuple(paths["written"]),
        unchanged=tuple(paths["unchanged"]),
        edited=tuple(paths["edited"]),
        removed=tuple(_orphans(root, tree, record)),
    )


def _own_record(root: Path, sources: Sources, *, force: bool) -> Record:
    """Return the record of the files to replace; refuse a package of something else."""
    match manifest.read(root):
        case manifest.Record() as record:
            if not force:
                _check_sources(root, record, sources)
            return record
        case manifest.Broken(reason=reason) if not force:
            place = root / manifest.MANIFEST_NAME
            message = f"'{place}' can't be used because {reason}"
            raise disk.PublicationError(message, Code.BROKEN_MANIFEST)
        case manifest.Broken() | None:
            return manifest.Record()
        case never:
            assert_never(never)


def _check_sources(root: Path, record: Record, sources: Sources) -> None:
    """Refuse a directory that was written for something else."""
    message = _difference(root, record, sources)
    if message:
        raise disk.PublicationError(f"'{root}' {message}", Code.FOREIGN_PACKAGE)


def _difference(root: Path, record: Record, sources: Sources) -> str | None:
    source = record.spec or record.origin
    match sources:
        case manifest.WholeRuntime():
            return _made_of(quote(source)) if source else None
        case manifest.Provenance() | manifest.Deployed():
            if record.is_runtime:
                return "holds the runtime, and no package"
            if source and record.is_deployment != isinstance(
                sources, manifest.Deployed
            ):
                kind = "a deployment" if record.is_deployment else "a package"
                return f"holds {kind}; name another directory"
            other = other_origin(root, record, sources)
            return _made_of(other) if other else None
        case _:
            assert_never(sources)


def _made_of(spec: str) -> str:
    return f"was compiled from another spec, {spec}"


Fate = Literal["written", "unchanged", "edited"]
"""The fate of a path, named like the plan's tuple that lists it."""


def _fate(root: Path, file: File, record: Record, *, force: bool) -> Fate:
    content = disk.read(root / file.path)
    if content == file.content:
        return "unchanged"
    if content is None or force or file.path == manifest.MANIFEST_NAME:
        return "written"
    is_ours = disk.digest(content) == record.files.get(file.path)
    return "written" if is_ours else "edited"


def _orphans(root: Path, tree: FileTree, record: Record) -> Iterator[str]:
    """Yield the unedited files that are no longer emitted."""
    paths = {file.path for file in tree}
    for path, digest in record.files.items():
        content = None if path in paths else disk.read(root / path)
        if content is not None and disk.digest(content) == digest:
            yield path


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
        current = _compare(plan.root, plan.tree, plan.sources, force=plan.force)
        if current.edited:
            message = f"'{plan.root}' was edited meanwhile; run again"
            raise disk.PublicationError(message)
        _make_root(current)
        _remove_temporary_files(current)
        _remove_files(current)
        _write_files(current)
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
