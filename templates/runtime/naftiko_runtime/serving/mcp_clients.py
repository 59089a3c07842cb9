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

    `servers` is the member of the file that contains the servers. `file` returns the
    user's file, and `project` is the path of a project's file. `reference` stands for
    a variable. `started` are further members of a server that the client starts, and
    `running` those of a server at a URL, which is the member `url`; without it, the
    client connects to none. `has_questions` is whether the client asks its user for
    the values of variables.
    """

    servers: str
    file: Callable[[Places], Path]
    reference: str = PLACEHOLDER
    project: str = ""
    started: Mapping[str, str] = field(default_factory=dict)
    running: Mapping[str, str] = field(default_factory=dict)
    url: str = "url"
    has_questions: bool = False

    def document(self, server: Started | Running) -> JsonObject:
        """Return the part of the file that configures a server."""
        asked = self._questions(server.variables) if self.has_questions else []
        inputs = {"inputs": asked} if asked else {}
        if isinstance(server, Running):
            entry = self._running(server)
        else:
            entry = self._started(server)
        return {**inputs, self.servers: {server.name: entry}}

    def _started(self, server: Started) -> JsonObject:
        """Describe a server with references to variables, so without any secret."""
        return {**self.started, **_command(server), **self._variables(server)}

    def _variables(self, server: Started) -> JsonObject:
        env = {one: self.reference.format(one) for one in server.variables}
        return {"env": env} if env else {}

    def _running(self, server: Running) -> JsonObject:
        """Describe a server at a URL, with references to variables in its headers."""
        fields = server.fields(self.reference)
        headers = {"headers": fields} if fields else {}
        return {**self.running, self.url: server.address(self.reference), **headers}

    def _questions(self, variables: tuple[str, ...]) -> list[JsonObject]:
        """Describe the inputs for which the client asks, as VS Code does."""
        return [
            {"type": "promptString", "id": one, "description": one, "password": True}
            for one in variables
        ]


class _Codex(Client):
    __slots__ = ()

    def _variables(self, server: Started) -> JsonObject:
        """Name the variables that Codex passes on from its own environment."""
        return {"env_vars": list(server.variables)} if server.variables else {}

    def _running(self, server: Running) -> JsonObject:
        """Name the variables of headers; one in other text is a placeholder."""
        entry: JsonObject = {"url": server.address(PLACEHOLDER)}
        for name, text in server.headers.items():
            match name, text:
                case "Authorization", Joined(
                    parts=("Bearer ", Variable(name=variable))
                ):
                    entry["bearer_token_env_var"] = variable
                case _, Variable(name=variable):
                    entry["env_http_headers"] = {name: variable}
                case _:
                    entry["http_headers"] = {name: referring(text, PLACEHOLDER.format)}
        return entry


def _command(server: Started) -> JsonObject:
    return {"command": server.command, "args": list(server.args)}


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
        "mcpServers",
        lambda one: one.applications / "Claude" / "claude_desktop_config.json",
        url="",
    ),
    "claude-code": Client(
        "mcpServers",
        lambda one: one.home / ".claude.json",
        IN_SHELL,
        ".mcp.json",
        {"type": "stdio"},
        {"type": "http"},
    ),
    "vscode": Client(
        "servers",
        lambda one: one.applications / "Code" / "User" / "mcp.json",
        IN_INPUTS,
        ".vscode/mcp.json",
        {"type": "stdio"},
        {"type": "http"},
        has_questions=True,
    ),
    "cursor": Client(
        "mcpServers",
        lambda one: one.home / ".cursor" / "mcp.json",
        IN_ENVIRONMENT,
        ".cursor/mcp.json",
    ),
    "codex": _Codex("mcp_servers", lambda one: one.codex / "config.toml"),
    "gemini": Client(
        "mcpServers",
        lambda one: one.home / ".gemini" / "settings.json",
        IN_GEMINI,
        ".gemini/settings.json",
        url="httpUrl",
    ),
    "windsurf": Client(
        "mcpServers",
        lambda one: one.home / ".codeium" / "windsurf" / "mcp_config.json",
        IN_ENVIRONMENT,
        url="serverUrl",
    ),
    "zed": Client(
        "context_servers",
        lambda one: one.zed / "settings.json",
        started={"source": "custom"},
    ),
}
