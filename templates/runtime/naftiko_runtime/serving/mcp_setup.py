"""MCP clients, and the command `mcp-config`, which configures them."""

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from ipaddress import ip_address
from itertools import chain, count
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

from ..errors import NaftikoError, StartError
from ..http.guards import (
    Authentication,
    Joined,
    OptionalToken,
    Text,
    Variable,
    authentication_of,
    names_of,
    refer,
)
from ..settings import Listener, listener, switch
from ..values import JsonObject, parse_unambiguous
from .command import (
    Commands,
    UsageError,
    add_choice,
    add_listener,
    add_mock,
    add_namespace,
    choice_words,
    listening,
)
from .program import Adapter, Program, adapter_of, port_option

SHELL = "claude-mcp-add"
"""The name of the line for a shell, which configures Claude Code."""
PURPOSE = (
    "print the configuration of this server for an MCP client, install or uninstall it"
)
PLACEHOLDER = "<{}>"
IN_SHELL = "${{{}}}"
IN_ENVIRONMENT = "${{env:{}}}"
IN_INPUTS = "${{input:{}}}"
IN_GEMINI = "${}"
Edit = Callable[[str], str | None]
"""A function that returns the new text of a file, None if nothing has to change."""
Outcome = tuple[bool, Path | None]
"""Whether a file has changed, and the copy of the previous file."""


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
            f"{quote(name, safe='')}={refer(text, reference.format)}"
            for name, text in self.query.items()
        )
        return f"{self.url}?{'&'.join(pairs)}" if self.query else self.url

    def fields(self, reference: str) -> dict[str, str]:
        """Return the headers, in which `reference` stands for variables."""
        return {k: refer(v, reference.format) for k, v in self.headers.items()}


def directories(platform: str, home: Path, env: Mapping[str, str]) -> dict[str, Path]:
    """Return the user's directories by their names in the files of clients."""

    def set_by(variable: str, default: str) -> Path:
        value = env.get(variable, "")
        return Path(value) if Path(value).is_absolute() else home / default

    configuration = set_by("XDG_CONFIG_HOME", ".config")
    places = {"home": home, "codex": set_by("CODEX_HOME", ".codex")}
    if platform == "win32":
        applications = set_by("APPDATA", "AppData/Roaming")
        return {**places, "applications": applications, "zed": applications / "Zed"}
    if platform == "darwin":
        applications = home / "Library" / "Application Support"
        return {**places, "applications": applications, "zed": home / ".config/zed"}
    return {**places, "applications": configuration, "zed": configuration / "zed"}


class Client(NamedTuple):
    """An MCP client: the format and place of its configuration.

    `servers` is the member of the file that contains the servers. `user` is the path of
    the user's file, and `project` that of a project's file. `reference` stands for a
    variable. `started` are further members of a server that the client starts, and
    `running` those of a server at a URL, which is the member `url`; without it, the
    client connects to none. `has_questions` is whether the client asks its user for
    the values of variables.
    """

    servers: str
    user: str
    reference: str = PLACEHOLDER
    project: str = ""
    started: Mapping[str, str] = MappingProxyType({})
    running: Mapping[str, str] = MappingProxyType({})
    url: str = "url"
    has_questions: bool = False

    def document(self, server: Started | Running) -> JsonObject:
        """Return the part of the file that configures a server, without any secret."""
        questions = [  # as VS Code asks them
            {"type": "promptString", "id": name, "description": name, "password": True}
            for name in (server.variables if self.has_questions else ())
        ]
        inputs = {"inputs": questions} if questions else {}
        if isinstance(server, Running):
            entry = self._running(server)
        else:
            command = {"command": server.command, "args": list(server.args)}
            entry = {**self.started, **command, **self._variables(server)}
        return {**inputs, self.servers: {server.name: entry}}

    def file(self, places: Mapping[str, Path]) -> Path:
        """Return the user's file; `places` are the user's directories."""
        return Path(self.user.format_map(places))

    def _variables(self, server: Started) -> JsonObject:
        env = {name: self.reference.format(name) for name in server.variables}
        return {"env": env} if env else {}

    def _running(self, server: Running) -> JsonObject:
        """Describe a server at a URL, with references to variables in its headers."""
        fields = server.fields(self.reference)
        headers = {"headers": fields} if fields else {}
        return {**self.running, self.url: server.address(self.reference), **headers}


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
                    entry["http_headers"] = {name: refer(text, PLACEHOLDER.format)}
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
            env = [f"--env={name}=${{{name}}}" for name in server.variables]
            command = [server.name, "--", server.command, *server.args]
            words = [*env, "--transport", "stdio", *command]
    return shlex.join(["claude", "mcp", "add", *words])


TYPES = ({"type": "stdio"}, {"type": "http"})
CLIENTS: dict[str, Client] = {
    "claude-desktop": Client(
        "mcpServers", "{applications}/Claude/claude_desktop_config.json", url=""
    ),
    "claude-code": Client(
        "mcpServers", "{home}/.claude.json", IN_SHELL, ".mcp.json", *TYPES
    ),
    "vscode": Client(
        "servers",
        "{applications}/Code/User/mcp.json",
        IN_INPUTS,
        ".vscode/mcp.json",
        *TYPES,
        has_questions=True,
    ),
    "cursor": Client(
        "mcpServers", "{home}/.cursor/mcp.json", IN_ENVIRONMENT, ".cursor/mcp.json"
    ),
    "codex": _Codex("mcp_servers", "{codex}/config.toml"),
    "gemini": Client(
        "mcpServers",
        "{home}/.gemini/settings.json",
        IN_GEMINI,
        ".gemini/settings.json",
        url="httpUrl",
    ),
    "windsurf": Client(
        "mcpServers",
        "{home}/.codeium/windsurf/mcp_config.json",
        IN_ENVIRONMENT,
        url="serverUrl",
    ),
    "zed": Client(
        "context_servers", "{zed}/settings.json", started={"source": "custom"}
    ),
}


def add_mcp_config(commands: Commands, program: Program) -> None:
    """Add the subcommand and its options."""
    command = commands.add_parser("mcp-config", help=PURPOSE, description=PURPOSE)
    command.set_defaults(action=lambda options: configure(program, options))
    add_namespace(command, program.mcp)
    command.add_argument(
        "--client",
        nargs="?",
        choices=(*CLIENTS, SHELL),
        metavar="NAME",
        help=f"the client: {', '.join(CLIENTS)}; {SHELL} prints a line for a shell; "
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


def configure(program: Program, options: argparse.Namespace) -> None:
    """Print or install a configuration; raises UsageError and StartError."""
    name = options.client
    if name is None:
        if options.install or options.uninstall or options.project:
            raise UsageError("--install, --uninstall and --project need --client NAME")
        _list(program.name)
        return
    _check(options)
    client = CLIENTS["claude-code" if name == SHELL else name]
    setup = _Setup(program, adapter_of(program.mcp, options.namespace), client, options)
    if options.uninstall:
        setup.uninstall()
        return
    server = setup.running if options.http else setup.startable
    notes = [*setup.notes(server)]
    if name == SHELL:
        print(claude_mcp_add(server), flush=True)
    elif options.install:
        setup.install(server)
    else:
        print(render(client.document(server), setup.path), end="", flush=True)
        print(f"this goes into {setup.path}; --install adds it there", file=sys.stderr)
    for note in notes:
        print(note, file=sys.stderr)


def _list(program: str) -> None:
    places = _places()
    print(f"{program} mcp-config --client NAME prints it for a client:\n")
    for name, client in CLIENTS.items():
        project = f", or with --project {client.project}" if client.project else ""
        print(f"  {name:15} {client.file(places)}{project}")
    print(f"  {SHELL:15} a line for a shell with Claude Code")
    print("\nWith --install it is added to the file of the client.")


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


class _Setup(NamedTuple):
    """The server of an adapter, as one client is to know it."""

    program: Program
    adapter: Adapter
    client: Client
    options: argparse.Namespace

    @property
    def _namespace(self) -> str:
        """Return the name of the adapter, if there are others."""
        return self.adapter.namespace if len(self.program.mcp) > 1 else ""

    @property
    def _name(self) -> str:
        return self._namespace or self.program.name

    @property
    def path(self) -> Path:
        """Return the client's file."""
        if self.options.project:
            return Path.cwd() / self.client.project
        return self.client.file(_places())

    @property
    def startable(self) -> Started:
        """Return the server, which the client starts; raises StartError."""
        options = self.options
        namespace = filter(None, (self._namespace,))
        mock = ("--mock",) if options.mock else ()
        words = ("mcp", *namespace, "--stdio", *mock, *choice_words(options))
        command, *first = self._command()
        needs = () if options.mock else self.program.variables_to_set(os.environ)
        return Started(self._name, command, (*first, *words), needs)

    def _command(self) -> tuple[str, ...]:
        """Return the command of the package: in a project, one for every machine."""
        name = self.program.name
        if self.options.project:
            return (name,)
        # In isolated mode, Python imports nothing from the client's working directory.
        command = (sys.executable, "-I", "-m", self.program.package)
        if _ends_badly([*command, "--help"]):
            raise StartError(
                f"an MCP client can't start it: {sys.executable} has no package "
                f"{name}; install it there with pip, then print this again"
            )
        return command

    @property
    def running(self) -> Running:
        """Return the server at its URL; raises UsageError."""
        if not self.adapter.over_http:
            raise UsageError(f"{self.adapter.namespace} has no port: leave --http out")
        where = self._listener
        if where.port == 0:
            raise UsageError("the URL needs a port: write --port PORT")
        url = f"{Listener(_host_of(where), where.port).url}{self.adapter.path}"
        clients = self._authentication
        # Beyond this machine, a server authenticates its clients, though a variable may
        # be set only where it runs.
        may_be_open = where.loopback or switch(
            os.environ, self.program.variable("ALLOW_OPEN")
        )
        if clients.is_required() or (clients.headers and not may_be_open):
            return Running(self._name, url, clients.headers, clients.query)
        return Running(self._name, url)

    @property
    def _authentication(self) -> Authentication:
        return authentication_of(self.adapter.authentication, self.adapter.variables)

    @property
    def _listener(self) -> Listener:
        env = {**os.environ, **listening(self.options, [self.adapter])}
        return listener(env, self.adapter.variables, self.adapter.port)

    def install(self, server: Started | Running) -> None:
        """Add a server to the client's file; if that fails, print the configuration."""
        document, path = self.client.document(server), self.path
        try:
            add = _add_to_toml if path.suffix == ".toml" else _add_to_json
            is_changed, backup = self._change(partial(add, document))
        except FileError as error:
            print(render(document, path), end="", flush=True)
            raise StartError(f"{error}: add what is printed above yourself") from None
        copy = f"; the file before is {backup}" if backup else ""
        print(
            f"wrote {path}{copy}" if is_changed else f"{path} has it already",
            flush=True,
        )

    def uninstall(self) -> None:
        """Remove the server from the client's file."""
        name, path = self._name, self.path
        try:
            edit = _remove_from_toml if path.suffix == ".toml" else _remove_from_json
            is_changed, backup = self._change(partial(edit, self.client.servers, name))
        except FileError as error:
            raise StartError(f"{error}: remove {name} yourself") from None
        copy = f"removed {name} from {path}; the file before is {backup}"
        print(copy if is_changed else f"{path} doesn't have it", flush=True)

    def _change(self, edit: Edit) -> Outcome:
        """Write the file's new text, and keep a copy of the file; raises FileError."""
        path = self.path
        # A stranger's project may link to any place. A link in the user's own
        # configuration is allowed.
        if self.options.project and path.parent.is_symlink():
            raise FileError(f"{path.parent} is a link")
        try:
            text = _read(path)
            new = edit(text or "")
            if new is None:
                return False, None
            backup = None if text is None else _back_up(path)
            _write(path, new.encode())
        except RecursionError:
            raise FileError(f"{path} is nested too deeply") from None
        except FileError as error:
            raise FileError(f"{path} {error}") from None
        except OSError as error:
            raise FileError(f"{path}: {error.strerror}") from None
        return True, backup

    def notes(self, server: Started | Running) -> Iterator[str]:
        """Yield the lines that a user needs beside a configuration."""
        note = self._note(server)
        if isinstance(server, Running):
            yield from filter(None, (note, self._missing(server)))
            yield f"start the server before the client: {self._serving()}"
        elif note:
            yield f"{note}{_others(self.program)}"
        if self.options.project and isinstance(server, Started):
            name = self.program.name
            here = "" if shutil.which(name) else ", and isn't on it here"
            yield (
                f"the file has the command {name} and no path of this machine: it has "
                f"to be on the PATH of the client{here}; pipx install or uv tool "
                "install, with the package's directory or wheel, put it there"
            )

    def _note(self, server: Started | Running) -> str:
        """Describe where the client gets the variables of a configuration from."""
        names = " and ".join(server.variables)
        if not names:
            return ""
        placeholders = [PLACEHOLDER.format(name) for name in server.variables]
        document = json.dumps(self.client.document(server))
        if any(placeholder in document for placeholder in placeholders):
            return f"write the value in the place of {' and '.join(placeholders)}"
        if self.client.has_questions:
            return f"the client asks for {names}"
        return f"the client needs {names} when it starts"

    def _missing(self, server: Running) -> str:
        """Describe a credential of clients that no configuration can hold."""
        if server.variables:
            return ""
        match self._authentication:
            case OptionalToken(variable=variable):
                again = "set it here as well, and run this command again"
                return f"if the server has {variable}, {again}"
            case authentication if authentication.is_required():
                credential = "add the client's credential yourself"
                return f"the server authenticates its clients: {credential}"
            case _:
                return ""

    def _serving(self) -> str:
        """Return the shell command that serves the adapter at the configured URL."""
        program, adapter, port = self.program, self.adapter, self._listener.port
        words = [program.name, "serve"]
        if port != adapter.port:
            words += ["--port", port_option(adapter, program.over_http, str(port))]
        if self.options.host:
            words += ["--host", self.options.host]
        words += choice_words(self.options, self._namespace)
        return shlex.join(words)


def _host_of(where: Listener) -> str:
    """Return the host to connect to: loopback if the listener is on every address."""
    try:
        address = ip_address(where.host)
    except ValueError:
        return where.host
    if not address.is_unspecified:
        return where.host
    return "127.0.0.1" if address.version == 4 else "::1"


def _places() -> dict[str, Path]:
    try:
        return directories(sys.platform, Path.home(), os.environ)
    except RuntimeError:
        raise StartError("there is no home directory; set HOME") from None


def _others(program: Program) -> str:
    """Describe how to use an alternative credential, if none is set."""
    choices = program.unset_choices(os.environ)
    others = dict.fromkeys(chain.from_iterable(choice[1:] for choice in choices))
    if not others:
        return ""
    names = " or ".join(" and ".join(credential) for credential in others)
    return f"; to use {names} instead, set it and run this command again"


def _ends_badly(command: list[str]) -> bool:
    """Run a command without output; return whether it fails."""
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


# --- the files of clients ---

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|(//[^\n]*|/\*.*?\*/)', re.DOTALL)
INDENT = re.compile(r'^\{\s*\n([ \t]+)"')
# Members of a server's entry about its connection: a new entry replaces these.
REACHING = {
    *("command", "args", "type", "source", "env"),
    *("url", "httpUrl", "serverUrl", "headers"),
}


class FileError(NaftikoError):
    """A file that can't be changed; the message is the reason."""


def render(document: JsonObject, path: Path) -> str:
    """Return the document as TOML or JSON, by the suffix of the file."""
    if path.suffix == ".toml":
        return _tables(document)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _read(path: Path) -> str | None:
    """Return the text of a file, or None if it doesn't exist."""
    if path.is_symlink():
        raise FileError(f"is a link to {path.readlink()}")
    if not path.exists():
        return None
    if not path.is_file():
        raise FileError("is no file")
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise FileError("is not UTF-8") from None


def _add_to_json(document: JsonObject, text: str) -> str | None:
    """Return a text with the servers and inputs of a document added."""
    old = _parse(text)
    new = dict(old)
    for name, addition in document.items():
        if isinstance(addition, list):
            new[name] = _extend(new.get(name, []), addition)
            continue
        servers = dict(_object(new.get(name, {})))
        for server, entry in addition.items():
            servers[server] = _update(_object(servers.get(server, {})), entry)
        new[name] = servers
    return None if new == old else _json(new, text)


def _extend(inputs: Any, addition: list[JsonObject]) -> list[Any]:
    """Append the added inputs whose ids are new."""
    if not isinstance(inputs, list):
        raise FileError("has another value where a list is expected")
    ids = [item.get("id") for item in inputs if isinstance(item, dict)]
    return [*inputs, *(item for item in addition if item["id"] not in ids)]


def _update(old: JsonObject, entry: JsonObject) -> JsonObject:
    """Return the new entry with the old entry's other settings and filled-in values."""
    settings = {name: value for name, value in old.items() if name not in REACHING}
    holder = "env" if "command" in entry else "headers"
    values = old.get(holder)
    if not isinstance(values, dict):
        return {**entry, **settings}
    return {**entry, holder: {**entry.get(holder, {}), **values}, **settings}


def _remove_from_json(servers: str, name: str, text: str) -> str | None:
    old = _parse(text)
    others = dict(_object(old.get(servers, {})))
    if name not in others:
        return None
    entry = others.pop(name)
    new = {**old, servers: others}
    if isinstance(inputs := old.get("inputs"), list):
        new["inputs"] = [item for item in inputs if not _asks(item, entry, others)]
    return _json(new, text)


def _asks(question: Any, entry: Any, others: JsonObject) -> bool:
    """Return whether an input was only for a server, and for none of the others."""
    name = question.get("id") if isinstance(question, dict) else None
    reference = f"${{input:{name}}}"
    return reference in json.dumps(entry) and reference not in json.dumps(others)


def _json(new: JsonObject, text: str) -> str:
    """Return a document as JSON, with the indentation of the text before."""
    match = INDENT.match(text)
    indent = match[1] if match else "  "
    return f"{json.dumps(new, indent=indent, ensure_ascii=False)}\n"


def _parse(text: str) -> JsonObject:
    try:
        document = parse_unambiguous(text.encode() if text.strip() else b"{}")
    except ValueError:
        if any(match[1] for match in COMMENT.finditer(text)):
            raise FileError("has comments, which would be lost") from None
        raise FileError("is not JSON, or has values that can't be kept") from None
    return _object(document)


def _object(value: Any) -> JsonObject:
    if not isinstance(value, dict):
        raise FileError("has another value where an object is expected")
    return value


def _add_to_toml(document: JsonObject, text: str) -> str | None:
    """Append a table to the text, so that the file's comments are kept."""
    old = _parse_toml(text)
    [(servers, addition)] = document.items()
    [(name, entry)] = addition.items()
    present = _object(old.get(servers, {}))
    if name in present:
        if present[name] == entry:
            return None
        raise FileError(f"has another table [{servers}.{_key(name)}]")
    end = "" if not text or text.endswith("\n\n") else "\n"
    end = f"\n{end}" if text and not text.endswith("\n") else end
    new = f"{text}{end}{_tables(document)}"
    with suppress(tomllib.TOMLDecodeError):
        if tomllib.loads(new) == {**old, servers: {**present, name: entry}}:
            return new
    raise FileError(f"has an inline table {servers}, which can't be added to")


def _remove_from_toml(servers: str, name: str, text: str) -> str | None:
    """Cut the table from the text, so that the file's comments are kept."""
    old = _parse_toml(text)
    others = dict(_object(old.get(servers, {})))
    if others.pop(name, None) is None:
        return None
    table = re.escape(f"[{servers}.{_key(name)}")
    new = re.sub(rf"^{table}[].](?s:.*?)(?=^\[|\Z)", "", text, flags=re.MULTILINE)
    with suppress(tomllib.TOMLDecodeError):
        if {servers: {}, **tomllib.loads(new)} == {**old, servers: others}:
            return new
    raise FileError(f"writes the table {servers}.{_key(name)} in another form")


def _parse_toml(text: str) -> JsonObject:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise FileError("is not TOML") from None


def _tables(document: JsonObject) -> str:
    lines = []
    for servers, addition in document.items():
        for name, entry in addition.items():
            lines.append(f"[{servers}.{_key(name)}]")
            lines += [f"{key} = {_toml(value)}" for key, value in entry.items()]
            lines.append("")
    return "\n".join(lines)


def _toml(value: Any) -> str:
    """Return a text, a list of texts or an object of texts as TOML."""
    if isinstance(value, dict):
        pairs = (f"{_key(key)} = {_toml(item)}" for key, item in value.items())
        return f"{{ {', '.join(pairs)} }}"
    # JSON strings, and lists of them, are valid TOML.
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return name if BARE_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _back_up(path: Path) -> Path:
    """Copy a file to an unused name in its directory."""
    for number in count():
        backup = path.with_name(f"{path.name}.bak{number or ''}")
        with suppress(FileExistsError):
            mode = path.stat().st_mode & 0o777
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(backup, flags, mode), "wb") as file:
                file.write(path.read_bytes())
            return backup
    raise AssertionError("numbers never end")


def _write(path: Path, content: bytes) -> None:
    """Write a temporary file and rename it, so that no reader sees a partial file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The file may contain secrets, so a new file is readable only by its user.
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
