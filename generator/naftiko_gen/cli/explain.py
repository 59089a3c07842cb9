"""The command `naftiko-gen explain`: it explains each route and tool of specs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Sequence
from itertools import islice
from typing import NoReturn

from naftiko_gen.cli.arguments import READING, SKIP_UNRESOLVED, SPECS, TRACEBACK
from naftiko_gen.cli.readings import read_specs, write
from naftiko_gen.diagnostics import Exit, nearest, quote, rendering, safe
from naftiko_gen.tools.explain import explain
from naftiko_gen.tools.explain.explanation import Explanation, json_text
from naftiko_gen.tools.explain.text import text_of

_LISTED = 20
_CUT = 76

DESCRIPTION = """\
Explain each route and tool of a spec: its inputs, its calls of upstreams, the origin
of each value that is sent, its output, and the compiler's assumptions, by line.
`a <- b` reads "a is made of b". Nothing is written.
"""
EPILOG = """\
examples:
  naftiko-gen explain specs/training-runs.yaml
  naftiko-gen explain specs/training-runs.yaml --only prime-intellect-deleterun
  naftiko-gen explain 'specs/*.yaml' --json
"""


ARGUMENTS = f"""\
{SPECS}
--only NAME  a tool by its name, or a route such as 'GET /books/{{id}}'
--json  one JSON document, for programs
{READING}
{SKIP_UNRESOLVED}
{TRACEBACK}"""


def perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """Explain the specs; fail unless all of them have a meaning."""
    readings = read_specs(parser, options, "explained")
    explanations = [
        explain(str(reading.spec), reading.meaning, reading.diagnostics)
        for reading in readings
        if reading.meaning is not None
    ]
    if options.only is not None and explanations:
        explanations = _select(parser, explanations, options.only)
    color = rendering.has_colors(sys.stdout, options.color)
    text = (
        json_text(explanations)
        if options.json
        else "\n".join(text_of(item, color=color) for item in explanations)
    )
    return write(text, readings)


def _select(
    parser: argparse.ArgumentParser, explanations: Sequence[Explanation], title: str
) -> list[Explanation]:
    titles = [name for explanation in explanations for name in explanation.titles]
    if title not in titles:
        _refuse_unknown(parser, title, dict.fromkeys(titles))
    return [
        explanation.only(title)
        for explanation in explanations
        if title in explanation.titles
    ]


def _refuse_unknown(
    parser: argparse.ArgumentParser, title: str, titles: Collection[str]
) -> NoReturn:
    """Refuse an unknown title, with the nearest one and a list of all."""
    near = nearest(title, titles)
    hint = f"; did you mean {quote(near, len(near) + 1)}?" if near else ""
    names = [safe(name)[:_CUT] for name in islice(titles, _LISTED)]
    if len(titles) > _LISTED:
        names.append(f"and {len(titles) - _LISTED} more")
    lines = "".join(f"  {name}\n" for name in names)
    why = f"--only: unknown route or tool {quote(title)}{hint}"
    # An error of the parser is one line.
    parser.exit(Exit.USAGE, f"{parser.prog}: error: {why}\nthere are:\n{lines}")
