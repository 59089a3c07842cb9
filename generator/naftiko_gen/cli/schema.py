"""The command `naftiko-gen schema`: it prints a JSON Schema of specs."""

from __future__ import annotations

import argparse
import json

from naftiko_gen.cli import streams
from naftiko_gen.cli.arguments import TRACEBACK
from naftiko_gen.diagnostics import Exit
from naftiko_gen.tools.schema import json_schema

DESCRIPTION = """\
Print a JSON Schema of specs, for editors: they complete keys, explain them and mark
errors while a spec is typed. Other spellings than the official one are marked as
deprecated, with the official one.
"""
EPILOG = """\
examples:
  naftiko-gen schema > naftiko.schema.json

In VS Code with the YAML extension, and in other editors with the YAML language server:
put this line on top of a spec
  # yaml-language-server: $schema=naftiko.schema.json
"""


ARGUMENTS = TRACEBACK


def perform(_: argparse.ArgumentParser, __: argparse.Namespace) -> Exit:
    """Print the schema."""
    streams.write(json.dumps(json_schema(), indent=2, ensure_ascii=True) + "\n")
    return Exit.DONE
