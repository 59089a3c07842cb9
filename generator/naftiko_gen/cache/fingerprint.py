"""Keys that change when the output could: what the cache knows is found by them.

They depend on the bytes of the generator, the spec and its imports alone; the version
of the generator and the times of files say too little in a checkout.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from functools import cache
from hashlib import sha256
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.emit.code.templates import template_root
from naftiko_gen.publish import disk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_CACHES = ("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache")
_TEMPLATES = "templates"
_LIBRARIES = ("black", "jinja2", "pydantic", "pydantic_core", "pyyaml")

State = frozenset[tuple[str, int, int, int]]


@cache
def generator_key() -> str:
    """Return a SHA-256 over the generator's code and templates, as they are at first.

    With it go the versions of the libraries and of Python. It is the same for a
    checkout and for what is installed from it.
    """
    _first_state()
    total = sha256(repr((sys.hexversion, _libraries())).encode())
    for part, root, skipped in _parts():
        for path in sorted(entry.path for entry in _files(root, skipped)):
            with FileIO(path) as file:
                content = file.readall()
            name = path.removeprefix(root).replace(os.sep, "/")
            total.update(f"{part}{name}\0{len(content)}\0".encode())
            total.update(content)
    return total.hexdigest()


def is_generator_unchanged() -> bool:
    """Say whether no file of the generator was touched since its key was made.

    Else what it emits may come from other templates than the key says.
    """
    return _state() == _first_state()


def package_key(
    generator: str,
    spec: str,
    content: bytes,
    imports: Mapping[str, str],
    options: Sequence[str],
) -> str:
    """Return a SHA-256 over all that a package, and what is said of it, depends on.

    Args:
        generator: The generator's own key.
        spec: The path of the spec as diagnostics show it.
        content: The spec.
        imports: The SHA-256 of each import by its name.
        options: What else was asked for and shows in the output, in a fixed order.
    """
    digests = disk.digest(content), sorted(imports.items())
    facts = json.dumps([generator, spec, *digests, list(options)])
    return disk.digest(facts.encode("ascii"))


def _parts() -> tuple[tuple[str, str, Sequence[str]], ...]:
    """Return what the generator consists of: names, directories, what isn't part.

    Paths are text here: every run reads all of the files, and to make objects of their
    paths would take longer than that.
    """
    code = Path(__file__).parents[1]
    return (
        ("code", str(code), (*_CACHES, _TEMPLATES)),
        (_TEMPLATES, str(template_root()), _CACHES),
    )


def _files(directory: str, skipped: Sequence[str]) -> Iterator[os.DirEntry[str]]:
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_file():
                yield entry
            elif entry.is_dir(follow_symlinks=False) and entry.name not in skipped:
                yield from _files(entry.path, skipped)


@cache
def _first_state() -> State:
    return _state()


def _state() -> State:
    """Return what changes when any file of the generator is written or replaced."""
    return frozenset(
        (entry.path, status.st_mtime_ns, status.st_size, status.st_ino)
        for _, root, skipped in _parts()
        for entry in _files(root, skipped)
        for status in (entry.stat(),)
    )


def _libraries() -> list[str]:
    """Return the names of the directories that say which versions are installed.

    To ask for each version takes longer than everything else here.
    """
    found = []
    for place in sys.path:
        with suppress(OSError):
            names = [path.name for path in Path(place).iterdir()]
            found += sorted(filter(_is_library, names))
    return found


def _is_library(name: str) -> bool:
    library, _, rest = name.partition("-")
    return rest.endswith(".dist-info") and library.lower() in _LIBRARIES
