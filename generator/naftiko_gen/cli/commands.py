"""The commands of the command line and their parser, whose errors are one line.

Each is imported when it is needed. The command without a name compiles specs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, NoReturn, Protocol, cast

from naftiko_gen.cli import streams
from naftiko_gen.cli.arguments import COLOR, declare
from naftiko_gen.diagnostics import Exit, nearest, quote, safe
from naftiko_gen.diagnostics.version import VERSION

_SHOWN = 3
"""The most unexpected arguments that a message has."""


class Parser(argparse.ArgumentParser):
    """Parser whose errors are one line, followed by a pointer to `--help`.

    Errors hold no control characters. A failure to write help or version is reported.
    """

    def parse(self, arguments: Sequence[str], options: argparse.Namespace) -> None:
        """Parse the arguments into `options`; refuse unknown ones."""
        _, rest = self.parse_known_args(arguments, options)
        unknown = next((word for word in rest if word.startswith("-")), None)
        if unknown is not None:
            self._refuse_option(unknown.partition("=")[0])
        if rest:
            noun = "argument" if len(rest) == 1 else "arguments"
            more = f" and {len(rest) - _SHOWN} more" if len(rest) > _SHOWN else ""
            words = ", ".join(map(quote, rest[:_SHOWN])) + more
            self.error(f"unexpected {noun} {words}{self._number_taken()}")

    def _number_taken(self) -> str:
        """Return how many documents a command takes, if it takes one."""
        positionals = self._get_positional_actions()
        singles = [action.metavar for action in positionals if action.nargs is None]
        return f": it takes one {singles[-1]} at a time" if singles else ""

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments; they may be in the message as they were typed."""
        advice = f"try '{self.prog} --help'"
        self.exit(Exit.USAGE, f"{self.prog}: error: {safe(message)}\n{advice}\n")

    def _refuse_option(self, name: str) -> NoReturn:
        options = (
            option for option in self._option_string_actions if option.startswith("--")
        )
        self.error(f"unknown option {quote(name)}{did_you_mean(name, options)}")

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """Refuse an empty text: an unset variable of a shell leaves one.

        As a path it would be the current directory.
        """
        if not arg_string:
            raise argparse.ArgumentError(action, "the value is empty")
        return super()._get_value(action, arg_string)

    def _check_value(self, action: argparse.Action, value: object) -> None:
        """Refuse a value that isn't one of the choices."""
        choices = [str(choice) for choice in action.choices or ()]
        if choices and value not in choices:
            # A question can be wrong, so it doesn't replace the list.
            alternatives = f"(choose from {', '.join(choices)})"
            question = did_you_mean(str(value), choices)
            why = f"invalid choice: {quote(value)} {alternatives}{question}"
            raise argparse.ArgumentError(action, why)

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is sys.stderr:
            super()._print_message(message, file)
        else:
            streams.write(message)


def did_you_mean(name: str, known_names: Iterable[str]) -> str:
    """Return a question for the end of a message; empty if no known name is near."""
    near = nearest(name, known_names)
    return f"; did you mean {safe(near)}?" if near else ""


NAMES = (
    *("budget", "deploy", "drift", "explain", "fix", "import"),
    *("init", "run", "runtime", "schema", "tools", "update"),
)
"""The commands that have a name; `budget` is the older name of `tools`."""
_MODULES = {None: "compile", "budget": "tools", "import": "import_"}
"""The modules that don't have the name of their command."""


class Command(Protocol):
    """A module of this package that is a command: its help, arguments and action."""

    DESCRIPTION: str
    EPILOG: str
    ARGUMENTS: str

    def perform(
        self, parser: argparse.ArgumentParser, options: argparse.Namespace
    ) -> Exit:
        """Carry out the command; the parser refuses wrong arguments."""


def command(name: str | None) -> Command:
    """Return a command; no other command is imported."""
    module = _MODULES.get(name, name)
    return cast("Command", import_module(f"naftiko_gen.cli.{module}"))


def parser_of(name: str | None, module: Command, *, is_in_line: bool = False) -> Parser:
    """Return the parser of a command: its own arguments, and the common ones.

    Args:
        name: The name of the command.
        module: The command.
        is_in_line: Whether the name stands among the arguments.
    """
    parser = Parser(
        prog=f"naftiko-gen {name}" if name else "naftiko-gen",
        usage=getattr(module, "USAGE", None),
        description=module.DESCRIPTION,
        epilog=module.EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if name is not None and is_in_line:
        parser.add_argument("command", choices=(name,))
    declare(parser, module.ARGUMENTS)
    if name is None:
        version = f"naftiko-gen {VERSION}"
        parser.add_argument("--version", action="version", version=version)
    declare(parser, COLOR)
    return parser
