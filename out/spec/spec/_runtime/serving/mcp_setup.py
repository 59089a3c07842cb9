"""MCP clients, and the command `mcp-config`, which configures them."""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

from ..errors import StartError
from ..http.authentication import (
    Authentication,
    Joined,
    OptionalToken,
    Text,
    Variable,
    authentication_of,
    names_of,
    referring,
)
from ..settings import Listener, listener, switch
from .mcp_files import FileError, add, remove, rendered
from .program import (
    Adapter,
    Program,
    UsageError,
    choice_words,
    listening,
    named,
    open_variable,
    port_option,
)

JsonObject = dict[str, Any]
SHELL = "claude-mcp-add"
"""The name of the line for a shell, which configures Claude Code."""
PLACEHOLDER = "<{}>"
IN_SHELL = "${{{}}}"
IN_ENVIRONMENT = "${{env:{}}}"
IN_INPUTS = "${{input:{}}}"
IN_GEMINI = "${}"


class Started(NamedTuple):
    """A server that the client starts; it needs these environment variables."""

    name: str
    command: str
    args: tuple[str, ...]
    variables: tuple[str, ...]


class Running(NamedTuple):
    """A server that already runs at a URL, with the credential that clients send."""

    name: str
    url: str
    headers: Mapping[str, Text] = MappingProxyType({})
    query: Mapping[str, Text] = MappingProxyType({})

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


class Places(NamedTuple):
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


class Client(NamedTuple):
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
    started: Mapping[str, str] = MappingProxyType({})
    running: Mapping[str, str] = MappingProxyType({})
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
        command = {"command": server.command, "args": list(server.args)}
        return {**self.started, **command, **self._variables(server)}

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


def configure(program: Program, options: argparse.Namespace) -> None:
    """Print or install a configuration; raises UsageError and StartError."""
    if options.client is None:
        if options.install or options.uninstall or options.project:
            raise UsageError("--install, --uninstall and --project need --client NAME")
        _list(program.name)
        return
    _check(options)
    adapter = named(program.mcp, options.namespace)
    client = CLIENTS["claude-code" if options.client == SHELL else options.client]
    if options.uninstall:
        _uninstall(client, _name(program, adapter), project=options.project)
        return
    server, note = _server(program, adapter, client, options)
    if options.client == SHELL:
        print(claude_mcp_add(server), flush=True)
    else:
        _hand_over(server, client, options)
    if note:
        print(note, file=sys.stderr)


def _server(
    program: Program,
    adapter: Adapter,
    client: Client,
    options: argparse.Namespace,
) -> tuple[Started | Running, str]:
    """Return the server to configure, and a note for the user."""
    if options.http:
        running = _running(program, adapter, options)
        command = _serving(program, adapter, options)
        notes = (
            _note(client, running),
            _missing(running, adapter),
            f"start the server before the client: {command}",
        )
        return running, "\n".join(filter(None, notes))
    started = _started(program, adapter, options)
    note = _note(client, started)
    needs = f"{note}{_others(program)}" if note else ""
    advice = _advice(program) if options.project else ""
    return started, "\n".join(filter(None, (needs, advice)))


def _hand_over(
    server: Started | Running, client: Client, options: argparse.Namespace
) -> None:
    """Print the client's configuration, or add it to the client's file."""
    path = _path(client, project=options.project)
    document = client.document(server)
    if options.install:
        _install(document, path, project=options.project)
    else:
        print(rendered(document, path), end="", flush=True)
        print(f"this goes into {path}; --install adds it there", file=sys.stderr)


def _check(options: argparse.Namespace) -> None:
    """Raise UsageError for options that don't fit together."""
    name = options.client
    changes = options.install or options.uninstall or options.project
    if name == SHELL and changes:
        raise UsageError(f"{SHELL} prints a line to run: leave --install out")
    if options.http and options.mock:
        raise UsageError("a server that runs has its own --mock: leave it out here")
    if (options.port or options.host) and not options.http:
        raise UsageError("--port and --host are for --http")
    if name != SHELL and options.project and not CLIENTS[name].project:
        raise UsageError(f"{name} reads no file of a project: leave --project out")
    if name != SHELL and options.http and not CLIENTS[name].url:
        raise UsageError(f"{name} starts its servers itself: leave --http out")


def _started(
    program: Program, adapter: Adapter, options: argparse.Namespace
) -> Started:
    command, *arguments = _command(program, options)
    namespace = (adapter.namespace,) if len(program.mcp) > 1 else ()
    mock = ("--mock",) if options.mock else ()
    return Started(
        _name(program, adapter),
        command,
        (*arguments, "mcp", *namespace, "--stdio", *mock, *choice_words(options)),
        () if options.mock else program.needed(os.environ),
    )


def _command(program: Program, options: argparse.Namespace) -> tuple[str, ...]:
    """Return the command of the package: in a project, one for every machine."""
    if options.project:
        return (program.name,)
    # In isolated mode, Python imports nothing from the client's working directory.
    isolated = (sys.executable, "-I", "-m", program.package)
    if _ends_badly([*isolated, "--help"]):
        raise StartError(
            f"an MCP client can't start it: {sys.executable} has no package "
            f"{program.name}; install it there with pip, then print this again"
        )
    return isolated


def _advice(program: Program) -> str:
    """Describe how each machine gets the command that the file of a project names."""
    here = "" if shutil.which(program.name) else ", and isn't on it here"
    return (
        f"the file has the command {program.name} and no path of this machine: it has "
        f"to be on the PATH of the client{here}; pipx install or uv tool install, with "
        "the package's directory or wheel, put it there"
    )


def _running(
    program: Program, adapter: Adapter, options: argparse.Namespace
) -> Running:
    if not adapter.over_http:
        raise UsageError(f"{adapter.namespace} has no port: leave --http out")
    where = _listener(adapter, options)
    if where.port == 0:
        raise UsageError("the URL needs a port: write --port PORT")
    reached = Listener(_reached(where.host), where.port)
    url = f"{reached.url}{adapter.path}"
    clients = _authentication(adapter)
    if not _is_guarded(program, clients, where):
        return Running(_name(program, adapter), url)
    return Running(_name(program, adapter), url, clients.headers, clients.query)


def _is_guarded(program: Program, clients: Authentication, where: Listener) -> bool:
    """Return whether the server authenticates its clients.

    Beyond this machine it does, though a variable may be set only where it runs.
    """
    if clients.is_required():
        return True
    may_be_open = where.loopback or switch(os.environ, open_variable(program))
    return bool(clients.headers) and not may_be_open


def _authentication(adapter: Adapter) -> Authentication:
    return authentication_of(adapter.authentication, adapter.variables)


def _listener(adapter: Adapter, options: argparse.Namespace) -> Listener:
    env = {**os.environ, **listening(options, [adapter])}
    return listener(env, adapter.variables, adapter.port)


def _reached(host: str) -> str:
    """Return the host to connect to: loopback if the listener is on every address."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not address.is_unspecified:
        return host
    return "127.0.0.1" if address.version == 4 else "::1"


def _name(program: Program, adapter: Adapter) -> str:
    return program.name if len(program.mcp) == 1 else adapter.namespace


def _places() -> Places:
    try:
        return Places(sys.platform, Path.home(), os.environ)
    except RuntimeError:
        raise StartError("there is no home directory; set HOME") from None


def _path(client: Client, *, project: bool) -> Path:
    return Path.cwd() / client.project if project else client.file(_places())


def _list(program: str) -> None:
    places = _places()
    print(f"{program} mcp-config --client NAME prints it for a client:\n")
    for name, client in CLIENTS.items():
        project = f", or with --project {client.project}" if client.project else ""
        print(f"  {name:15} {client.file(places)}{project}")
    print(f"  {SHELL:15} a line for a shell with Claude Code")
    print("\nWith --install it is added to the file of the client.")


def _install(document: dict[str, Any], path: Path, *, project: bool) -> None:
    """Add a server to a client's file; if that fails, print the configuration."""
    try:
        written = add(document, path, is_in_project=project)
    except FileError as error:
        print(rendered(document, path), end="", flush=True)
        raise StartError(f"{error}: add what is printed above yourself") from None
    backup = f"; the file before is {written.backup}" if written.backup else ""
    said = f"wrote {path}{backup}" if written.is_changed else f"{path} has it already"
    print(said, flush=True)


def _uninstall(client: Client, name: str, *, project: bool) -> None:
    """Remove a server from a client's file."""
    path = _path(client, project=project)
    try:
        written = remove(client.servers, name, path, is_in_project=project)
    except FileError as error:
        raise StartError(f"{error}: remove {name} yourself") from None
    if written.is_changed:
        print(f"removed {name} from {path}; the file before is {written.backup}")
    else:
        print(f"{path} doesn't have it")


def _serving(program: Program, adapter: Adapter, options: argparse.Namespace) -> str:
    """Return the shell command that serves the adapter at the configured URL."""
    where = _listener(adapter, options)
    words = [program.name, "serve"]
    if where.port != adapter.port:
        words += ["--port", port_option(adapter, program.over_http, str(where.port))]
    if options.host:
        words += ["--host", options.host]
    words += choice_words(options, adapter.namespace if len(program.mcp) > 1 else "")
    return shlex.join(words)


def _others(program: Program) -> str:
    """Describe how to use an alternative credential, if none is set."""
    choices = program.unset_choices(os.environ)
    others = dict.fromkeys(
        credential for choice in choices for credential in choice[1:]
    )
    if not others:
        return ""
    names = " or ".join(" and ".join(credential) for credential in others)
    return f"; to use {names} instead, set it and run this command again"


def _note(client: Client, server: Started | Running) -> str:
    """Describe where the client gets the variables of a configuration from."""
    names = " and ".join(server.variables)
    if not names:
        return ""
    placeholders = [PLACEHOLDER.format(one) for one in server.variables]
    document = json.dumps(client.document(server))
    if any(one in document for one in placeholders):
        return f"write the value in the place of {' and '.join(placeholders)}"
    if client.has_questions:
        return f"the client asks for {names}"
    return f"the client needs {names} when it starts"


def _missing(server: Running, adapter: Adapter) -> str:
    """Describe a credential of clients that no configuration can hold."""
    if server.variables:
        return ""
    match _authentication(adapter):
        case OptionalToken(variable=variable):
            again = "set it here as well, and run this command again"
            return f"if the server has {variable}, {again}"
        case authentication if authentication.is_required():
            credential = "add the client's credential yourself"
            return f"the server authenticates its clients: {credential}"
        case _:
            return ""


def _ends_badly(command: list[str]) -> bool:
    """Run a command without output; return whether it fails."""
    return subprocess.run(command, capture_output=True, check=False).returncode != 0
