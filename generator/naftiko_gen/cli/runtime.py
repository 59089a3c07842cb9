"""The command `naftiko-gen runtime`: it writes the distribution of the runtime."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics import rendering
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.quoting import safe
from naftiko_gen.emit.runtime.source import runtime_version
from naftiko_gen.publish.delivery import deliver_runtime
from naftiko_gen.publish.outcome import Compiled

if TYPE_CHECKING:
    import argparse

    from naftiko_gen.publish.outcome import Failed

DESCRIPTION = """\
Write the distribution naftiko-runtime, on which packages that are compiled with
`--runtime library` depend, without a spec: to build it for an index, or for a project
into whose wheel packages are compiled. Other runs keep it beside their packages.
"""
EPILOG = """\
examples:
  naftiko-gen runtime -o naftiko-runtime && pip install ./naftiko-runtime

exit codes: 0 written or up to date; 1 a file of it was edited, or it can't be written;
2 wrong usage; 70 a fault of naftiko-gen itself
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="write the distribution naftiko-runtime into this directory",
    )
    parser.add_argument(
        "--force", action="store_true", help="overwrite files that were edited"
    )
    parser.add_argument(
        "--traceback", action="store_true", help="show where an internal error arose"
    )


def perform(_: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """Write the distribution."""
    output: Path = options.output
    result = deliver_runtime(output, Options(output, force=options.force))
    color = rendering.has_colors(sys.stderr, options.color)
    text = rendering.text(result.diagnostics, {}, verbose=False, color=color)
    line = f"{safe(str(output))}: {_sentence(result.outcome)}"
    print(text + line, file=sys.stderr)
    return Exit.DONE if isinstance(result.outcome, Compiled) else Exit.FAILED


def _sentence(outcome: Compiled | Failed) -> str:
    """Return a clause with the version, and how many files were written."""
    version = runtime_version()
    if not isinstance(outcome, Compiled):
        return "nothing written"
    plan = outcome.plan
    if not plan.changes:
        return f"the runtime {version} is up to date"
    removals = f", removed {len(plan.removed)}" if plan.removed else ""
    return f"the runtime is {version}; wrote {len(plan.written)} files{removals}"
