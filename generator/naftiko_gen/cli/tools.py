"""The command `naftiko-gen tools`: it lists tools, and remarks about their texts."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.cli.readings import read_specs, write
from naftiko_gen.configuration import command_line
from naftiko_gen.configuration.options import Options, has_errors, judge
from naftiko_gen.diagnostics import rendering
from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.quoting import line_start, safe
from naftiko_gen.emit.tools.lists import tool_lists
from naftiko_gen.frontend import read
from naftiko_gen.language.tokens import in_words
from naftiko_gen.openapi.write.capability import capability, named_operations
from naftiko_gen.tools.quality.checks import check_tools

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.emit.tools.lists import ListedTool, ToolList
    from naftiko_gen.frontend import Reading
    from naftiko_gen.openapi.read.api import Api, Operation
    from naftiko_gen.openapi.write.capability import Wishes


DESCRIPTION = """\
List the tools of each MCP server of a spec, the largest first: about how many tokens a
client's model reads for each of them, its effect and its group. Remarks say which tools
a model may mix up, which ones don't say their purpose, and which arguments have no
description.
"""
EPILOG = """\
A model chooses a tool by its name and the first sentence of its description, and pays
for all tools with each request. The remarks are warnings (`confusable-tools`,
`missing-purpose`) and notes (`undescribed-input`), which no other command reports. The
configuration makes errors of them, or silences them:

  [tool.naftiko-gen.codes]
  confusable-tools = "error"

examples:
  naftiko-gen tools specs/training-runs.yaml
  naftiko-gen tools 'specs/*.yaml' --json
  naftiko-gen tools --strict --format github     # in CI: exit 1 on any remark

exit codes: 0 no remark is an error; 1 one is, or a spec is wrong; 2 wrong usage or
configuration; 70 a fault of naftiko-gen itself
"""
_WIDEST = 24
"""The most columns of a group."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command_line.add_specs(parser)
    parser.add_argument(
        "--format",
        choices=("text", "json", "github", "sarif"),
        default="text",
        help="text for people, one JSON document for programs, or the remarks alone:"
        " commands by which GitHub annotates pull requests, or SARIF for code scanning"
        " (default: %(default)s)",
    )
    parser.add_argument(
        "--json",
        action="store_const",
        dest="format",
        const="json",
        help="the same as --format json",
    )
    parser.add_argument(
        "--strict",
        dest="is_strict",
        action="store_true",
        help="make an error of each remark",
    )
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument(
        "-q", "--quiet", action="store_true", help="print errors alone, and no list"
    )
    amount.add_argument(
        "-v", "--verbose", action="store_true", help="print the notes, too"
    )
    command_line.add_reading(parser)
    command_line.add_skip_unresolved(parser)
    command_line.add_surface(parser)
    parser.add_argument(
        "--traceback", action="store_true", help="show where an internal error arose"
    )


def perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """List tools and remarks; fail if a spec or a remark is an error."""
    readings = read_specs(parser, options, "listed")
    settings = command_line.settings_of_reading(options)
    judging = replace(settings.options, strict=options.is_strict)
    listings = [
        Listing(
            reading, judge(check_tools(reading.meaning, str(reading.spec)), judging)
        )
        for reading in readings
        if reading.meaning
    ]
    code = write(_text(listings, options), readings)
    if options.format == "text":
        _print_remarks(listings, options)
    is_refused = any(has_errors(listing.remarks) for listing in listings)
    return Exit.FAILED if is_refused else code


@dataclass(frozen=True)
class Listing:
    """A spec with a meaning, and the remarks about its tools."""

    reading: Reading
    remarks: tuple[Diagnostic, ...]

    @property
    def lists(self) -> tuple[ToolList, ...]:
        """Return the tools of each server."""
        meaning = self.reading.meaning
        return tool_lists(meaning.capability) if meaning else ()


def _text(listings: Sequence[Listing], options: argparse.Namespace) -> str:
    """Return the standard output of the command."""
    match options.format:
        case "json":
            return json.dumps(list(map(_document, listings)), indent=2) + "\n"
        case "text":
            lists = () if options.quiet else listings
            return "".join(line for listing in lists for line in _lines(listing))
        case form:
            remarks = [remark for listing in listings for remark in listing.remarks]
            return rendering.document(form, remarks, ())


def _lines(listing: Listing) -> Iterator[str]:
    spec = line_start(str(listing.reading.spec))
    for tool_list in listing.lists:
        count = len(tool_list.tools)
        tools = "1 tool" if count == 1 else f"{count} tools"
        server, tokens = safe(tool_list.namespace), in_words(tool_list.tokens)
        yield f"{spec}: tools/list of {server}: {tools}, {tokens}\n"
        for rung in tool_list.rungs:
            yield f"  {-rung.saved:>7,}  without {rung.name}\n"
        yield from _table(tool_list)


def _table(tool_list: ToolList) -> Iterator[str]:
    """Yield a line for each tool, the largest first."""
    width = max(len(_group(tool)) for tool in tool_list.tools)
    for tool in sorted(tool_list.tools, key=lambda tool: -tool.tokens):
        effect, group = f"{tool.effect.value:<11}", _group(tool).ljust(width)
        yield f"  {tool.tokens:>7,}  {effect}  {group}  {safe(tool.name)}\n"


def _group(tool: ListedTool) -> str:
    group = safe(tool.group)
    return group if len(group) <= _WIDEST else f"{group[: _WIDEST - 1]}…"


def _document(listing: Listing) -> dict[str, object]:
    return {
        "spec": str(listing.reading.spec),
        "servers": [
            {
                "namespace": tool_list.namespace,
                "tokens": tool_list.tokens,
                "saved": {rung.name: rung.saved for rung in tool_list.rungs},
                "tools": [
                    {
                        "name": tool.name,
                        "tokens": tool.tokens,
                        "effect": tool.effect.value,
                        "group": tool.group,
                    }
                    for tool in tool_list.tools
                ],
            }
            for tool_list in listing.lists
        ],
        "remarks": [rendering.json_object(item) for item in listing.remarks],
    }


def _print_remarks(listings: Sequence[Listing], options: argparse.Namespace) -> None:
    """Print the remarks for people, and how many notes are left out."""
    color = rendering.has_colors(sys.stderr, options.color)
    for listing in listings:
        shown_remarks = [
            remark for remark in listing.remarks if _is_shown(remark.severity, options)
        ]
        sources, spec = listing.reading.sources, safe(str(listing.reading.spec))
        text = rendering.text(
            shown_remarks, sources, verbose=options.verbose, color=color
        )
        print(text, end="", file=sys.stderr)
        notes = len(listing.remarks) - len(shown_remarks)
        if notes and not options.quiet:
            noun = "note" if notes == 1 else "notes"
            print(f"{spec}: {notes} {noun}; -v lists them", file=sys.stderr)


def _is_shown(severity: Severity, options: argparse.Namespace) -> bool:
    if options.quiet:
        return severity is Severity.ERROR
    return options.verbose or severity is not Severity.NOTE


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
