"""The commands of the command line, each imported when it is needed.

The command without a name compiles specs.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Protocol, assert_never

from naftiko_gen.cli.parser import Parser
from naftiko_gen.diagnostics import colors

if TYPE_CHECKING:
    from naftiko_gen.cli.names import Name
    from naftiko_gen.diagnostics.exits import Exit


class Command(Protocol):
    """A module of this package that is a command: its help, arguments and action."""

    DESCRIPTION: str
    EPILOG: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""

    def perform(
        self, parser: argparse.ArgumentParser, options: argparse.Namespace
    ) -> Exit:
        """Carry out the command; the parser refuses wrong arguments."""


def parser_of(
    name: Name | None, module: Command, *, is_in_line: bool = False
) -> Parser:
    """Return the parser of a command: its own arguments, and the common ones.

    Args:
        name: The name of the command.
        module: The command.
        is_in_line: Whether the name stands among the arguments.
    """
    parser = Parser(
        prog=f"naftiko-gen {name}" if name else "naftiko-gen",
        description=module.DESCRIPTION,
        epilog=module.EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if name is not None and is_in_line:
        parser.add_argument("command", choices=(name,))
    module.add_arguments(parser)
    parser.add_argument(
        "--color",
        choices=colors.CHOICES,
        default="auto",
        help="whether messages have colours; auto: on a terminal, unless the"
        " environment says otherwise (default: %(default)s)",
    )
    return parser


def command(name: Name | None) -> Command:
    """Return a command; no other command is imported."""
    match name:
        case None:
            from naftiko_gen.cli import compile as compiling

            return compiling
        case "budget":
            from naftiko_gen.cli import budget

            return budget
        case "drift":
            from naftiko_gen.cli import drift

            return drift
        case "explain":
            from naftiko_gen.cli import explain as explaining

            return explaining
        case "fix":
            from naftiko_gen.cli import fix as fixing

            return fixing
        case "import":
            from naftiko_gen.cli import import_

            return import_
        case "init":
            from naftiko_gen.cli import init

            return init
        case "run":
            from naftiko_gen.cli import run as running

            return running
        case "runtime":
            from naftiko_gen.cli import runtime

            return runtime
        case "schema":
            from naftiko_gen.cli import schema

            return schema
        case "update":
            from naftiko_gen.cli import update

            return update
        case _:
            assert_never(name)
