"""Specs that import the one that is fixed: they have to mean what they did, as well."""

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
    """Those that are known to import a spec, and what they mean.

    Attributes:
        imported: The real path of the spec.
        held: What files will hold, by their real paths.
    """

    imported: Path
    specs: tuple[Reading, ...]
    held: dict[Path, bytes]
    options: Options

    def allow(self, content: bytes) -> bool:
        """Say whether they mean the same if the spec holds that."""
        held = {**self.held, self.imported: content}
        return all(self._means_the_same(each, held) for each in self.specs)

    def _means_the_same(self, before: Reading, held: dict[Path, bytes]) -> bool:
        own = held.get(before.spec.resolve())
        after = read(before.spec, self.options, own, held)
        if before.meaning is None or after.meaning is None:
            return False
        return before.meaning.capability == after.meaning.capability


@dataclass
class Neighbours:
    """Specs that may import each other, and what was or would be written of them."""

    options: Options
    _specs: dict[Path, Reading] = field(default_factory=dict)
    _held: dict[Path, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, specs: Iterable[Path], options: Options) -> Neighbours:
        """Read them, if there are several."""
        paths = {each.resolve(): each for each in specs}
        several = paths if len(paths) > 1 else {}
        found = {path: read(each, options) for path, each in several.items()}
        return cls(options, found)

    def importers(self, spec: Path) -> Importers:
        """Return those that import a spec, themselves or through other files."""
        path = spec.resolve()
        found = [each for each in self._specs.values() if path in each.imported_files]
        usable = tuple(each for each in found if each.meaning)
        return Importers(path, usable, self._held, self.options)

    def in_order(self, specs: Iterable[Path]) -> list[Path]:
        """Return specs in an order in which each comes behind those that import it."""
        return sorted(specs, key=lambda each: len(self.importers(each).specs))

    def hold(self, spec: Path, content: bytes) -> None:
        """Take notice of what a spec was made, or would be."""
        path = spec.resolve()
        if path in self._specs:
            self._held[path] = content
            self._specs[path] = read(spec, self.options, content, self._held)
