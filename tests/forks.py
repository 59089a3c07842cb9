"""Programs that run in forks of a process that has imported their libraries."""

import atexit
import fcntl
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import IO, assert_never

from fork_clients import GREETING
from waiting import PATIENCE

SERVER = Path(__file__).with_name("fork_server.py")
RELAY = Path(__file__).with_name("fork_relay.py")
RELAYING = (sys.executable, "-I", "-S", str(RELAY))
ADDRESS = "FORK_SERVER"
"""The variable with the address of the process that forks, for replaced scripts."""
SERVERS = "FORK_SERVERS"
"""The variable with the directory of all such processes, which a run shares."""

_ALWAYS = (
    "anyio._backends._asyncio",
    "argparse",
    "concurrent.futures.thread",
    "difflib",
    "http.cookies",
    "mcp.server.lowlevel",
    "mcp.server.stdio",
    "mcp.server.streamable_http_manager",
    "mcp.server.transport_security",
    "multiprocessing",
    "orjson",
    "starlette.applications",
    "starlette.middleware",
    "starlette.routing",
    "tomllib",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.server",
    "uvloop",
)
_SOMETIMES = (
    "botocore.auth",
    "cryptography.hazmat.primitives.serialization.pkcs12",
    "jwt",
)
PACKAGES = (*_ALWAYS, *_SOMETIMES)
"""The libraries of emitted packages."""
EVERY_PACKAGE = _ALWAYS
"""Those that every emitted package needs."""


@dataclass(frozen=True)
class Module:
    """A module, which runs as with the interpreter's option `-m`."""

    name: str


@dataclass(frozen=True)
class Code:
    """Code, which runs as with the interpreter's option `-c`."""

    text: str


@dataclass(frozen=True)
class Script:
    """The script of a command, which runs as if the interpreter got its path."""

    path: Path


@dataclass(frozen=True)
class Command:
    """A program to run, where, in which environment, and its libraries.

    If it belongs to a package in the directory, its process may have imported it, too.
    """

    program: Module | Code | Script
    arguments: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]
    libraries: tuple[str, ...] = PACKAGES
    package: str = ""

    def request(self) -> bytes:
        """Return it as the process that forks reads it."""
        option, program = _program_arguments(self.program)
        request = {
            "option": option,
            "program": program,
            "arguments": self.arguments,
            "directory": str(self.directory),
            "environment": dict(self.environment),
            "package": self.package,
        }
        return json.dumps(request).encode()


def _program_arguments(program: Module | Code | Script) -> tuple[str, str]:
    match program:
        case Module(name):
            return "-m", name
        case Code(text):
            return "-c", text
        case Script(path):
            return "", str(path)
        case _:
            assert_never(program)


class Fork:
    """A program's process, as `subprocess.Popen` would be."""

    def __init__(self, answers: socket.socket) -> None:
        self._answers = answers
        self.pid = int(answers.recv(20))
        self._code: int | None = None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """Return the exit code, or nothing while the process runs."""
        try:
            return self.wait(0)
        except BlockingIOError:
            return None

    def wait(self, timeout: float | None) -> int:
        """Wait for the end of the process and return its exit code."""
        if self._code is None:
            self._answers.settimeout(timeout)
            self._code = int(self._answers.recv(20))
            self._answers.close()
        return self._code


def start(command: Command, streams: tuple[int, int, int]) -> Fork:
    """Run a program on three open files."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        server = _server_for(command)
        handles = [*streams, theirs.fileno()]
        socket.send_fds(server.requests, [command.request()], handles)
    return Fork(ours)


def relay_command(command: Command) -> tuple[str, ...]:
    """Return the words by which another program starts a program in a fork."""
    server = _server_for(command)
    return (*RELAYING, str(server.relays), command.request().decode())


def as_called(command: Command) -> tuple[str, ...]:
    """Return the words of a command that runs a program in a fork.

    Each call has a directory, arguments and an environment of its own.
    """
    server, request = str(_server_for(command).relays), command.request().decode()
    return (*RELAYING, "--as-called", server, request)


def replace(script: Path) -> None:
    """Replace a script by one that runs it in a fork if `FORK_SERVER` is set.

    The script itself is kept in another directory, under its name.
    """
    original = script.parent.with_name("replaced") / script.name
    original.parent.mkdir()
    script.rename(original)
    request = Command(Script(original), (), original.parent, {}).request().decode()
    relay, itself = shlex.join(RELAYING), shlex.quote(str(original))
    script.write_text(
        "#!/bin/sh\n"
        f'[ -n "${ADDRESS}" ] || exec {itself} "$@"\n'
        f'exec {relay} --as-called "${ADDRESS}" {shlex.quote(request)} "$@"\n',
        "utf-8",
    )
    script.chmod(0o755)


def called_in_forks(libraries: tuple[str, ...], python: Path) -> dict[str, str]:
    """Return the variables with which replaced scripts run in forks of a Python."""
    return {ADDRESS: str(_server(python, libraries).relays)}


def run(
    command: Command, text: str = "", patience: float | None = PATIENCE
) -> subprocess.CompletedProcess[str]:
    """Run a program until it ends by itself; `text` is its input."""
    with _file() as stdin, _file() as stdout, _file() as stderr:
        stdin.write(text)
        stdin.seek(0)
        process = start(command, (stdin.fileno(), stdout.fileno(), stderr.fileno()))
        try:
            code = process.wait(patience)
        finally:
            process.kill()
        stdout.seek(0)
        stderr.seek(0)
        return subprocess.CompletedProcess(
            command.arguments, code, stdout.read(), stderr.read()
        )


def _file() -> IO[str]:
    # Lines end as the module writes them.
    return tempfile.TemporaryFile("w+", encoding="utf-8", newline="")


@dataclass(frozen=True)
class _Server:
    """A process that forks: a connection to it, and its address for relays."""

    requests: socket.socket
    relays: Path


def _server_for(command: Command) -> _Server:
    return _server(Path(sys.executable), command.libraries)


@cache
def _server(python: Path, libraries: tuple[str, ...]) -> _Server:
    """Return the process that has imported libraries; it ends when nobody needs it.

    The processes of a run share it: it is the first that starts it.
    """
    wanted = json.dumps([str(python), libraries])
    address = servers() / sha256(wanted.encode()).hexdigest()[:8]
    with address.with_suffix(".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        requests = _connection(address)
        if not requests:
            _start(address, python, libraries)
            requests = _connection(address)
    assert requests
    atexit.register(requests.close)
    return _Server(requests, address)


def _connection(address: Path) -> socket.socket | None:
    """Return a connection to a process that awaits requests at an address, if any."""
    requests = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with suppress(FileNotFoundError, ConnectionError):
        requests.connect(str(address))
        if requests.recv(len(GREETING)):
            return requests
    requests.close()
    return None


def _start(address: Path, python: Path, libraries: tuple[str, ...]) -> None:
    """Start a process whose clients come to an address."""
    # A process that has ended leaves its address.
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(str(address))
        listening.listen()
        listening.set_inheritable(True)
        handle = str(listening.fileno())
        # It may outlive this process, which so can't wait for its end.
        os.posix_spawn(
            python,
            [str(python), str(SERVER), handle, str(_bytecode()), *libraries],
            {"PATH": os.environ["PATH"], "PYTHONUTF8": "1"},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0)
                for number in (0, 1)
            ],
        )


def _bytecode() -> Path:
    """Return the directory of the programs' bytecode."""
    directory = servers() / "bytecode"
    directory.mkdir(exist_ok=True)
    return directory


def servers() -> Path:
    """Return the directory of this run's processes that fork."""
    return Path(os.environ[SERVERS])
