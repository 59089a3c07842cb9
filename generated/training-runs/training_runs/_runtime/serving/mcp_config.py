"""The options of the command `mcp-config`; its other modules are imported to run it."""

import argparse

from .command import Commands, add_choice, add_listener, add_mock, add_namespace
from .program import Program

NAMES = (
    *("claude-desktop", "claude-code", "vscode", "cursor", "codex", "gemini"),
    *("windsurf", "zed"),
)
SHELL = "claude-mcp-add"
PURPOSE = (
    "print the configuration of this server for an MCP client, install or uninstall it"
)


def add_mcp_config(commands: Commands, program: Program) -> None:
    """Add the subcommand and its options."""
    command = commands.add_parser("mcp-config", help=PURPOSE, description=PURPOSE)
    command.set_defaults(action=lambda options: _run(program, options))
    add_namespace(command, program.mcp)
    command.add_argument(
        "--client",
        nargs="?",
        choices=(*NAMES, SHELL),
        metavar="NAME",
        help=f"the client: {', '.join(NAMES)}; {SHELL} prints a line for a shell; "
        "without a name: list the clients and their files",
    )
    change = command.add_mutually_exclusive_group()
    change.add_argument(
        "--install",
        action="store_true",
        help="add it to the client's file, and keep a copy of the file before",
    )
    change.add_argument(
        "--uninstall",
        action="store_true",
        help="remove it from the client's file, and keep a copy of the file before",
    )
    command.add_argument(
        "--project",
        action="store_true",
        help="take the client's file in the current directory, not the user's; it may "
        "be committed, so it names no path of this machine",
    )
    command.add_argument(
        "--http",
        action="store_true",
        help="name the URL of the running server, not a command that starts it; "
        "--port and --host say where it listens",
    )
    made_up = "start a server with made-up data"
    add_mock(command, made_up, is_shown=program.has_client)
    add_listener(command, program.mcp, single=True)
    add_choice(command, program.mcp, single=True)


def _run(program: Program, options: argparse.Namespace) -> None:
    from .mcp_setup import configure  # a server doesn't need it

    configure(program, options)
