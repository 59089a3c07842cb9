"""Keys that change when the output could: the quick test for being up to date.

They depend on the bytes of the generator, the spec and its imports alone; the version
of the generator and the times of files say too little in a checkout.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.output import disk, manifest
from naftiko_gen.output.staging import leftovers
from naftiko_gen.resources import template_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_CACHES = ("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache")
_TEMPLATES = "templates"


@dataclass(frozen=True, slots=True)
class UpToDate:
    """A package that needs no run: its files of ours, and the notes of the last run."""

    files: int
    notes: int


@cache
def generator_key() -> str:
    """Return a SHA-256 over the generator's code and templates, as they are at first.

    It is the same for a checkout and for what is installed from it.
    """
    code = _contents(Path(__file__).parent, skipped=(*_CACHES, _TEMPLATES))
    templates = _contents(template_root(), skipped=_CACHES)
    total = sha256()
    for part, contents in (("code", code), (_TEMPLATES, templates)):
        for name, content in contents:
            total.update(f"{part}/{name}\0{len(content)}\0".encode())
            total.update(content)
    return total.hexdigest()


def package_key(
    generator: str,
    spec: str,
    content: bytes,
    imports: Mapping[str, str],
    options: Sequence[str],
) -> str:
    """Return a SHA-256 over all that a package depends on.

    Args:
        generator: The generator's own key.
        spec: The name of the spec as the generated files show it.
        content: The spec.
        imports: The SHA-256 of each import by its name.
        options: What else was asked for and shows in the output, in a fixed order.
    """
    digests = disk.digest(content), sorted(imports.items())
    facts = json.dumps([generator, spec, *digests, list(options)])
    return disk.digest(facts.encode("ascii"))


def is_up_to_date(root: Path, key: str) -> UpToDate | None:
    """Return counts if a run would change nothing and say nothing, else None.

    That is: the manifest has that key and no warnings, each file of ours has the bytes
    that it lists, and no killed run has left anything to complete.
    """
    record = manifest.read(root)
    if not isinstance(record, manifest.Record):
        return None
    if record.key != key or record.warnings or leftovers(root):
        return None
    if any(_digest(root / path) != was for path, was in record.files.items()):
        return None
    return UpToDate(len(record.files), record.notes)


def recorded_imports(root: Path) -> Mapping[str, str]:
    """Return the imports that the last run saw and their digests, {} if there was none.

    With their names the key can be made without parsing the spec.
    """
    record = manifest.read(root)
    return record.imports if isinstance(record, manifest.Record) else {}


def _contents(root: Path, skipped: Sequence[str]) -> list[tuple[str, bytes]]:
    return sorted(
        (path.relative_to(root).as_posix(), path.read_bytes())
        for path in _files(root, skipped)
    )


def _files(root: Path, skipped: Sequence[str]) -> Iterator[Path]:
    for directory, below, names in os.walk(root):
        below[:] = [name for name in below if name not in skipped]
        yield from (Path(directory) / name for name in names)


def _digest(path: Path) -> str | None:
    try:
        content = disk.read(path)
    except OSError:
        return None
    return None if content is None else disk.digest(content)
