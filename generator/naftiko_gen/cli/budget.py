"""The command `naftiko-gen budget`: it lists the tokens of each tool of specs."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from naftiko_gen.cli import streams
from naftiko_gen.configuration import command_line
from naftiko_gen.diagnostics import colors, rendering
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.quoting import line_start, safe
from naftiko_gen.emit.package.tool_lists import tool_lists
from naftiko_gen.frontend import read
from naftiko_gen.language.tokens import in_words

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.package.tool_lists import ToolList
    from naftiko_gen.frontend import Reading

DESCRIPTION = """\
List the tools of each MCP server of a spec with about how many tokens a client's model
reads for each of them, the largest first. Nothing is written.
"""
EPILOG = """\
examples:
  naftiko-gen budget specs/training-runs.yaml
  naftiko-gen budget 'specs/*.yaml' --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command_line.add_specs(parser)
    parser.add_argument(
        "--json", action="store_true", help="one JSON document, for programs"
    )
    command_line.add_reading(parser)
    command_line.add_skip_unresolved(parser)
    parser.add_argument(
        "--traceback", action="store_true", help="show where an internal error arose"
    )


def perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """List the tools; fail unless all specs have a meaning."""
    settings = command_line.settings(parser, options)
    reading_options = replace(settings.options, strict=False)
    readings = [read(spec, reading_options) for spec in settings.specs]
    for reading in readings:
        _write_errors(reading, options.color)
    meant = [reading for reading in readings if reading.meaning is not None]
    if options.json:
        documents: Plain = [_document(reading) for reading in meant]
        streams.write(json.dumps(documents, indent=2) + "\n")
    else:
        streams.write("".join(line for reading in meant for line in _lines(reading)))
    return Exit.DONE if len(meant) == len(readings) else Exit.FAILED


def _lists(reading: Reading) -> Sequence[ToolList]:
    return tool_lists(reading.meaning.capability) if reading.meaning else ()


def _lines(reading: Reading) -> Iterator[str]:
    spec = line_start(str(reading.spec))
    for listed in _lists(reading):
        count = "1 tool" if len(listed.tools) == 1 else f"{len(listed.tools)} tools"
        yield (
            f"{spec}: tools/list of {safe(listed.namespace)}: {count},"
            f" {in_words(listed.tokens)}\n"
        )
        for tool in sorted(listed.tools, key=lambda tool: -tool.tokens):
            yield f"  {tool.tokens:>7,}  {safe(tool.name)}\n"


def _document(reading: Reading) -> Plain:
    return {
        "spec": str(reading.spec),
        "servers": [
            {
                "namespace": listed.namespace,
                "tokens": listed.tokens,
                "tools": [
                    {"name": tool.name, "tokens": tool.tokens} for tool in listed.tools
                ],
            }
            for listed in _lists(reading)
        ],
    }


def _write_errors(reading: Reading, choice: colors.Choice) -> None:
    """Print the errors of a spec that has no meaning."""
    if reading.meaning is None:
        color = colors.has_colors(sys.stderr, choice)
        text = rendering.text(
            reading.diagnostics, reading.sources, verbose=False, color=color
        )
        print(text, end="", file=sys.stderr)
