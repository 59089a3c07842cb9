"""The command `naftiko-gen run SPEC`: its arguments, and the session that it starts."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from naftiko_gen.cli.arguments import (
    API_DOCS,
    READING,
    SKIP_UNRESOLVED,
    SURFACES,
    TRACEBACK,
)
from naftiko_gen.configuration import command_line
from naftiko_gen.configuration.options import Delivery, Layout
from naftiko_gen.diagnostics import Exit, quote, rendering
from naftiko_gen.tools.run import changes
from naftiko_gen.tools.run.session import Session

DESCRIPTION = """\
Compile a spec to a temporary place and serve its adapters from there, until Ctrl-C.
When the spec or an import changes, it is compiled and served anew; while it has errors,
the package of before goes on.
"""
EPILOG = """\
examples:
  naftiko-gen run specs/training-runs.yaml --mock
  naftiko-gen run specs/training-runs.yaml --port 8000
"""


ARGUMENTS = f"""\
SPEC > spec  a capability file
--mock  use the embedded upstream: no credential, no network
--port N  the port of the first adapter, N+1 is that of the next; 0: free ones (default:
  those of the spec and the environment)
{READING}
{API_DOCS}
{SURFACES}
{SKIP_UNRESOLVED}
{TRACEBACK}"""


def perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """Serve the spec until there is an interrupt."""
    if not changes.is_possible():
        parser.error(changes.missing("run"))
    options.specs = [options.spec]
    settings = command_line.settings(parser, options)
    if len(settings.specs) != 1:
        parser.error(f"{quote(options.spec)} matches several specs; name one")
    compiling = replace(
        settings.options,
        layout=Layout.PROJECT,
        runtime=Delivery.VENDORED,
        strict=False,
        cached=False,
        records_origin=False,
    )
    session = Session(
        settings.specs[0],
        compiling,
        options.port,
        mock=options.mock,
        is_colored=rendering.has_colors(sys.stderr, options.color),
    )
    return session.serve()
