"""Settings that are paths: the output, the root of imports, and the specs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.configuration import bounds, spec_paths
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.syntax import globs
from naftiko_gen.syntax.misspelt_paths import question

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from naftiko_gen.configuration.discovery import Source
    from naftiko_gen.configuration.faults import Faults
    from naftiko_gen.configuration.model import Configuration


@dataclass(frozen=True)
class Paths:
    """The paths of a configuration."""

    output: Path
    import_root: Path | None
    specs: tuple[Path, ...]


@dataclass(frozen=True)
class PathReader:
    """Reads paths of a configuration, which start at its directory."""

    source: Source
    overridden: Collection[str]
    """The settings that the command line overrides; their paths may be anywhere."""
    faults: Faults

    def read(self, configuration: Configuration, *, wants_specs: bool) -> Paths:
        """Return the paths, and report unusable ones."""
        root = self._import_root(configuration.import_root)
        output = self._output(configuration.output)
        specs = self._specs(configuration.specs) if wants_specs else ()
        # Another fault may be the reason that no file matches.
        if wants_specs and not specs and not self.faults.report.has_errors:
            self._report_missing(configuration.specs)
        return Paths(output, root, specs)

    def _output(self, path: str) -> Path:
        """Return the output directory; no link of a repository may lead to it."""
        output = self._base / path
        if not self._is_confined or "output" in self.overridden:
            return output
        if self._stays_inside(output, path, "output"):
            link = bounds.first_link(self._base, path)
            if link is not None:
                message = f"{quote(str(link))} is a link, and no output goes through it"
                self._add(message, "output", hint=bounds.HINT)
        return output

    def _import_root(self, path: str | None) -> Path | None:
        """Return the directory that imports stay in, if there is one."""
        if path is None:
            return None
        root = self._base / path
        if not root.is_dir():
            self._add(f"{quote(str(root))} isn't a directory", "import-root")
        if "import_root" not in self.overridden:
            self._stays_inside(root, path, "import-root")
        return root

    def _specs(self, patterns: Sequence[str]) -> tuple[Path, ...]:
        """Return the files that the patterns match, each once."""
        matches = (
            spec
            for index, pattern in enumerate(patterns)
            for spec in self._matches(index, pattern)
        )
        return tuple(dict.fromkeys(matches))

    def _report_missing(self, patterns: Sequence[str]) -> None:
        """Report that no file matches; a hint suggests another path."""
        names = ", ".join(map(quote, patterns))
        message = f"no file matches {names}" if names else "no specs are named"
        hint = next((question(self._base / pattern) for pattern in patterns), None)
        self.faults.add(Code.NO_SPECS, message, "specs", hint=hint)

    def _matches(self, index: int, pattern: str) -> Iterator[Path]:
        start = self._base / globs.fixed_part(pattern)
        if self._stays_inside(start, pattern, "specs", index):
            for spec in self._match(index, pattern):
                if self._stays_inside(spec, str(spec), "specs", index):
                    yield spec

    def _match(self, index: int, pattern: str) -> Sequence[Path]:
        limit = self._base.resolve() if self._is_confined else None
        try:
            return spec_paths.matching(self._base, pattern, limit)
        except globs.TooManyFilesError:
            message = f"{quote(pattern)} covers more than {globs.LIMIT:,} files"
        except OSError as failure:
            message = f"{quote(pattern)} can't be searched for: {failure.strerror}"
        except ValueError:
            message = f"{quote(pattern)} isn't a valid glob"
        self._add(message, "specs", index)
        return []

    def _stays_inside(self, place: Path, path: str, *steps: str | int) -> bool:
        """Return whether a path may be used; report one that leads out."""
        if not self._is_confined or bounds.is_inside(self._base, place):
            return True
        message = f"{quote(path)} leads out of the configuration's directory"
        self._add(message, *steps, hint=bounds.HINT)
        return False

    def _add(self, message: str, *steps: str | int, hint: str | None = None) -> None:
        self.faults.add(Code.WRONG_SETTING, message, *steps, hint=hint)

    @property
    def _base(self) -> Path:
        return self.source.document.file.parent

    @property
    def _is_confined(self) -> bool:
        return not self.source.is_named
