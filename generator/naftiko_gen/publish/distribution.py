"""The distribution of the runtime, on which library packages depend."""

from __future__ import annotations

from naftiko_gen.emit.files import File, FileTree
from naftiko_gen.emit.runtime.delivery import LIBRARY_PACKAGE
from naftiko_gen.emit.runtime.source import (
    distribution_root,
    runtime_module,
    runtime_modules,
)
from naftiko_gen.publish.manifest import WholeRuntime
from naftiko_gen.publish.runtime_record import current_runtime

_FRAME = ("CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml")


def distribution_tree() -> FileTree:
    """Return the files of the distribution: every module of the runtime."""
    frame = (File(name, (distribution_root() / name).read_bytes()) for name in _FRAME)
    modules = (
        File(f"{LIBRARY_PACKAGE}/{path}", runtime_module(path))
        for path in runtime_modules()
    )
    return FileTree((*frame, *modules, File(f"{LIBRARY_PACKAGE}/py.typed", b"")))


def distribution_sources() -> WholeRuntime:
    """Return the sources that the manifest of the distribution records."""
    return WholeRuntime(current_runtime())
