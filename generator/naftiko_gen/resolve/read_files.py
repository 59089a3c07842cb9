"""Files beside a spec that are read while it is compiled."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from naftiko_gen.resolve.exposed.served_files import ServedFiles
from naftiko_gen.resolve.schema_files import SchemaFiles
from naftiko_gen.resolve.scripts import ScriptFiles
from naftiko_gen.syntax.files import ImportRoots

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from naftiko_gen.diagnostics.report import Report

_NOTHING: Mapping[Path, bytes] = MappingProxyType({})


@dataclass(frozen=True)
class ReadFiles:
    """Readers of the files that adapters serve, and of those of scripts and schemas."""

    served: ServedFiles
    scripts: ScriptFiles
    schemas: SchemaFiles

    @classmethod
    def of(
        cls,
        spec: Path,
        report: Report,
        root: Path | None = None,
        edited: Mapping[Path, bytes] = _NOTHING,
    ) -> ReadFiles:
        """Return the readers for a spec, which may also import from `root`.

        `edited` are contents to read instead of those of files, by their real paths.
        """
        roots = ImportRoots.of(spec, root)
        return cls(
            ServedFiles(roots, report, edited),
            ScriptFiles(spec.parent, report, edited),
            SchemaFiles(roots, report, edited),
        )

    @property
    def contents(self) -> dict[str, bytes]:
        """Return the content of each file, by its path from the spec's directory."""
        scripted = {**self.scripts.contents, **self.schemas.contents}
        return {**scripted, **self.served.contents}
