"""Bytecode by the content of modules: packages have the same modules in many places.

The interpreter keeps the bytecode of a module beside it, so each package that a test
compiles would have its runtime compiled to bytecode once more.
"""

import marshal
import os
import sys
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from importlib.util import MAGIC_NUMBER, source_hash
from pathlib import Path

UNCHECKED = (1).to_bytes(4, "little")
"""The mark of bytecode that isn't compared with its source: it is found by its hash."""


def share(directory: Path) -> None:
    """Find the bytecode of modules in a directory, and keep further bytecode there."""

    class Loader(SourceFileLoader):
        def get_data(self, path: str) -> bytes:
            if not path.endswith(tuple(BYTECODE_SUFFIXES)):
                return super().get_data(path)
            try:
                return super().get_data(path)
            except FileNotFoundError:
                return _bytecode(Path(self.path).read_bytes(), self.path, directory)

    hook = FileFinder.path_hook(
        (ExtensionFileLoader, EXTENSION_SUFFIXES),
        (Loader, SOURCE_SUFFIXES),
        (SourcelessFileLoader, BYTECODE_SUFFIXES),
    )
    sys.path_hooks.insert(0, hook)
    sys.path_importer_cache.clear()


def _bytecode(source: bytes, path: str, directory: Path) -> bytes:
    """Return the content of a file of bytecode; the import adds the module's path."""
    digest = source_hash(source)
    file = directory / digest.hex()
    if file.exists():
        return file.read_bytes()
    code = compile(source, path, "exec", dont_inherit=True)
    content = MAGIC_NUMBER + UNCHECKED + digest + marshal.dumps(code)
    # Another process may read it meanwhile, or keep the same.
    partial_file = file.with_suffix(f".{os.getpid()}")
    partial_file.write_bytes(content)
    partial_file.replace(file)
    return content
