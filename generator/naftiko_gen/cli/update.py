"""The command `naftiko-gen update`: it merges a newer scaffold."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from naftiko_gen.cli.arguments import TRACEBACK
from naftiko_gen.diagnostics import Exit, safe
from naftiko_gen.syntax import files
from naftiko_gen.tools.scaffold.installation import shared_requirement
from naftiko_gen.tools.scaffold.releases import Releases
from naftiko_gen.tools.scaffold.scaffold import Renewal, ScaffoldError, renew

REQUIREMENTS = "requirements-dev.txt"
"""The file of a scaffold that says which naftiko-gen compiles."""

DESCRIPTION = """\
Bring the files that `naftiko-gen init` wrote to the scaffold of this version, by a
three-way merge: your changes stay, lines that both sides changed get conflict markers.
The directory has to be in a git repository without uncommitted changes.
"""
EPILOG = """\
examples:
  naftiko-gen update
  git diff

exit codes: 0 merged, or nothing to do; 1 it can't be merged, or there are conflicts;
2 wrong usage; 70 a fault of naftiko-gen itself
"""


ARGUMENTS = f"""\
[DIR] = . > directory  the directory of the repository (default: the current one)
{TRACEBACK}"""


def perform(_: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """Merge the newest scaffold into that of the directory."""
    where = safe(str(options.directory))
    try:
        renewal = renew(options.directory, Releases.of_this_version())
    except ScaffoldError as error:
        print(f"naftiko-gen: {where}: {safe(str(error))}", file=sys.stderr)
        return Exit.FAILED
    print(f"{where}: {_sentence(renewal)}", file=sys.stderr)
    for path in renewal.conflicts:
        print(f"{where}/{safe(path)}: has conflicts to be resolved", file=sys.stderr)
    if advice := _advice(options.directory):
        print(advice, file=sys.stderr)
    return Exit.FAILED if renewal.conflicts else Exit.DONE


def _advice(directory: Path) -> str | None:
    """Return advice if the scaffold installs another naftiko-gen than this one.

    Nothing of the file is shown: it may be a stranger's.
    """
    mine = shared_requirement()
    try:
        lines = files.content(directory / REQUIREMENTS).decode().splitlines()
    except (OSError, ValueError):
        return None
    if mine.is_local or mine.text in lines:
        return None
    return (
        f"naftiko-gen: {REQUIREMENTS} installs another naftiko-gen than this one; for "
        f"this one, write '{safe(mine.text)}' there and into .pre-commit-config.yaml"
    )


def _sentence(renewal: Renewal) -> str:
    if renewal.before == renewal.after:
        return f"the scaffold is of {renewal.after}, the newest"
    return f"merged the scaffold of {renewal.after}, it was of {renewal.before}"
