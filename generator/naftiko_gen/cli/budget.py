"""The command `naftiko-gen budget`: it lists the tokens of tools."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.cli.readings import read_specs, write
from naftiko_gen.configuration import command_line
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.quoting import line_start, safe
from naftiko_gen.emit.tools.lists import tool_lists
from naftiko_gen.frontend import read
from naftiko_gen.language.tokens import in_words
from naftiko_gen.openapi.write.capability import capability, named_operations

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from naftiko_gen.diagnostics.exits import Exit
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.tools.lists import ToolList
    from naftiko_gen.frontend import Reading
    from naftiko_gen.openapi.read.api import Api, Operation
    from naftiko_gen.openapi.write.capability import Wishes


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
    command_line.add_surface(parser)
    parser.add_argument(
        "--traceback", action="store_true", help="show where an internal error arose"
    )


def perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """List the tools; fail unless all specs have a meaning."""
    readings = read_specs(parser, options, "listed")
    if options.json:
        documents: Plain = [
            _document(reading) for reading in readings if reading.meaning
        ]
        return write(json.dumps(documents, indent=2) + "\n", readings)
    return write(
        "".join(line for reading in readings for line in _lines(reading)), readings
    )


def _lists(reading: Reading) -> Sequence[ToolList]:
    return tool_lists(reading.meaning.capability) if reading.meaning else ()


def _lines(reading: Reading) -> Iterator[str]:
    spec = line_start(str(reading.spec))
    for tool_list in _lists(reading):
        count = (
            "1 tool" if len(tool_list.tools) == 1 else f"{len(tool_list.tools)} tools"
        )
        yield (
            f"{spec}: tools/list of {safe(tool_list.namespace)}: {count},"
            f" {in_words(tool_list.tokens)}\n"
        )
        for rung in tool_list.rungs:
            yield f"  {-rung.saved:>7,}  without {rung.name}\n"
        for tool in sorted(tool_list.tools, key=lambda tool: -tool.tokens):
            yield f"  {tool.tokens:>7,}  {safe(tool.name)}\n"


def _document(reading: Reading) -> Plain:
    return {
        "spec": str(reading.spec),
        "servers": [
            {
                "namespace": tool_list.namespace,
                "tokens": tool_list.tokens,
                "saved": {rung.name: rung.saved for rung in tool_list.rungs},
                "tools": [
                    {"name": tool.name, "tokens": tool.tokens}
                    for tool in tool_list.tools
                ],
            }
            for tool_list in _lists(reading)
        ],
    }


def tool_sizes(api: Api, wishes: Wishes) -> list[tuple[Operation, int]]:
    """Return the operations, each with about how many tokens its tool takes.

    The tools are those of the capability that the import would write, as its MCP
    server would list them.

    Raises:
        TooLargeError: The capability would be larger than a capability can be.
    """
    wishes = replace(wishes, adapters=("mcp",), by_tag=False, location=None)
    text = capability(api, wishes).text
    reading = read(Path(wishes.source), Options(Path()), text.encode())
    servers = tool_lists(reading.meaning.capability) if reading.meaning else ()
    tokens = {tool.name: tool.tokens for server in servers for tool in server.tools}
    return [(item, tokens.get(name, 0)) for name, item in named_operations(api, wishes)]
