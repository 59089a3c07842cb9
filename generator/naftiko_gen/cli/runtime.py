"""The command `naftiko-gen runtime`: it writes the runtime, or updates copies of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics import colors, rendering
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.quoting import safe
from naftiko_gen.emit.runtime.source import runtime_version
from naftiko_gen.publish.disk import PublicationError
from naftiko_gen.tools.runtime.copies import NoCopyError, copies, distribution
from naftiko_gen.tools.runtime.writing import write

if TYPE_CHECKING:
    import argparse

    from naftiko_gen.tools.runtime.copies import Copy
    from naftiko_gen.tools.runtime.writing import WrittenCopy

DESCRIPTION = """\
Write the distribution naftiko-runtime, on which packages that are compiled with
`--runtime library` depend; or replace the copies of the runtime in packages that are
compiled with `--runtime vendored`. Neither needs a spec.
"""
EPILOG = """\
examples:
  naftiko-gen runtime -o naftiko-runtime && pip install ./naftiko-runtime
  naftiko-gen runtime --update generated/orders
  naftiko-gen runtime --update generated/        # every package in it

exit codes: 0 done or up to date; 1 a directory has no copy that can be updated, a file
of a copy was edited, or the output can't be written; 2 wrong usage; 70 a fault of
naftiko-gen itself
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="DIR",
        help="write the distribution naftiko-runtime into this directory",
    )
    action.add_argument(
        "--update",
        type=Path,
        nargs="+",
        metavar="DIR",
        help="replace the runtime's copy of these packages, or of all packages in"
        " these directories",
    )
    parser.add_argument(
        "--force", action="store_true", help="overwrite files that were edited"
    )
    parser.add_argument(
        "--traceback", action="store_true", help="show where an internal error arose"
    )


def perform(_: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """Write the distribution, or update the copies; a fault doesn't stop the others."""
    if options.output is not None:
        results = [_perform(distribution(options.output), options)]
    else:
        results = [_update(directory, options) for directory in options.update]
    return Exit.DONE if all(results) else Exit.FAILED


def _update(directory: Path, options: argparse.Namespace) -> bool:
    """Update the copies of a directory; return whether there was no fault."""
    try:
        results = [_perform(copy, options) for copy in copies(directory)]
    except (NoCopyError, PublicationError) as error:
        where = safe(str(directory))
        print(f"naftiko-gen: {where}: {safe(str(error))}", file=sys.stderr)
        return False
    return all(results)


def _perform(copy: Copy, options: argparse.Namespace) -> bool:
    result = write(copy, force=options.force)
    color = colors.has_colors(sys.stderr, options.color)
    text = rendering.text(result.diagnostics, {}, verbose=False, color=color)
    print(text + _line(result), file=sys.stderr)
    return result.plan is not None


def _line(result: WrittenCopy) -> str:
    """Return a line about a copy: its versions, and how many files were written."""
    where, version = safe(str(result.copy.root)), runtime_version()
    plan, before = result.plan, result.copy.before
    if plan is None:
        return f"{where}: nothing written"
    if not plan.changes:
        return f"{where}: the runtime {version} is up to date"
    removals = f", removed {len(plan.removed)}" if plan.removed else ""
    files = f"wrote {len(plan.written)} files{removals}"
    since = f", it was {before}" if before not in (None, version) else ""
    return f"{where}: the runtime is {version}{since}; {files}"
