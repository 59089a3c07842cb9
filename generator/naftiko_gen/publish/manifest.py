"""The manifest: the origin of a package, and the list of its generated files."""

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
    """The sources of a package, and the number of assumptions of the compiler.

    `spec` and the names of `imports` are for readers; digests are SHA-256 in
    hexadecimal; `facts` are further keys of the manifest, in their order. `origin` is
    the path of the spec from the package, if it is the same on every machine.
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
    """The content of a manifest on disk; `files` and `imports` map paths to digests.

    `spec` and `origin` are None if the manifest lacks them.
    """

    imports: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    seeds: tuple[str, ...] = ()
    spec: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """A manifest that can't be read; the reason is a clause without a full stop."""

    reason: str


def render(provenance: Provenance, tree: FileTree) -> File:
    """Return the manifest of a package with those files.

    Raises:
        ValueError: A fact isn't a JSON value, or has the name of one of our own keys.
    """
    clashes = [name for name in provenance.facts if name in _OWN_KEYS]
    if clashes:
        raise ValueError(f"facts named like keys of the manifest: {clashes}")
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
    """Return the digests of the files that the spec imported; {} if unknown."""
    record = read(root)
    return record.imports if isinstance(record, Record) else {}


def read(root: Path) -> Record | Broken | None:
    """Read the manifest of a package directory; None if there is none."""
    try:
        content = disk.read(root / MANIFEST_NAME)
    except OSError as failure:
        return Broken(failure.strerror or "it can't be read")
    return None if content is None else _parse(content)


def _parse(content: bytes) -> Record | Broken:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return Broken("it isn't JSON")
    return _record(document) or Broken("it lacks parts of a manifest")


def _record(document: Plain) -> Record | None:
    """Return the manifest's record; other keys, as in older manifests, are ignored."""
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
    """Return whether a path is inside the package, even if the manifest is forged."""
    return isinstance(path, str) and is_safe(path) and path != MANIFEST_NAME


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(mapping: dict[str, Plain]) -> dict[str, str]:
    return {name: str(value) for name, value in mapping.items()}
