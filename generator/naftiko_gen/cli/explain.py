"""The command `naftiko-gen explain`: it explains each route and tool of specs."""

from __future__ import annotations

import sys
from itertools import islice
from typing import TYPE_CHECKING, NoReturn

from naftiko_gen.cli.readings import read_specs, write
from naftiko_gen.configuration import command_line
from naftiko_gen.diagnostics import rendering
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.quoting import nearest, quote, safe
from naftiko_gen.tools.explain import explain
from naftiko_gen.tools.explain.explanation import Explanation, json_text
from naftiko_gen.tools.explain.text import text_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection, Iterator, Sequence

    from naftiko_gen.frontend import Reading

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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command_line.add_specs(parser)
    parser.add_argument(
        "--only",
        metavar="NAME",
        help="a tool by its name, or a route such as 'GET /books/{id}'",
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON document, for programs"
    )
    command_line.add_reading(parser)
    command_line.add_skip_unresolved(parser)
    parser.add_argument(
        "--traceback", action="store_true", help="show where an internal error arose"
    )


def perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """Explain the specs; fail unless all of them have a meaning."""
    readings = read_specs(parser, options, "explained")
    explanations = list(_explain(readings))
    if options.only is not None and explanations:
        explanations = _select(parser, explanations, options.only)
    text = _text(explanations, options.color, is_json=options.json)
    return write(text, readings)


def _text(
    explanations: Sequence[Explanation], choice: rendering.Choice, *, is_json: bool
) -> str:
    if is_json:
        return json_text(explanations)
    color = rendering.has_colors(sys.stdout, choice)
    return "\n".join(text_of(explanation, color=color) for explanation in explanations)


def _explain(readings: Sequence[Reading]) -> Iterator[Explanation]:
    for reading in readings:
        if reading.meaning is not None:
            yield explain(str(reading.spec), reading.meaning, reading.diagnostics)


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
