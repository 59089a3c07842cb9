"""The command `naftiko-gen runtime`: it writes the distribution of the runtime."""

from __future__ import annotations

import argparse
from pathlib import Path

from naftiko_gen.cli import streams
from naftiko_gen.cli.arguments import TRACEBACK
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics import Exit, count
from naftiko_gen.emit.runtime.source import runtime_version
from naftiko_gen.publish.delivery import deliver_runtime
from naftiko_gen.publish.outcome import Changes

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
    streams.say(output, _sentence(result.changes))
    return Exit.FAILED if result.changes is None else Exit.DONE


def _sentence(changes: Changes | None) -> str:
    """Return a clause with the version, and how many files were written."""
    if changes is None:
        return "nothing written"
    version = runtime_version()
    if not changes.are_any:
        return f"the runtime {version} is up to date"
    removals = f", removed {len(changes.removed)}" if changes.removed else ""
    files = count(len(changes.written), "file")
    return f"the runtime is {version}; wrote {files}{removals}"
