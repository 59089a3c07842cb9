"""The manifest: the origin of a package, and the list of its generated files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from naftiko_gen.diagnostics import Plain
from naftiko_gen.diagnostics.version import VERSION
from naftiko_gen.emit.files import File, FileTree, is_safe
from naftiko_gen.publish import disk

MANIFEST_NAME = ".naftiko-gen.json"

_OWN_KEYS = (
    "generator",
    "runtime",
    "spec",
    "assumptions",
    "dependencies",
    "files",
    "seeds",
)


@dataclass(frozen=True, slots=True)
class Provenance:
    """The sources of a package, and the number of assumptions of the compiler.

    `spec` and the names of `imports` are for readers; digests are SHA-256 in
    hexadecimal; `facts` are further keys of the manifest, in their order. `origin` is
    the path of the spec from the package, if it is the same on every machine. `runtime`
    is None if the package depends on the runtime's distribution; `dependencies` are the
    requirements of the distributions that it imports.
    """

    spec: str
    digest: str
    warnings: int = 0
    notes: int = 0
    imports: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Plain] = field(default_factory=dict)
    origin: str | None = None
    runtime: Mapping[str, str] | None = None
    dependencies: tuple[str, ...] = ()

    def head(self) -> dict[str, Plain]:
        """Return the manifest without the generator and the files."""
        clashes = [name for name in self.facts if name in _OWN_KEYS]
        if clashes:
            raise ValueError(f"facts named like keys of the manifest: {clashes}")
        return {
            **({"runtime": {**self.runtime}} if self.runtime else {}),
            "spec": {
                "file": self.spec,
                **({"path": self.origin} if self.origin else {}),
                "sha256": self.digest,
                "imports": dict(sorted(self.imports.items())),
            },
            "assumptions": {"warnings": self.warnings, "notes": self.notes},
            "dependencies": list(self.dependencies),
            **self.facts,
        }


@dataclass(frozen=True, slots=True)
class WholeRuntime:
    """The sources of a directory that holds the whole runtime, and no package."""

    runtime: Mapping[str, str]
    dependencies: ClassVar[tuple[str, ...]] = ()

    def head(self) -> dict[str, Plain]:
        """Return the manifest without the generator and the files."""
        return {"runtime": {**self.runtime}}


@dataclass(frozen=True, slots=True)
class Deployed:
    """The sources of a directory that holds the deployment of a package.

    `spec` and `origin` are as those of a package.
    """

    spec: str
    digest: str
    origin: str | None = None
    dependencies: ClassVar[tuple[str, ...]] = ()

    def head(self) -> dict[str, Plain]:
        """Return the manifest without the generator and the files."""
        path: dict[str, Plain] = {"path": self.origin} if self.origin else {}
        return {"deployment": {"file": self.spec, **path, "sha256": self.digest}}


Sources = Provenance | WholeRuntime | Deployed


@dataclass(frozen=True, slots=True)
class Record:
    """The content of a manifest on disk; `files` and `imports` map paths to digests.

    `spec` and `origin` are None if the manifest lacks them. A manifest without a
    source `is_runtime`: its directory holds the runtime and no package. One that
    `is_deployment` is of a package's deployment.
    """

    imports: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    seeds: tuple[str, ...] = ()
    spec: str | None = None
    origin: str | None = None
    is_runtime: bool = False
    is_deployment: bool = False
    dependencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """A manifest that can't be read; the reason is a clause without a full stop."""

    reason: str


def render(sources: Sources, tree: FileTree) -> File:
    """Return the manifest of a directory with those files.

    Raises:
        ValueError: A fact isn't a JSON value, or has the name of one of our own keys.
    """
    document = {
        "generator": f"naftiko-gen {VERSION}",
        **sources.head(),
        "files": {f.path: disk.digest(f.content) for f in tree if not f.seed},
        "seeds": [f.path for f in tree if f.seed],
    }
    text = json.dumps(document, indent=2, allow_nan=False)
    return File(MANIFEST_NAME, f"{text}\n".encode("ascii"))


def imports(root: Path) -> Mapping[str, str]:
    """Return the digests of the files that the spec imported; {} if unknown."""
    record = read(root)
    return record.imports if isinstance(record, Record) else {}


def dependencies(root: Path) -> tuple[str, ...]:
    """Return the requirements of a package's distributions; none if unknown."""
    record = read(root)
    return record.dependencies if isinstance(record, Record) else ()


def read(root: Path) -> Record | Broken | None:
    """Read the manifest of a package directory; None if there is none."""
    try:
        content = disk.read(root / MANIFEST_NAME)
        if content is None:
            return None
        return _record(json.loads(content)) or Broken("it lacks parts of a manifest")
    except OSError as failure:
        return Broken(failure.strerror or "it can't be read")
    except (ValueError, RecursionError):
        return Broken("it isn't JSON")


def _record(document: Plain) -> Record | None:
    """Return the manifest's record; other keys, as in older manifests, are ignored."""
    match document:
        case {"files": dict(files), "seeds": list(seeds), **facts} if all(
            map(_is_owned, [*files, *seeds])
        ):
            record = Record(files=_texts(files), seeds=tuple(map(str, seeds)))
        case _:
            return None
    match facts:
        case {"spec": {"imports": dict(imports), **spec}}:
            return replace(
                record,
                imports=_texts(imports),
                spec=_text(spec.get("file")),
                origin=_text(spec.get("path")),
                dependencies=_strings(facts.get("dependencies")),
            )
        case {"spec": _}:
            return None
        case {"runtime": {"version": str(), "digest": str()}} if not seeds:
            return replace(record, is_runtime=True)
        case {"deployment": {"file": str(name), **source}} if not seeds:
            origin = _text(source.get("path"))
            return replace(record, spec=name, origin=origin, is_deployment=True)
        case _:
            return None


def _is_owned(path: Plain) -> bool:
    """Return whether a path may be ours, even if the manifest is forged."""
    if not isinstance(path, str) or not is_safe(path) or path == MANIFEST_NAME:
        return False
    # Files that are no longer emitted are removed, and a package may be a repository.
    return ".git" not in path.lower().split("/")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _strings(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _texts(mapping: dict[str, Plain]) -> dict[str, str]:
    return {name: str(value) for name, value in mapping.items()}
