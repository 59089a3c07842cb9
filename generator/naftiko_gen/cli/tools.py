"""The command `naftiko-gen tools`: it lists tools, and remarks about their texts."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from naftiko_gen.cli import streams
from naftiko_gen.cli.arguments import (
    READING,
    SKIP_UNRESOLVED,
    SPECS,
    SURFACES,
    TRACEBACK,
)
from naftiko_gen.cli.readings import read_specs, write
from naftiko_gen.configuration import command_line
from naftiko_gen.configuration.options import Options, has_errors, judge
from naftiko_gen.diagnostics import (
    Diagnostic,
    Exit,
    Severity,
    count,
    line_start,
    rendering,
    safe,
)
from naftiko_gen.emit.tools.lists import ListedTool, ToolList
from naftiko_gen.frontend import Meaning, Reading
from naftiko_gen.openapi.prose import in_words
from naftiko_gen.tools.quality.intents import ForeignFileError, eval_lines, write_evals
from naftiko_gen.tools.quality.listing import Server, list_tools
from naftiko_gen.tools.quality.recall import DEPTHS

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
  naftiko-gen tools specs/orders.yaml --evals evals/orders.jsonl

exit codes: 0 no remark is an error; 1 one is, or a spec is wrong; 2 wrong usage or
configuration; 70 a fault of naftiko-gen itself
"""
_WIDEST = 24
"""The most columns of a group."""


ARGUMENTS = f"""\
{SPECS}
--format text|json|github|sarif = text  text for people, one JSON document for programs,
  or only the remarks: commands by which GitHub annotates pull requests, or SARIF for
  code scanning (default: %(default)s)
--json > format=json  the same as --format json
--strict > is_strict  make an error of each remark
| -q, --quiet  print only errors, and no list
| -v, --verbose  print the notes, too
--evals FILE  write a line of JSON for each task that the spec states: its words, and
  the tools that a model should and shouldn't call; never over other files
--recall  say how often the search surface finds the tools of these tasks among the
  first 1, 5 and 10 results
--arazzo FILE...  take tasks from the workflows of this Arazzo document, too (default:
  arazzo.yaml or SPEC.arazzo.yaml, or .json, beside the spec); repeatable
{READING}
{SKIP_UNRESOLVED}
{SURFACES}
{TRACEBACK}"""


def perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """List tools and remarks; fail if a spec or a remark is an error."""
    readings = read_specs(parser, options, "listed")
    settings = command_line.settings_of_reading(options)
    pages = [
        _Page(reading, reading.meaning, options, settings.options)
        for reading in readings
        if reading.meaning
    ]
    code = write(_text(pages, options), readings)
    if options.format == "text":
        for page in pages:
            page.print_remarks()
    is_refused = any(has_errors(page.remarks) for page in pages)
    is_written = options.evals is None or _write_evals(options.evals, pages)
    return Exit.FAILED if is_refused or not is_written else code


class _Page:
    """The lines about a spec, and the remarks with the severities of this run."""

    def __init__(
        self,
        reading: Reading,
        meaning: Meaning,
        options: argparse.Namespace,
        settings: Options,
    ) -> None:
        wants_tasks = options.recall or options.evals is not None
        self.listing = list_tools(
            reading.spec, meaning, options.arazzo, wants_tasks=wants_tasks
        )
        judging = replace(settings, strict=options.is_strict)
        self.remarks = judge(self.listing.remarks, judging)
        self._sources = {**reading.sources, **self.listing.sources}
        self._options = options

    def lines(self) -> Iterator[str]:
        """Yield the lists of servers for people."""
        spec = line_start(str(self.listing.spec))
        for server in self.listing.servers:
            name, tokens = safe(server.tools.namespace), in_words(server.tools.tokens)
            tools = count(len(server.tools.tools), "tool")
            yield f"{spec}: tools/list of {name}: {tools}, {tokens}\n"
            yield from _table(server.tools)
            yield "  surfaces:\n"
            for surface, tool_list in server.surfaces.items():
                steps = "".join(
                    f"; without {rung.name} {-rung.saved:,}" for rung in tool_list.rungs
                )
                tools = f"{surface.value}, {count(len(tool_list.tools), 'tool')}"
                yield f"  {tool_list.tokens:>7,}  {tools}{steps}\n"
            if self._options.recall:
                yield from _recall_lines(server)

    def print_remarks(self) -> None:
        """Print the remarks for people, and how many notes are left out.

        Without -v, a remark is a line, and the hint of a code stands behind them.
        """
        color = self._options.color
        shown_remarks = [item for item in self.remarks if self._is_shown(item.severity)]
        if self._options.verbose:
            streams.show(shown_remarks, self._sources, color, verbose=True)
        else:
            has_colors = rendering.has_colors(sys.stderr, color)
            text = rendering.brief(shown_remarks, color=has_colors)
            hints = "".join(self._hints(shown_remarks))
            print(f"{text}{hints}", end="", file=sys.stderr)
        notes = len(self.remarks) - len(shown_remarks)
        if notes and not self._options.quiet:
            streams.say(self.listing.spec, f"{count(notes, 'note')}; -v lists them")

    def _hints(self, remarks: Sequence[Diagnostic]) -> Iterator[str]:
        """Yield for each code how often it occurs, and its hint."""
        counts = Counter((item.code.slug, item.advice) for item in remarks)
        for (slug, advice), number in counts.most_common():
            hint = f": {advice}" if advice else ""
            yield f"{line_start(str(self.listing.spec))}: {number} {slug}{hint}\n"

    def _is_shown(self, severity: Severity) -> bool:
        if self._options.quiet:
            return severity is Severity.ERROR
        return self._options.verbose or severity is not Severity.NOTE

    def document(self) -> dict[str, object]:
        """Return the lists and remarks for programs."""
        return {
            "spec": str(self.listing.spec),
            "servers": [
                _server(server, wants_recall=self._options.recall)
                for server in self.listing.servers
            ],
            "remarks": [rendering.json_object(item) for item in self.remarks],
        }


def _text(pages: Sequence[_Page], options: argparse.Namespace) -> str:
    """Return the standard output of the command."""
    match options.format:
        case "json":
            documents = [page.document() for page in pages]
            return json.dumps(documents, indent=2) + "\n"
        case "text":
            shown_pages = () if options.quiet else pages
            return "".join(line for page in shown_pages for line in page.lines())
        case form:
            remarks = [remark for page in pages for remark in page.remarks]
            return rendering.document(form, remarks, ())


def _server(server: Server, *, wants_recall: bool) -> dict[str, object]:
    recalls = server.recalls if wants_recall else ()
    return {
        "namespace": server.tools.namespace,
        "tokens": server.tools.tokens,
        "saved": {rung.name: rung.saved for rung in server.tools.rungs},
        "tools": [
            {
                "name": tool.name,
                "tokens": tool.tokens,
                "effect": tool.effect.value,
                "group": tool.group,
            }
            for tool in server.tools.tools
        ],
        "surfaces": {
            surface.value: {
                "tools": len(tool_list.tools),
                "tokens": tool_list.tokens,
            }
            for surface, tool_list in server.surfaces.items()
        },
        "recall": {
            recall.source: {
                "tasks": recall.tasks,
                "at": dict(zip(map(str, DEPTHS), recall.percentages, strict=True)),
            }
            for recall in recalls
        },
    }


def _recall_lines(server: Server) -> Iterator[str]:
    depths = "".join(f"{f'first {depth}':>10}" for depth in DEPTHS)
    yield f"  tasks whose tools the search finds:\n{depths:>53}\n"
    for recall in server.recalls:
        shares = "".join(f"{share:>8} %" for share in recall.percentages)
        yield f"  {recall.tasks:>7,}  {recall.source:<12}{shares}\n"


def _write_evals(file: Path, pages: Sequence[_Page]) -> bool:
    """Write the tasks of all specs; return False after saying why that fails."""
    servers = [server for page in pages for server in page.listing.servers]
    name = safe(str(file))
    try:
        write_evals(file, "".join(eval_lines(it.id, it.intents) for it in servers))
    except ForeignFileError:
        why = "it has other lines than this command writes; name another file"
    except (OSError, ValueError) as failure:
        why = safe(getattr(failure, "strerror", None) or str(failure))
    else:
        count = sum(len(server.intents) for server in servers)
        print(f"wrote {count} tasks to {name}", file=sys.stderr)
        return True
    print(f"can't write {name}: {why}", file=sys.stderr)
    return False


def _table(tool_list: ToolList) -> Iterator[str]:
    """Yield a line for each tool, the largest first."""
    width = max(len(_group(tool)) for tool in tool_list.tools)
    for tool in sorted(tool_list.tools, key=lambda tool: -tool.tokens):
        effect, group = f"{tool.effect.value:<11}", _group(tool).ljust(width)
        yield f"  {tool.tokens:>7,}  {effect}  {group}  {safe(tool.name)}\n"


def _group(tool: ListedTool) -> str:
    group = safe(tool.group)
    return group if len(group) <= _WIDEST else f"{group[: _WIDEST - 1]}…"
