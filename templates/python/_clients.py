"""How MCP clients are told to start this package's server."""

from collections.abc import Callable
from typing import Any

Entry = dict[str, Any]


def _plain(name: str, entry: Entry, variables: tuple[str, ...]) -> Entry:
    return {"mcpServers": {name: {**entry, "env": {v: f"<{v}>" for v in variables}}}}


def _claude_code(name: str, entry: Entry, variables: tuple[str, ...]) -> Entry:
    env = {v: f"${{{v}}}" for v in variables}
    return {"mcpServers": {name: {"type": "stdio", **entry, "env": env}}}


def _cursor(name: str, entry: Entry, variables: tuple[str, ...]) -> Entry:
    env = {v: f"${{env:{v}}}" for v in variables}
    return {"mcpServers": {name: {**entry, "env": env}}}


def _vscode(name: str, entry: Entry, variables: tuple[str, ...]) -> Entry:
    """VS Code asks for the values and keeps them out of the file."""
    inputs = [
        {"type": "promptString", "id": v, "description": v, "password": True}
        for v in variables
    ]
    env = {v: f"${{input:{v}}}" for v in variables}
    server = {"type": "stdio", **entry, "env": env}
    return {"inputs": inputs, "servers": {name: server}}


CLIENTS: dict[str, Callable[[str, Entry, tuple[str, ...]], Entry]] = {
    "claude-desktop": _plain,
    "claude-code": _claude_code,
    "vscode": _vscode,
    "cursor": _cursor,
}
"""Client to configuration: the server's name, how to start it, its variables."""
