"""The command `naftiko-gen runtime`: it writes the distribution of the runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.cli import streams
from naftiko_gen.cli.arguments import TRACEBACK
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.emit.runtime.source import runtime_version
from naftiko_gen.publish.delivery import deliver_runtime
from naftiko_gen.publish.outcome import Compiled

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

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


ARGUMENTS = f"""\
-o, --output DIR!  write the distribution naftiko-runtime into this directory
--force  overwrite files that were edited
{TRACEBACK}"""


def perform(_: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """Write the distribution."""
    output: Path = options.output
    result = deliver_runtime(output, Options(output, force=options.force))
    streams.show(result.diagnostics, {}, options.color)
    streams.say(output, _sentence(result.outcome))
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
