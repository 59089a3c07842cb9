"""The directories that hold the runtime: packages, shared copies and distributions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.files import File, FileTree
from naftiko_gen.emit.runtime.delivery import (
    LIBRARY_PACKAGE,
    VENDORED_PACKAGE,
    RuntimePlace,
)
from naftiko_gen.emit.runtime.modules import needed_modules
from naftiko_gen.emit.runtime.releases import version_of
from naftiko_gen.emit.runtime.source import (
    distribution_root,
    runtime_module,
    runtime_modules,
)
from naftiko_gen.publish import disk, manifest
from naftiko_gen.publish.manifest import MANIFEST_NAME, Record, Renewal, WholeRuntime
from naftiko_gen.publish.runtime_record import (
    CopiedRuntime,
    copy_directory,
    current_runtime,
)
from naftiko_gen.publish.shared_runtime import shared_root, shared_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from naftiko_gen.publish.manifest import Sources

_FRAME = ("CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml")


class NoCopyError(Exception):
    """A directory has no copy of the runtime to update; the message says why."""


@dataclass(frozen=True)
class Copy:
    """A copy of the runtime, as this naftiko-gen would write it.

    Attributes:
        root: The directory with its manifest.
        tree: The files of the copy.
        sources: The other contents of the manifest.
        modules: The directory of its modules, relative to `root`.
        before: The version on disk; None for a new copy.
    """

    root: Path
    tree: FileTree
    sources: Sources
    modules: str
    before: str | None = None


def distribution(root: Path) -> Copy:
    """Return the runtime's distribution, for a directory."""
    frame = (File(name, (distribution_root() / name).read_bytes()) for name in _FRAME)
    modules = (
        File(f"{LIBRARY_PACKAGE}/{path}", runtime_module(path))
        for path in runtime_modules()
    )
    marker = File(f"{LIBRARY_PACKAGE}/py.typed", b"")
    sources = WholeRuntime(current_runtime())
    return Copy(root, FileTree((*frame, *modules, marker)), sources, LIBRARY_PACKAGE)


def copies(directory: Path) -> Iterator[Copy]:
    """Yield the copies of a package, or of the packages in an output directory.

    Raises:
        NoCopyError: A package has no copy, or one of a version that can't be updated.
        PublicationError: The directory can't be read.
    """
    with disk.disk_failures("read", directory):
        for root in _roots(directory):
            yield _copy(root)


def _roots(directory: Path) -> list[Path]:
    """Return the directories with a manifest, each shared copy once."""
    if manifest.read(directory) is not None:
        return [_holder(directory)]
    inner = (path for path in sorted(directory.iterdir()) if path.is_dir())
    roots = dict.fromkeys(_holder(path) for path in inner)
    holders = [root for root in roots if _has_copy(root)]
    if not holders:
        raise NoCopyError("no package in it has a copy of the runtime")
    return holders


def _has_copy(root: Path) -> bool:
    record = manifest.read(root)
    return isinstance(record, Record) and isinstance(record.runtime, CopiedRuntime)


def _holder(package: Path) -> Path:
    """Return the directory of the runtime that a package imports."""
    record = manifest.read(package)
    is_shared = isinstance(record, Record) and record.shares_runtime
    return shared_root(package.parent) if is_shared else package


def _copy(root: Path) -> Copy:
    content = disk.read(root / MANIFEST_NAME) or b""
    record = manifest.record_of(content)
    if isinstance(record, manifest.Broken):
        raise NoCopyError(f"{MANIFEST_NAME} can't be used because {record.reason}")
    if not isinstance(record.runtime, CopiedRuntime):
        raise NoCopyError("it has no copy of the runtime")
    _refuse_other_major(record.runtime)
    before = record.runtime.version
    if not record.is_runtime:
        return _copy_of_package(root, content, record, before)
    if "pyproject.toml" in record.files:
        new = distribution(root)
    else:
        new = Copy(root, shared_tree(), WholeRuntime(current_runtime()), modules="")
    return Copy(new.root, new.tree, new.sources, new.modules, before)


def _refuse_other_major(runtime: CopiedRuntime) -> None:
    """Refuse versions whose packages may not run on the current runtime."""
    before, after = version_of(runtime.version), version_of(current_runtime().version)
    if before is None or after is None:
        raise NoCopyError("its manifest has no valid version of the runtime")
    if before > after:
        raise NoCopyError(
            f"its runtime {runtime.version} is newer: upgrade naftiko-gen"
        )
    if before[0] != after[0]:
        reason = f"its modules need the runtime {before[0]}.x"
        raise NoCopyError(f"{reason}, and this is {after[0]}.x: compile its spec")


def _copy_of_package(root: Path, content: bytes, record: Record, before: str) -> Copy:
    directory = copy_directory(record.files)
    document = manifest.document_of(content)
    if directory is None or not isinstance(document, dict):
        raise NoCopyError("its manifest lists no copy of the runtime")
    files = (
        File(f"{directory}{path}", runtime_module(path))
        for path in sorted(_needed_modules(root, record, directory))
    )
    sources = Renewal(document, directory, current_runtime())
    return Copy(root, FileTree(tuple(files)), sources, directory.rstrip("/"), before)


def _needed_modules(root: Path, record: Record, directory: str) -> set[str]:
    """Return the modules of the runtime that the package and its tests import."""
    above = directory.removesuffix(f"{VENDORED_PACKAGE}/")
    package = [path for path in record.files if path.startswith(above)]
    others = [path for path in record.files if not path.startswith(above)]
    own = _sources(root, (path for path in package if not path.startswith(directory)))
    tests = _sources(root, others)
    place, module = RuntimePlace.WITHIN, above.rstrip("/")
    try:
        return {
            *needed_modules(own, place.package),
            *needed_modules(tests, place.package_for_tests(module)),
        }
    except SyntaxError:
        raise NoCopyError("a module of it isn't valid Python") from None
    except FileNotFoundError as error:
        raise NoCopyError(
            "a module imports one that the runtime doesn't have"
        ) from error


def _sources(root: Path, paths: Iterable[str]) -> list[bytes]:
    """Return the modules among files that exist."""
    modules = (disk.read(root / path) for path in paths if path.endswith(".py"))
    return [module for module in modules if module is not None]
