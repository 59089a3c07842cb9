"""The files that a run writes for build tools: a depfile and a stamp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.building import depfile
from naftiko_gen.building.batch import Changes
from naftiko_gen.building.depfile import Rule
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.publish.manifest import MANIFEST_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from naftiko_gen.building.batch import SpecResult


@dataclass(frozen=True)
class BuildFiles:
    """The files for build tools: None where none is wanted.

    Packages depend on `configuration` as well as on their specs.
    """

    depfile: Path | None
    stamp: Path | None
    configuration: Path | None

    def write(self, results: Sequence[SpecResult], began: int) -> Iterator[Diagnostic]:
        """Write the files after a run without errors; yield the errors of writing.

        `began` is the time at which the run began, in nanoseconds.
        """
        try:
            if self.depfile:
                rules = list(self._rules(results))
                depfile.write(self.depfile, depfile.depfile(rules))
            if self.stamp:
                depfile.touch(self.stamp, began)
        except depfile.UnwritableNameError as error:
            message = f"a depfile can't name {quote(error.args[0])}"
            yield Diagnostic(Code.UNUSABLE_DEPFILE, message, str(self.depfile))
        except OSError as error:
            message = f"can't write it: {error.strerror}"
            file = str(error.filename2 or error.filename or self.depfile)
            yield Diagnostic(Code.UNUSABLE_DEPFILE, message, file)

    def _rules(self, results: Sequence[SpecResult]) -> Iterator[Rule]:
        """Yield one rule for the stamp, or else one for each package's manifest."""
        all_files: dict[Path, None] = {}
        for result in results:
            files = tuple(self._prerequisites(result))
            all_files |= dict.fromkeys(files)
            if self.stamp is None and isinstance(result.outcome, Changes):
                yield Rule(result.outcome.root / MANIFEST_NAME, files)
        if self.stamp is not None:
            yield Rule(self.stamp, tuple(all_files))

    def _prerequisites(self, result: SpecResult) -> Iterator[Path]:
        yield result.spec
        yield from (result.spec.parent / name for name in result.imports)
        if self.configuration is not None:
            yield self.configuration
