"""The MCP clients that can be configured: their formats and files."""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..http.authentication import Joined, Text, Variable, names_of, referring

JsonObject = dict[str, Any]
SHELL = "claude-mcp-add"
"""The name of the line for a shell, which configures Claude Code."""
PLACEHOLDER = "<{}>"
IN_SHELL = "${{{}}}"
IN_ENVIRONMENT = "${{env:{}}}"
IN_INPUTS = "${{input:{}}}"
IN_GEMINI = "${}"


@dataclass(frozen=True, slots=True)
class Started:
    """A server that the client starts; it needs these environment variables."""

    name: str
    command: str
    args: tuple[str, ...]
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """A server that already runs at a URL, with the credential that clients send."""

    name: str
    url: str
    headers: Mapping[str, Text] = field(default_factory=dict)
    query: Mapping[str, Text] = field(default_factory=dict)

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the variables of the credential."""
        return names_of(*self.headers.values(), *self.query.values())

    def address(self, reference: str) -> str:
        """Return the URL with its query, in which `reference` stands for variables."""
        pairs = (
            f"{quote(name, safe='')}={referring(text, reference.format)}"
            for name, text in self.query.items()
        )
        return f"{self.url}?{'&'.join(pairs)}" if self.query else self.url

    def fields(self, reference: str) -> dict[str, str]:
        """Return the headers, in which `reference` stands for variables."""
        return {
            name: referring(text, reference.format)
            for name, text in self.headers.items()
        }


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
    the inputs that the client asks its user for.
    """

    servers: str
    start: Callable[[Started], JsonObject]
    connect: Callable[[Running], JsonObject] | None
    file: Callable[[Places], Path]
    project: str = ""
    questions: Callable[[tuple[str, ...]], list[JsonObject]] | None = None

    def document(self, server: Started | Running) -> JsonObject:
        """Return the part of the file that configures a server."""
        asked = self.questions(server.variables) if self.questions else []
        inputs = {"inputs": asked} if asked else {}
        return {**inputs, self.servers: {server.name: self._entry(server)}}

    def _entry(self, server: Started | Running) -> JsonObject:
        match server:
            case Started():
                return self.start(server)
            case Running():
                if self.connect is None:
                    raise ValueError("the client connects to no URL")
                return self.connect(server)


def _plain(server: Started) -> JsonObject:
    """Describe a server in the common format, with placeholders as values."""
    return {**_command(server), **_env(server, PLACEHOLDER)}


def _claude_code(server: Started) -> JsonObject:
    return {"type": "stdio", **_command(server), **_env(server, IN_SHELL)}


def _cursor(server: Started) -> JsonObject:
    return {**_command(server), **_env(server, IN_ENVIRONMENT)}


def _vscode(server: Started) -> JsonObject:
    return {"type": "stdio", **_command(server), **_env(server, IN_INPUTS)}


def _vscode_questions(variables: tuple[str, ...]) -> list[JsonObject]:
    """Describe the inputs for which VS Code asks, so that no value is in the file."""
    return [
        {"type": "promptString", "id": one, "description": one, "password": True}
        for one in variables
    ]


def _gemini(server: Started) -> JsonObject:
    return {**_command(server), **_env(server, IN_GEMINI)}


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


def _at(
    server: Running, reference: str, member: str = "url", **others: str
) -> JsonObject:
    """Describe a server at a URL, with references to variables in its headers."""
    headers = {"headers": server.fields(reference)} if server.headers else {}
    return {**others, member: server.address(reference), **headers}


def _codex_at(server: Running) -> JsonObject:
    """Name the variables of headers; one in other text is a placeholder."""
    entry: JsonObject = {"url": server.address(PLACEHOLDER)}
    for name, text in server.headers.items():
        match name, text:
            case "Authorization", Joined(parts=("Bearer ", Variable(name=variable))):
                entry["bearer_token_env_var"] = variable
            case _, Variable(name=variable):
                entry["env_http_headers"] = {name: variable}
            case _:
                entry["http_headers"] = {name: referring(text, PLACEHOLDER.format)}
    return entry


def claude_mcp_add(server: Started | Running) -> str:
    """Return the shell command that adds a server to Claude Code."""
    match server:
        case Running():
            # Quoting keeps the shell from expanding the variable.
            fields = server.fields(IN_SHELL).items()
            headers = [("--header", f"{name}: {text}") for name, text in fields]
            url = server.address(IN_SHELL)
            words = ["--transport", "http", server.name, url, *chain(*headers)]
        case Started():
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
    ),
    "claude-code": Client(
        servers="mcpServers",
        start=_claude_code,
        connect=lambda one: _at(one, IN_SHELL, type="http"),
        file=lambda one: one.home / ".claude.json",
        project=".mcp.json",
    ),
    "vscode": Client(
        servers="servers",
        start=_vscode,
        connect=lambda one: _at(one, IN_INPUTS, type="http"),
        file=lambda one: one.applications / "Code" / "User" / "mcp.json",
        project=".vscode/mcp.json",
        questions=_vscode_questions,
    ),
    "cursor": Client(
        servers="mcpServers",
        start=_cursor,
        connect=lambda one: _at(one, IN_ENVIRONMENT),
        file=lambda one: one.home / ".cursor" / "mcp.json",
        project=".cursor/mcp.json",
    ),
    "codex": Client(
        servers="mcp_servers",
        start=_codex,
        connect=_codex_at,
        file=lambda one: one.codex / "config.toml",
    ),
    "gemini": Client(
        servers="mcpServers",
        start=_gemini,
        connect=lambda one: _at(one, IN_GEMINI, "httpUrl"),
        file=lambda one: one.home / ".gemini" / "settings.json",
        project=".gemini/settings.json",
    ),
    "windsurf": Client(
        servers="mcpServers",
        start=_cursor,
        connect=lambda one: _at(one, IN_ENVIRONMENT, "serverUrl"),
        file=lambda one: one.home / ".codeium" / "windsurf" / "mcp_config.json",
    ),
    "zed": Client(
        servers="context_servers",
        start=_zed,
        connect=lambda one: _at(one, PLACEHOLDER),
        file=lambda one: one.zed / "settings.json",
    ),
}
