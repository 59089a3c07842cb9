"""The copy of the runtime that the packages of an output directory share."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen.configuration.options import Delivery, Layout
from naftiko_gen.emit.files import File, FileTree
from naftiko_gen.emit.runtime.delivery import VENDORED_PACKAGE, RuntimePlace
from naftiko_gen.emit.runtime.source import runtime_module, runtime_modules
from naftiko_gen.publish import disk, manifest
from naftiko_gen.publish.bytecode import with_bytecode
from naftiko_gen.publish.manifest import MANIFEST_NAME, WholeRuntime
from naftiko_gen.publish.runtime_record import current_runtime

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from naftiko_gen.configuration.options import Options


def runtime_place(options: Options) -> RuntimePlace:
    """Return the place from which packages with these options import the runtime."""
    match options.runtime, options.layout:
        case Delivery.LIBRARY, _:
            return RuntimePlace.LIBRARY
        case Delivery.VENDORED, Layout.PROJECT:
            return RuntimePlace.WITHIN
        case Delivery.VENDORED, Layout.PACKAGE:
            return _place_of_package(options)
        case _:
            assert_never(options.layout)


def _place_of_package(options: Options) -> RuntimePlace:
    if not (options.shares_runtime or _is_shared(shared_root(options.output))):
        return RuntimePlace.WITHIN
    is_package = (options.output / "__init__.py").is_file()
    return RuntimePlace.BESIDE if is_package else RuntimePlace.TOP_LEVEL


def shared_root(output: Path) -> Path:
    """Return the directory of the shared copy in an output directory."""
    return output / VENDORED_PACKAGE


def shared_sources() -> WholeRuntime:
    """Return the sources that the manifest of the shared copy records."""
    return WholeRuntime(current_runtime())


def shared_tree() -> FileTree:
    """Return the files of the shared copy: every module of the runtime."""
    modules = (File(path, runtime_module(path)) for path in runtime_modules())
    return FileTree((*modules, File("py.typed", b"")))


def shared_digest() -> str:
    """Return the digest of the manifest that the shared copy has to have."""
    return disk.digest(manifest.render(shared_sources(), shared_tree()).content)


def unused_files(
    output: Path, using: Collection[Path], others: Collection[Path]
) -> tuple[str, ...]:
    """Return the files of a shared copy that no package in the directory imports.

    Args:
        output: The output directory.
        using: Packages that import the shared copy after this run.
        others: Packages that don't after this run.

    Raises:
        PublicationError: The directory can't be read.
    """
    root = shared_root(output)
    with disk.disk_failures("read", output):
        record = manifest.read(root)
        if not isinstance(record, manifest.Record) or not record.is_runtime or using:
            return ()
        if any(
            _imports_shared(path) for path in output.iterdir() if path not in others
        ):
            return ()
        own_files = (
            path for path, was in record.files.items() if _is(root / path, was)
        )
        return (*own_files, MANIFEST_NAME)


def remove_unused(
    output: Path, using: Collection[Path], others: Collection[Path]
) -> tuple[str, ...]:
    """Remove the unused files, and return their paths.

    The manifest is removed last, so that the next run goes on if this one is killed.

    Raises:
        PublicationError: The directory can't be written.
    """
    with disk.disk_failures("write", shared_root(output)):
        paths = unused_files(output, using, others)
        root = shared_root(output)
        for path in with_bytecode(root, paths):
            disk.remove(root, path)
        if paths:
            disk.remove(output, f"{VENDORED_PACKAGE}/{MANIFEST_NAME}")
        return paths


def _is_shared(root: Path) -> bool:
    record = manifest.read(root)
    return isinstance(record, manifest.Record) and record.is_runtime


def _imports_shared(package: Path) -> bool:
    record = manifest.read(package)
    return isinstance(record, manifest.Record) and record.shares_runtime


def _is(path: Path, digest: str) -> bool:
    content = disk.read(path)
    return content is not None and disk.digest(content) == digest
