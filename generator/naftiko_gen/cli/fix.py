"""The command `naftiko-gen fix`: it writes assumptions into specs."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen import frontend
from naftiko_gen.cli import streams
from naftiko_gen.configuration import command_line
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics import rendering
from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.quoting import safe
from naftiko_gen.publish.atomic import ReplacementError, leads_out, replace_unchanged
from naftiko_gen.publish.diff import changed_lines
from naftiko_gen.tools.fix.repair import Neighbours, read, repair_spec

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.frontend import Reading
    from naftiko_gen.tools.fix.repair import Repair

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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command_line.add_specs(parser)
    parser.add_argument(
        "--diff",
        action="store_true",
        help="write nothing; print the changes as a unified diff",
    )
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="list nothing that is left"
    )
    command_line.add_reading(parser)
    parser.add_argument(
        "--traceback", action="store_true", help="show where an internal error arose"
    )


def perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """Fix the specs; fail unless all of them are as they should be."""
    settings = command_line.settings(parser, options)
    # Assumptions that are silenced can be written down as well.
    reading = Options(output=Path(), import_root=settings.options.import_root)
    specs = (*settings.specs, *command_line.configured_specs(options))
    neighbours = Neighbours.of(specs, reading)
    base = settings.file.parent if settings.file else Path()
    is_colored = rendering.has_colors(sys.stderr, options.color)
    run = _Run(reading, neighbours, base, options.diff, options.quiet, is_colored)
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
    is_dry: bool
    is_quiet: bool
    is_colored: bool

    def fix(self, spec: Path) -> bool:
        """Fix a spec, or show how; return whether it is as it should be."""
        if _is_elsewhere(spec, self.base):
            return False
        reading = read(spec, self.reading)
        content = reading.content
        if reading.meaning is None:
            return self._refuse(spec)
        repair = repair_spec(reading, self.reading, self.neighbours)
        if repair.has_errors:
            return self._refuse(spec)
        if not self._apply(spec, content, repair.content):
            return False
        self.neighbours.hold(spec, repair.content)
        self._report(reading, repair)
        return repair.content == content or not self.is_dry

    def _apply(self, spec: Path, before: bytes, after: bytes) -> bool:
        """Write the fixed spec, or show its changes; return False if writing fails."""
        if self.is_dry:
            streams.write("".join(changed_lines(spec, before, after)))
            return True
        return before == after or _write(spec, before, after)

    def _report(self, reading: Reading, repair: Repair) -> None:
        """Print the diagnostics that are left, and the number of the fixed ones."""
        diagnostics, sources = self._remainder(reading, repair)
        sentence = _sentence(repair.fixed.total(), len(diagnostics), is_dry=self.is_dry)
        self._say(reading.spec, diagnostics, sources, sentence)

    def _remainder(
        self, reading: Reading, repair: Repair
    ) -> tuple[tuple[Diagnostic, ...], Mapping[str, bytes]]:
        """Return the diagnostics that are left, and the sources that they are in."""
        if self.is_dry:
            remaining = tuple(_remaining(reading.diagnostics, repair.left))
            return (*remaining, *reading.package_findings), reading.sources
        spec, content = reading.spec, repair.content
        is_same = content == reading.content
        new_reading = reading if is_same else read(spec, self.reading, content)
        sources = {**reading.sources, str(spec): content}
        return (*repair.left, *new_reading.package_findings), sources

    def _refuse(self, spec: Path) -> bool:
        """Print the errors of a spec; return False."""
        reading = frontend.read(spec, self.reading)
        errors = sum(d.severity is Severity.ERROR for d in reading.diagnostics)
        count = "1 error" if errors == 1 else f"{errors} errors"
        sentence = f"{count}, nothing fixed"
        self._say(spec, reading.diagnostics, reading.sources, sentence)
        return False

    def _say(
        self,
        spec: Path,
        diagnostics: Sequence[Diagnostic],
        sources: Mapping[str, bytes],
        sentence: str,
    ) -> None:
        """Print the diagnostics, and a sentence about the spec."""
        rows = [
            diagnostic
            for diagnostic in diagnostics
            if not self.is_quiet or diagnostic.severity is Severity.ERROR
        ]
        text = rendering.text(rows, sources, verbose=False, color=self.is_colored)
        print(f"{text}{safe(str(spec))}: {sentence}", file=sys.stderr)


def _is_elsewhere(spec: Path, base: Path) -> bool:
    """Refuse a spec that is a link to a file elsewhere, which isn't shown either."""
    try:
        is_elsewhere = leads_out(spec, base)
    except (OSError, ValueError):
        # Reading the spec reports the fault.
        return False
    if is_elsewhere:
        why = "a link leads from it to another directory; name the file there instead"
        print(f"{safe(str(spec))}: {why}, nothing fixed", file=sys.stderr)
    return is_elsewhere


def _remaining(
    before: Sequence[Diagnostic], after: Sequence[Diagnostic]
) -> Iterator[Diagnostic]:
    """Yield the diagnostics that will be left, with their places in the old file."""
    counts = Counter((diagnostic.code, diagnostic.message) for diagnostic in after)
    for diagnostic in before:
        if counts[diagnostic.code, diagnostic.message]:
            counts[diagnostic.code, diagnostic.message] -= 1
            yield diagnostic


def _write(spec: Path, before: bytes, after: bytes) -> bool:
    """Write the spec; return False after saying why it can't be."""
    try:
        replace_unchanged(spec, before, after)
    except ReplacementError as error:
        print(f"{safe(str(spec))}: {error}", file=sys.stderr)
        return False
    return True


def _sentence(count: int, remaining: int, *, is_dry: bool) -> str:
    rest = f", {remaining} left" if remaining else ""
    if not count:
        return f"nothing to fix{rest}"
    assumptions = "1 assumption" if count == 1 else f"{count} assumptions"
    verb = "would write" if is_dry else "wrote"
    return f"{verb} {assumptions} down{rest}"
