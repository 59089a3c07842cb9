"""The emitted files, with paths relative to the package directory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from naftiko_gen.configuration.options import Layout, Options
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.code import naming
from naftiko_gen.emit.literals import json_text
from naftiko_gen.language.names import spec_slug
from naftiko_gen.language.portable_names import collision, is_portable


@dataclass(frozen=True, slots=True)
class File:
    """A file of the package; `path` is relative and has forward slashes.

    A seed is written only if the file is missing; from then on the user owns it.
    """

    path: str
    content: bytes
    seed: bool = False


@dataclass(frozen=True, slots=True)
class FileTree:
    """The emitted files in their order.

    Raises:
        ValueError: A path leaves the package directory or isn't portable, or two paths
            collide on a file system that ignores case.
    """

    files: tuple[File, ...]

    def __post_init__(self) -> None:
        for file in self.files:
            if not is_safe(file.path):
                raise ValueError(f"unsafe path: {file.path!r}")
        if pair := collision(file.path for file in self.files):
            raise ValueError(f"{pair[0]!r} collides with {pair[1]!r}")

    def __iter__(self) -> Iterator[File]:
        return iter(self.files)


def is_safe(path: str) -> bool:
    """Return whether the path is relative, portable and never leaves its root."""
    return all(map(is_portable, path.split("/")))


_LONGEST = 640
"""The most characters, as JSON, of a value that stands in a module: eight lines."""


def is_long(value: Plain) -> bool:
    """Return whether a value stands in the JSON file of its module."""
    return len(json.dumps(value)) > _LONGEST


def json_file(path: str, document: Plain) -> File:
    """Return a JSON file."""
    return File(path, f"{json_text(document)}\n".encode())


def table_files(
    modules: Iterable[tuple[str, str, object]], directory: str
) -> Iterator[File]:
    """Yield the JSON files of modules whose views have a `table`."""
    for name, _, view in modules:
        if table := getattr(view, "table", None):
            yield json_file(f"{directory}{name.removesuffix('.py')}.json", table)


def package_directory(spec: Path, layout: Layout) -> str:
    """Return the name of the directory that a spec's package is in."""
    slug = spec_slug(spec)
    return slug if layout is Layout.PROJECT else str(naming.module_name(slug))


def module_directory(spec: Path, layout: Layout) -> str:
    """Return the path from a package's directory to that of its modules."""
    name = str(naming.module_name(spec_slug(spec)))
    return name if layout is Layout.PROJECT else ""


def package_root(spec: Path, options: Options) -> Path:
    """Return the directory of a spec's package."""
    return options.output / package_directory(spec, options.layout)
