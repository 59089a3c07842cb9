"""Packages that differ from a new compilation by the version of their runtime alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.runtime.releases import release, security_fixes, version_of
from naftiko_gen.publish import disk, manifest
from naftiko_gen.publish.manifest import MANIFEST_NAME
from naftiko_gen.publish.runtime_record import CopiedRuntime, copy_directory

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from naftiko_gen.emit.runtime.releases import Release
    from naftiko_gen.publish.plan import Plan

_RUNTIME_KEYS = ("generator", "runtime")
"""Keys of a manifest that a new runtime changes, besides `files`."""


@dataclass(frozen=True, slots=True)
class OutdatedRuntime:
    """A released runtime that a newer one replaces.

    Attributes:
        before: The version of the package's copy.
        after: The version that a new compilation copies.
        security_fixes: The versions in between that mend flaws.
    """

    before: str
    after: str
    security_fixes: tuple[str, ...] = ()


def outdated_runtime(plan: Plan) -> OutdatedRuntime | None:
    """Return the runtime of a package if nothing else in the package is outdated.

    The copy on disk has to be that of a release, byte for byte. Otherwise somebody
    could change it together with the manifest, and no check would notice.

    Raises:
        PublicationError: The directory can't be read.
    """
    with disk.disk_failures("read", plan.root):
        record = manifest.read(plan.root)
        before = _copied_runtime(record)
        after = _copied_runtime(manifest.record_of(_emitted_manifest(plan)))
        if before is None or after is None or not isinstance(record, manifest.Record):
            return None
        original = release(before.version)
        if not _is_older(before, after) or original is None:
            return None
        directory = _directory(plan, record)
        if directory is None or not _is_alone(plan, directory):
            return None
        if original.digest != before.digest or not _is_genuine(
            plan.root, record.files, directory, original
        ):
            return None
    fixes = security_fixes(before.version, after.version)
    return OutdatedRuntime(before.version, after.version, fixes)


def _copied_runtime(
    record: manifest.Record | manifest.Broken | None,
) -> CopiedRuntime | None:
    runtime = record.runtime if isinstance(record, manifest.Record) else None
    return runtime if isinstance(runtime, CopiedRuntime) else None


def _is_older(before: CopiedRuntime, after: CopiedRuntime) -> bool:
    old, new = version_of(before.version), version_of(after.version)
    return old is not None and new is not None and old < new and old[0] == new[0]


def _directory(plan: Plan, record: manifest.Record) -> str | None:
    """Return the directory of the copy, with a final slash; the root has no name."""
    if record.is_runtime:
        return ""
    return copy_directory(file.path for file in plan.tree)


def _is_alone(plan: Plan, directory: str) -> bool:
    """Return whether all differences are in the copy, and those that follow from it."""
    paths = (*plan.written, *plan.removed, *plan.edited, *plan.kept)
    others = [path for path in paths if not path.startswith(directory)]
    if not set(others) <= {MANIFEST_NAME}:
        return False
    before = disk.read(plan.root / MANIFEST_NAME) or b""
    rests = (_rest(c, directory) for c in (before, _emitted_manifest(plan)))
    return next(rests) == next(rests) and not plan.edited


def _emitted_manifest(plan: Plan) -> bytes:
    return plan.emitted[-1].content


def _rest(content: bytes, directory: str) -> dict[str, object] | None:
    """Return a manifest without the parts that depend on the runtime's version."""
    match manifest.document_of(content):
        case {"files": dict(files), **rest}:
            members = {str(k): v for k, v in rest.items() if k not in _RUNTIME_KEYS}
            own = [(p, was) for p, was in files.items() if not p.startswith(directory)]
            return {**members, "files": own}
        case _:
            return None


def _is_genuine(
    root: Path, files: Mapping[str, str], directory: str, original: Release
) -> bool:
    """Return whether the copy on disk has modules of a release alone."""
    copied_files = [path for path in files if path.startswith(directory)]
    return all(
        _digest(root / path) == _expected_digest(path.removeprefix(directory), original)
        for path in copied_files
    )


def _expected_digest(module: str, original: Release) -> str | None:
    # A missing file has no digest either, and a module of no release must not match it.
    return (
        disk.digest(b"") if module == "py.typed" else original.modules.get(module, "")
    )


def _digest(path: Path) -> str | None:
    content = disk.read(path)
    return None if content is None else disk.digest(content)
