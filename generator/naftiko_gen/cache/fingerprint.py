"""Cache keys, which change whenever the output could.

They depend on the bytes of the generator, the spec and its imports. In a checkout, the
generator's version and the times of files don't change with every edit.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from hashlib import sha256
from io import FileIO
from pathlib import Path

from naftiko_gen.emit import template_root
from naftiko_gen.publish import disk

_CACHES = ("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache")
_TEMPLATES = "templates"
_PAGES = "pages"
"""They change only the meanings of codes, and no run that is up to date reads them."""
_LIBRARIES = ("black", "jinja2", "pydantic", "pydantic_core", "pyyaml")

State = frozenset[tuple[str, int, int, int]]


@cache
def generator_key() -> str:
    """Return a SHA-256 over the generator's code and templates at the first call.

    It includes the versions of the libraries and of Python. It is the same for a
    checkout and for a package that is installed from it.
    """
    _first_state()
    total = sha256(repr((sys.hexversion, _libraries())).encode())
    for part, root, skipped_names in _parts():
        for path in sorted(entry.path for entry in _files(root, skipped_names)):
            with FileIO(path) as file:
                content = file.readall()
            name = path.removeprefix(root).replace(os.sep, "/")
            total.update(f"{part}{name}\0{len(content)}\0".encode())
            total.update(content)
    return total.hexdigest()


def is_generator_unchanged() -> bool:
    """Return whether no file of the generator has changed since its key was made.

    Otherwise its output may come from other templates than those of the key.
    """
    return _state() == _first_state()


def package_key(
    generator: str,
    spec: str,
    content: bytes,
    imports: Mapping[str, str],
    options: Sequence[str],
) -> str:
    """Return a SHA-256 over everything that a package and its diagnostics depend on.

    Args:
        generator: The generator's own key.
        spec: The path of the spec as diagnostics show it.
        content: The spec.
        imports: The SHA-256 of each import by its name.
        options: The options that change the output, in a fixed order.
    """
    digests = disk.digest(content), sorted(imports.items())
    facts = json.dumps([generator, spec, *digests, list(options)])
    return disk.digest(facts.encode("ascii"))


def _parts() -> tuple[tuple[str, str, Sequence[str]], ...]:
    """Return the parts of the generator: names, directories, and excluded names.

    Paths are text here: every run reads all of the files, and `Path` objects would take
    longer than the reading.
    """
    code = Path(__file__).parents[1]
    return (
        ("code", str(code), (*_CACHES, _TEMPLATES, _PAGES)),
        (_TEMPLATES, str(template_root()), _CACHES),
    )


def _files(directory: str, skipped_names: Sequence[str]) -> Iterator[os.DirEntry[str]]:
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_file():
                yield entry
            elif (
                entry.is_dir(follow_symlinks=False) and entry.name not in skipped_names
            ):
                yield from _files(entry.path, skipped_names)


@cache
def _first_state() -> State:
    return _state()


def _state() -> State:
    """Return a value that changes when a file of the generator does."""
    return frozenset(
        (entry.path, status.st_mtime_ns, status.st_size, status.st_ino)
        for _, root, skipped_names in _parts()
        for entry in _files(root, skipped_names)
        for status in (entry.stat(),)
    )


def _libraries() -> list[str]:
    """Return the names of directories that tell the versions of installed libraries.

    `importlib.metadata` would take longer than everything else here.
    """
    libraries = []
    for place in sys.path:
        with suppress(OSError):
            names = [path.name for path in Path(place).iterdir()]
            libraries += sorted(filter(_is_library, names))
    return libraries


def _is_library(name: str) -> bool:
    library, _, rest = name.partition("-")
    return rest.endswith(".dist-info") and library.lower() in _LIBRARIES
