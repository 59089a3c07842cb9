"""What a run leaves for build tools: a depfile, and a stamp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.building import depfile
from naftiko_gen.building.batch import Changes
from naftiko_gen.building.depfile import Rule
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.publish.manifest import MANIFEST_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from naftiko_gen.building.batch import Finished


@dataclass(frozen=True)
class Records:
    """The files that are wanted, and what they depend on besides the specs."""

    depfile: Path | None
    stamp: Path | None
    configuration: Path | None

    def write(self, results: Sequence[Finished], began: int) -> Iterator[Diagnostic]:
        """Write what is wanted of a run without errors; yield why it can't be.

        `began` is when the run did, in nanoseconds.
        """
        try:
            if self.depfile:
                rules = list(self._rules(results))
                depfile.write(self.depfile, depfile.depfile(rules))
            if self.stamp:
                depfile.touch(self.stamp, began)
        except depfile.UnwritableNameError as error:
            message = f"a depfile can't name {shown(error.args[0])}"
            yield Diagnostic(Code.UNUSABLE_DEPFILE, message, str(self.depfile))
        except OSError as error:
            message = f"can't write it: {error.strerror}"
            file = str(error.filename2 or error.filename or self.depfile)
            yield Diagnostic(Code.UNUSABLE_DEPFILE, message, file)

    def _rules(self, results: Sequence[Finished]) -> Iterator[Rule]:
        """Yield what the stamp is made of, or else what each package is."""
        whole: dict[Path, None] = {}
        for result in results:
            files = tuple(self._prerequisites(result))
            whole |= dict.fromkeys(files)
            if self.stamp is None and isinstance(result.outcome, Changes):
                yield Rule(result.outcome.root / MANIFEST_NAME, files)
        if self.stamp is not None:
            yield Rule(self.stamp, tuple(whole))

    def _prerequisites(self, result: Finished) -> Iterator[Path]:
        yield result.spec
        yield from (result.spec.parent / name for name in result.imports)
        if self.configuration is not None:
            yield self.configuration
