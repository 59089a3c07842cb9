"""MCP clients: their configuration of a server, and the files that hold it."""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Started:
    """A server that the client starts, with the variables that it needs."""

    name: str
    command: str
    args: tuple[str, ...]
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs already."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Places:
    """The directories of a user, from which the places of files follow."""

    platform: str
    home: Path
    env: Mapping[str, str]

    @property
    def applications(self) -> Path:
        """Return the directory of what applications keep for the user."""
        if self.platform == "win32":
            return self._named("APPDATA", "AppData/Roaming")
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        return self.configuration

    @property
    def configuration(self) -> Path:
        """Return the directory for configuration, by the rules of Linux."""
        return self._named("XDG_CONFIG_HOME", ".config")

    @property
    def codex(self) -> Path:
        """Return the directory of Codex."""
        return self._named("CODEX_HOME", ".codex")

    @property
    def zed(self) -> Path:
        """Return the directory of Zed, which is the same on macOS and on Linux."""
        if self.platform == "win32":
            return self.applications / "Zed"
        if self.platform == "darwin":
            return self.home / ".config" / "zed"
        return self.configuration / "zed"

    def _named(self, variable: str, default: str) -> Path:
        value = self.env.get(variable, "")
        return Path(value) if Path(value).is_absolute() else self.home / default


@dataclass(frozen=True, slots=True)
class Client:
    """A client: how it writes down a server, and where.

    `servers` is the member of the file that holds the servers. `start` describes a
    server to start, and `connect` one at a URL. `project` is the file in a project.
    """

    servers: str
    start: Callable[[Started], JsonObject]
    connect: Callable[[str], JsonObject] | None
    file: Callable[[Places], Path]
    project: str = ""
    questions: Callable[[Started], list[JsonObject]] | None = None
    has_placeholders: bool = False

    def document(self, server: Started | Running) -> JsonObject:
        """Return what the file has to have for a server."""
        match server:
            case Started():
                asked = self.questions(server) if self.questions else []
                inputs = {"inputs": asked} if asked else {}
                return {**inputs, self.servers: {server.name: self.start(server)}}
            case Running():
                if self.connect is None:
                    raise ValueError("the client connects to no URL")
                return {self.servers: {server.name: self.connect(server.url)}}


def _plain(server: Started) -> JsonObject:
    """Describe a server by members that many clients know; values are to fill in."""
    return {**_command(server), **_env(server, "<{}>")}


def _claude_code(server: Started) -> JsonObject:
    return {"type": "stdio", **_command(server), **_env(server, "${{{}}}")}


def _cursor(server: Started) -> JsonObject:
    return {**_command(server), **_env(server, "${{env:{}}}")}


def _vscode(server: Started) -> JsonObject:
    return {"type": "stdio", **_command(server), **_env(server, "${{input:{}}}")}


def _vscode_questions(server: Started) -> list[JsonObject]:
    """VS Code asks for the values and keeps them out of the file."""
    return [
        {"type": "promptString", "id": one, "description": one, "password": True}
        for one in server.variables
    ]


def _gemini(server: Started) -> JsonObject:
    return {**_command(server), **_env(server, "${}")}


def _codex(server: Started) -> JsonObject:
    """Codex passes on variables of its own environment that are named."""
    names = {"env_vars": list(server.variables)} if server.variables else {}
    return {**_command(server), **names}


def _zed(server: Started) -> JsonObject:
    return {"source": "custom", **_plain(server)}


def _command(server: Started) -> JsonObject:
    return {"command": server.command, "args": list(server.args)}


def _env(server: Started, reference: str) -> JsonObject:
    """Return references to variables: a secret never stands in the file."""
    env = {one: reference.format(one) for one in server.variables}
    return {"env": env} if env else {}


def _typed(url: str) -> JsonObject:
    return {"type": "http", "url": url}


def claude_mcp_add(server: Started | Running) -> str:
    """Return the line for a shell that adds a server to Claude Code."""
    match server:
        case Running():
            words = ["--transport", "http", server.name, server.url]
        case Started():
            # In quotes, so that the shell doesn't put the value there.
            env = [f"--env={one}=${{{one}}}" for one in server.variables]
            started = [server.name, "--", server.command, *server.args]
            words = [*env, "--transport", "stdio", *started]
    return shlex.join(["claude", "mcp", "add", *words])


CLIENTS: dict[str, Client] = {
    "claude-desktop": Client(
        servers="mcpServers",
        start=_plain,
        connect=None,
        file=lambda one: one.applications / "Claude" / "claude_desktop_config.json",
        has_placeholders=True,
    ),
    "claude-code": Client(
        servers="mcpServers",
        start=_claude_code,
        connect=_typed,
        file=lambda one: one.home / ".claude.json",
        project=".mcp.json",
    ),
    "vscode": Client(
        servers="servers",
        start=_vscode,
        connect=_typed,
        file=lambda one: one.applications / "Code" / "User" / "mcp.json",
        project=".vscode/mcp.json",
        questions=_vscode_questions,
    ),
    "cursor": Client(
        servers="mcpServers",
        start=_cursor,
        connect=lambda url: {"url": url},
        file=lambda one: one.home / ".cursor" / "mcp.json",
        project=".cursor/mcp.json",
    ),
    "codex": Client(
        servers="mcp_servers",
        start=_codex,
        connect=lambda url: {"url": url},
        file=lambda one: one.codex / "config.toml",
    ),
    "gemini": Client(
        servers="mcpServers",
        start=_gemini,
        connect=lambda url: {"httpUrl": url},
        file=lambda one: one.home / ".gemini" / "settings.json",
        project=".gemini/settings.json",
    ),
    "windsurf": Client(
        servers="mcpServers",
        start=_cursor,
        connect=lambda url: {"serverUrl": url},
        file=lambda one: one.home / ".codeium" / "windsurf" / "mcp_config.json",
    ),
    "zed": Client(
        servers="context_servers",
        start=_zed,
        connect=lambda url: {"url": url},
        file=lambda one: one.zed / "settings.json",
        has_placeholders=True,
    ),
}
