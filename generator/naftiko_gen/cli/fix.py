"""The command `naftiko-gen fix`: it writes assumptions into specs."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from naftiko_gen import frontend
from naftiko_gen.cli import streams
from naftiko_gen.cli.arguments import READING, SPECS, TRACEBACK
from naftiko_gen.cli.readings import error_count
from naftiko_gen.configuration import command_line
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics import Diagnostic, Exit, Severity, count
from naftiko_gen.frontend import Reading
from naftiko_gen.publish.atomic import ReplacementError, leads_out, replace_unchanged
from naftiko_gen.publish.diff import changed_lines
from naftiko_gen.tools.fix.repair import Neighbours, Repair, read, repair_spec

DESCRIPTION = """\
Write the compiler's assumptions about a spec into the spec: the official spelling,
inputs that aren't declared, places, types. Keys beyond the official language are marked
by a comment. Comments, order and style of everything else stay. The package
of the spec stays the same, but for hints that claim too much safety; other
assumptions, and errors, are left alone and listed.
"""
EPILOG = """\
examples:
  naftiko-gen fix specs/training-runs.yaml --diff
  naftiko-gen fix 'specs/*.yaml'

exit codes: 0 fixed, or nothing to do; 1 a spec is wrong or can't be written, or --diff
found differences; 2 wrong usage; 70 a fault of naftiko-gen itself
"""


ARGUMENTS = f"""\
{SPECS}
--diff  write nothing; print the changes as a unified diff
-q, --quiet  list nothing that is left
{READING}
{TRACEBACK}"""


def perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """Fix the specs; fail unless all of them are as they should be."""
    settings = command_line.settings(parser, options)
    # Assumptions that are silenced can be written down as well.
    reading = Options(output=Path(), import_root=settings.options.import_root)
    specs = (*settings.specs, *command_line.configured_specs(options))
    neighbours = Neighbours.of(specs, reading)
    base = settings.file.parent if settings.file else Path()
    run = _Run(reading, neighbours, base, options)
    # One that fails doesn't stop the others.
    results = [run.fix(spec) for spec in neighbours.in_order(settings.specs)]
    return Exit.DONE if all(results) else Exit.FAILED


@dataclass(frozen=True)
class _Run:
    """One run over some specs.

    Attributes:
        base: The directory of the configuration, or the current one without any.
    """

    reading: Options
    neighbours: Neighbours
    base: Path
    options: argparse.Namespace

    def fix(self, spec: Path) -> bool:
        """Fix a spec, or show how; return whether it is as it should be."""
        if _is_elsewhere(spec, self.base):
            streams.say(spec, f"{_ELSEWHERE}, nothing fixed")
            return False
        reading = read(spec, self.reading)
        content = reading.content
        if reading.meaning is None:
            return self._refuse(spec)
        repair = repair_spec(reading, self.reading, self.neighbours)
        if repair.has_errors:
            return self._refuse(spec)
        try:
            self._apply(spec, content, repair.content)
        except ReplacementError as error:
            streams.say(spec, str(error))
            return False
        self.neighbours.hold(spec, repair.content)
        self._report(reading, repair)
        return repair.content == content or not self.options.diff

    def _apply(self, spec: Path, before: bytes, after: bytes) -> None:
        """Write the fixed spec, or show its changes; may raise ReplacementError."""
        if self.options.diff:
            streams.write("".join(changed_lines(spec, before, after)))
        elif before != after:
            replace_unchanged(spec, before, after)

    def _report(self, reading: Reading, repair: Repair) -> None:
        """Print the diagnostics that are left, and the number of the fixed ones."""
        spec, sources = reading.spec, reading.sources
        if self.options.diff:
            remaining = _remaining(reading.diagnostics, repair.left)
            diagnostics = (*remaining, *reading.package_findings)
        else:
            is_same = repair.content == reading.content
            new_reading = (
                reading if is_same else read(spec, self.reading, repair.content)
            )
            diagnostics = (*repair.left, *new_reading.package_findings)
            sources = {**sources, str(spec): repair.content}
        self._show(diagnostics, sources)
        rest = f", {len(diagnostics)} left" if diagnostics else ""
        streams.say(spec, f"{self._outcome(repair.fixed.total())}{rest}")

    def _outcome(self, number: int) -> str:
        if not number:
            return "nothing to fix"
        verb = "would write" if self.options.diff else "wrote"
        return f"{verb} {count(number, 'assumption')} down"

    def _refuse(self, spec: Path) -> bool:
        """Print the errors of a spec; return False."""
        reading = frontend.read(spec, self.reading)
        self._show(reading.diagnostics, reading.sources)
        streams.say(spec, f"{error_count(reading)}, nothing fixed")
        return False

    def _show(
        self, diagnostics: Sequence[Diagnostic], sources: Mapping[str, bytes]
    ) -> None:
        rows = [
            item
            for item in diagnostics
            if not self.options.quiet or item.severity is Severity.ERROR
        ]
        streams.show(rows, sources, self.options.color)


_ELSEWHERE = "a link leads from it to another directory; name the file there instead"


def _is_elsewhere(spec: Path, base: Path) -> bool:
    """Return whether a spec is a link to a file elsewhere, which isn't shown either."""
    try:
        return leads_out(spec, base)
    except (OSError, ValueError):
        # Reading the spec reports the fault.
        return False


def _remaining(
    before: Sequence[Diagnostic], after: Sequence[Diagnostic]
) -> Iterator[Diagnostic]:
    """Yield the diagnostics that will be left, with their places in the old file."""
    counts = Counter((diagnostic.code, diagnostic.message) for diagnostic in after)
    for diagnostic in before:
        if counts[diagnostic.code, diagnostic.message]:
            counts[diagnostic.code, diagnostic.message] -= 1
            yield diagnostic
