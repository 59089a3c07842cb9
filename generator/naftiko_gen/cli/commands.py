"""The commands of the command line, each imported when it is needed.

The command without a name compiles specs.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from naftiko_gen.cli.parser import Parser
from naftiko_gen.diagnostics import rendering

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.exits import Exit

_MODULES = {
    "budget": "tools",
    "deploy": "deploy",
    "drift": "drift",
    "explain": "explain",
    "fix": "fix",
    "import": "import_",
    "init": "init",
    "run": "run",
    "runtime": "runtime",
    "schema": "schema",
    "tools": "tools",
    "update": "update",
}
"""The module of each command that has a name; `budget` is the older name of `tools`."""
NAMES = tuple(_MODULES)


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


def parser_of(name: str | None, module: Command, *, is_in_line: bool = False) -> Parser:
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
        choices=rendering.CHOICES,
        default="auto",
        help="whether messages have colours; auto: on a terminal, unless the"
        " environment says otherwise (default: %(default)s)",
    )
    return parser


def command(name: str | None) -> Command:
    """Return a command; no other command is imported."""
    module = _MODULES[name] if name else "compile"
    return cast("Command", import_module(f"naftiko_gen.cli.{module}"))
