"""The distribution of the runtime, on which library packages depend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.configuration.options import Delivery
from naftiko_gen.emit.files import File, FileTree
from naftiko_gen.emit.runtime.source import (
    DISTRIBUTION,
    LIBRARY_PACKAGE,
    distribution_root,
    runtime_file,
    runtime_files,
    runtime_record,
)
from naftiko_gen.publish import disk, manifest

if TYPE_CHECKING:
    from pathlib import Path

    from naftiko_gen.configuration.options import Options

_FRAME = ("CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml")


def kept_distribution(options: Options) -> Path | None:
    """Return the directory of the distribution beside packages that depend on it.

    None if packages with these options have copies, or somebody else provides it.
    """
    is_kept = options.keeps_runtime and options.runtime is Delivery.LIBRARY
    return options.output / DISTRIBUTION if is_kept else None


def distribution_tree() -> FileTree:
    """Return the files of the distribution: every file of the runtime."""
    frame = (File(name, (distribution_root() / name).read_bytes()) for name in _FRAME)
    files = (
        File(f"{LIBRARY_PACKAGE}/{path}", runtime_file(path))
        for path in runtime_files()
    )
    return FileTree((*frame, *files))


def distribution_sources() -> manifest.WholeRuntime:
    """Return the sources that the manifest of the distribution records."""
    return manifest.WholeRuntime(runtime_record())


def distribution_digest() -> str:
    """Return the digest of the manifest that the distribution has to have."""
    file = manifest.render(distribution_sources(), distribution_tree())
    return disk.digest(file.content)
