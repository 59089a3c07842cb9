"""Specs that import a fixed spec, and whose meaning must stay the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from naftiko_gen.frontend import read

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from naftiko_gen.configuration.options import Options
    from naftiko_gen.frontend import Reading


@dataclass(frozen=True)
class Importers:
    """The known importers of a spec, and their meanings.

    Attributes:
        imported: The real path of the spec.
        contents: The future contents of files, by their real paths.
    """

    imported: Path
    specs: tuple[Reading, ...]
    contents: dict[Path, bytes]
    options: Options

    def allow(self, content: bytes) -> bool:
        """Return whether the importers mean the same with a new content of the spec."""
        contents = {**self.contents, self.imported: content}
        return all(self._means_the_same(reading, contents) for reading in self.specs)

    def _means_the_same(self, before: Reading, contents: dict[Path, bytes]) -> bool:
        own = contents.get(before.spec.resolve())
        after = read(before.spec, self.options, own, contents)
        if before.meaning is None or after.meaning is None:
            return False
        return before.meaning.capability == after.meaning.capability


@dataclass
class Neighbours:
    """Specs that may import each other, and their future contents."""

    options: Options
    _specs: dict[Path, Reading] = field(default_factory=dict)
    _contents: dict[Path, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, specs: Iterable[Path], options: Options) -> Neighbours:
        """Read the specs, if there are several."""
        paths = {spec.resolve(): spec for spec in specs}
        several = paths if len(paths) > 1 else {}
        readings = {path: read(spec, options) for path, spec in several.items()}
        return cls(options, readings)

    def importers(self, spec: Path) -> Importers:
        """Return the direct and indirect importers of a spec."""
        path = spec.resolve()
        importing = [
            reading
            for reading in self._specs.values()
            if path in reading.imported_files
        ]
        usable = tuple(reading for reading in importing if reading.meaning)
        return Importers(path, usable, self._contents, self.options)

    def in_order(self, specs: Iterable[Path]) -> list[Path]:
        """Return specs in an order in which each spec comes after its importers."""
        return sorted(specs, key=lambda spec: len(self.importers(spec).specs))

    def hold(self, spec: Path, content: bytes) -> None:
        """Set the future content of a spec."""
        path = spec.resolve()
        if path in self._specs:
            self._contents[path] = content
            self._specs[path] = read(spec, self.options, content, self._contents)
