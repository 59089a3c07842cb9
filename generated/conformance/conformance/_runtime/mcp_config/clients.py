"""The MCP clients that can be configured: their formats and files."""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Started:
    """A server that the client starts; it needs these environment variables."""

    name: str
    command: str
    args: tuple[str, ...]
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """A server that already runs at a URL."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Places:
    """The user's directories, from which the clients' files are located."""

    platform: str
    home: Path
    env: Mapping[str, str]

    @property
    def applications(self) -> Path:
        """Return the directory of the user's application data."""
        if self.platform == "win32":
            return self._named("APPDATA", "AppData/Roaming")
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        return self.configuration

    @property
    def configuration(self) -> Path:
        """Return the directory of the user's configuration on Linux."""
        return self._named("XDG_CONFIG_HOME", ".config")

    @property
    def codex(self) -> Path:
        """Return the configuration directory of Codex."""
        return self._named("CODEX_HOME", ".codex")

    @property
    def zed(self) -> Path:
        """Return the configuration directory of Zed."""
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
    """An MCP client: the format and place of its configuration.

    `servers` is the member of the file that contains the servers. `start` describes a
    server that the client starts, and `connect` a server at a URL. `file` returns the
    user's file, and `project` is the path of a project's file. `questions` describes
    the inputs that the client asks its user for. With `has_placeholders`, the user has
    to replace placeholders by values.
    """

    servers: str
    start: Callable[[Started], JsonObject]
    connect: Callable[[str], JsonObject] | None
    file: Callable[[Places], Path]
    project: str = ""
    questions: Callable[[Started], list[JsonObject]] | None = None
    has_placeholders: bool = False

    def document(self, server: Started | Running) -> JsonObject:
        """Return the part of the file that configures a server."""
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
    """Describe a server in the common format, with placeholders as values."""
    return {**_command(server), **_env(server, "<{}>")}


def _claude_code(server: Started) -> JsonObject:
    return {"type": "stdio", **_command(server), **_env(server, "${{{}}}")}


def _cursor(server: Started) -> JsonObject:
    return {**_command(server), **_env(server, "${{env:{}}}")}


def _vscode(server: Started) -> JsonObject:
    return {"type": "stdio", **_command(server), **_env(server, "${{input:{}}}")}


def _vscode_questions(server: Started) -> list[JsonObject]:
    """Describe the inputs for which VS Code asks, so that no value is in the file."""
    return [
        {"type": "promptString", "id": one, "description": one, "password": True}
        for one in server.variables
    ]


def _gemini(server: Started) -> JsonObject:
    return {**_command(server), **_env(server, "${}")}


def _codex(server: Started) -> JsonObject:
    """Name the variables that Codex passes on from its own environment."""
    names = {"env_vars": list(server.variables)} if server.variables else {}
    return {**_command(server), **names}


def _zed(server: Started) -> JsonObject:
    return {"source": "custom", **_plain(server)}


def _command(server: Started) -> JsonObject:
    return {"command": server.command, "args": list(server.args)}


def _env(server: Started, reference: str) -> JsonObject:
    """Return references to variables, so that no secret is in the file."""
    env = {one: reference.format(one) for one in server.variables}
    return {"env": env} if env else {}


def _typed(url: str) -> JsonObject:
    return {"type": "http", "url": url}


def claude_mcp_add(server: Started | Running) -> str:
    """Return the shell command that adds a server to Claude Code."""
    match server:
        case Running():
            words = ["--transport", "http", server.name, server.url]
        case Started():
            # Quoting keeps the shell from expanding the variable.
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
