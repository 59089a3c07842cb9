"""The files beside a spec that packages have copies of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from naftiko_gen.resolve.scripts import ScriptFiles
    from naftiko_gen.resolve.served_files import ServedFiles


@dataclass(frozen=True)
class SpecFiles:
    """Readers of the files that adapters of one spec serve, and of its scripts."""

    served: ServedFiles
    scripts: ScriptFiles

    @property
    def contents(self) -> Mapping[str, bytes]:
        """Return the content of each file, by its path from the spec's directory."""
        return {**self.scripts.contents, **self.served.contents}
