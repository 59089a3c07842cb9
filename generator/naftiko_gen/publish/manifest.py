"""The manifest: what a package was compiled from, and which of its files are ours."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from naftiko_gen import __version__
from naftiko_gen.emit.files import File, FileTree, is_safe
from naftiko_gen.publish import disk

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from naftiko_gen.diagnostics.span import Plain

MANIFEST_NAME = ".naftiko-gen.json"

_OWN_KEYS = ("generator", "spec", "assumptions", "files", "seeds")


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a package is compiled from, and what the compiler assumed on the way.

    `spec` and the names of `imports` are what a reader is shown; digests are SHA-256 in
    hexadecimal; `facts` are further keys of the manifest, in their order. `origin` is
    the path of the spec from the package, if that is the same on every machine.
    """

    spec: str
    digest: str
    warnings: int = 0
    notes: int = 0
    imports: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Plain] = field(default_factory=dict)
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """What a manifest on disk says; `files` and `imports` hold digests by path.

    `spec` and `origin` are None if a manifest doesn't have them.
    """

    imports: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    seeds: tuple[str, ...] = ()
    spec: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """A manifest that can't be understood, and why: a clause without a full stop."""

    reason: str


def render(provenance: Provenance, tree: FileTree) -> File:
    """Return the manifest of a package with those files.

    Raises:
        ValueError: A fact is no JSON value, or has the name of one of our own keys.
    """
    taken = [name for name in provenance.facts if name in _OWN_KEYS]
    if taken:
        raise ValueError(f"facts named like keys of the manifest: {taken}")
    document: dict[str, Plain] = {
        "generator": f"naftiko-gen {__version__}",
        "spec": {
            "file": provenance.spec,
            **({"path": provenance.origin} if provenance.origin else {}),
            "sha256": provenance.digest,
            "imports": dict(sorted(provenance.imports.items())),
        },
        "assumptions": {"warnings": provenance.warnings, "notes": provenance.notes},
        **provenance.facts,
        "files": {f.path: disk.digest(f.content) for f in tree if not f.seed},
        "seeds": [f.path for f in tree if f.seed],
    }
    text = json.dumps(document, indent=2, allow_nan=False)
    return File(MANIFEST_NAME, f"{text}\n".encode("ascii"))


def imports(root: Path) -> Mapping[str, str]:
    """Return the digests of what a package's spec imported, {} if that isn't known."""
    record = read(root)
    return record.imports if isinstance(record, Record) else {}


def read(root: Path) -> Record | Broken | None:
    """Read the manifest of a package directory; None means that it has none."""
    try:
        content = disk.read(root / MANIFEST_NAME)
    except OSError as failure:
        return Broken(failure.strerror or "it can't be read")
    return None if content is None else _parse(content)


def _parse(content: bytes) -> Record | Broken:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return Broken("it is no JSON")
    return _record(document) or Broken("it has not the shape of a manifest")


def _record(document: Plain) -> Record | None:
    """Return what matters of any form of the manifest: older ones have more keys."""
    match document:
        case {
            "spec": {"imports": dict(imports), **spec},
            "files": dict(files),
            "seeds": list(seeds),
        } if all(map(_is_owned, [*files, *seeds])):
            return Record(
                _texts(imports),
                _texts(files),
                tuple(map(str, seeds)),
                _text(spec.get("file")),
                _text(spec.get("path")),
            )
        case _:
            return None


def _is_owned(path: Plain) -> bool:
    """A path of a manifest that was tampered with must not lead out of the package."""
    return isinstance(path, str) and is_safe(path) and path != MANIFEST_NAME


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(mapping: dict[str, Plain]) -> dict[str, str]:
    return {name: str(value) for name, value in mapping.items()}
