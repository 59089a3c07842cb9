"""Generated packages as their users run them: processes that listen and that log."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from textwrap import dedent
from threading import Thread
from typing import IO, Any, NamedTuple, Protocol

import httpx2
from exact_http import exactly
from mcp import StdioServerParameters

import forks
from delivery import compiled_package
from naftiko_gen.configuration.options import EVERY_ADAPTER, Options, Surface
from notices import plain_text
from package_runtimes import runtime_package
from waiting import PATIENCE

ANNOUNCEMENT = re.compile(
    r'(?:\{.*"message": "|\S+ [A-Z]+:[^\s:]+:)?([^\s"]+) listens on (http://[^\s"]+)(?:".*\})?\n'
)
"""The line of an adapter: plain, of the log, or in JSON."""


class Process(Protocol):
    """A process that signals reach and that ends."""

    @property
    def pid(self) -> int: ...

    def send_signal(self, number: int, /) -> None: ...

    def kill(self) -> None: ...

    def wait(self, timeout: float, /) -> int: ...


@dataclass(frozen=True)
class Package:
    """A generated package: its project's directory, and its adapters on ports.

    `is_forked` is whether its processes are forks of one that has imported libraries.
    """

    project: Path
    adapters: tuple[str, ...]
    is_forked: bool = True

    @property
    def module(self) -> str:
        return self.project.name.replace("-", "_")

    @property
    def runtime(self) -> str:
        """Return the name by which its modules import the runtime."""
        return runtime_package(self.module)

    def run(
        self, *arguments: str, interpreter: str = sys.executable, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the package's command until it ends; its notices are plain text."""
        if self.is_forked and interpreter == sys.executable:
            process = forks.run(self._fork(arguments, environment(env)))
        else:
            process = self._run([interpreter, "-m", self.module, *arguments], env)
        process.stderr = plain_text(process.stderr)
        return process

    def start(self, *arguments: str, env: Mapping[str, str]) -> tuple[Process, IO[str]]:
        """Start the package's command; return its process and all that it prints."""
        reading, writing = os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        try:
            streams = (nothing, writing, writing)
            process = self._start(arguments, environment(env), streams)
        finally:
            os.close(nothing)
            os.close(writing)
        return process, os.fdopen(reading, encoding="utf-8")

    def _start(
        self,
        arguments: tuple[str, ...],
        env: Mapping[str, str],
        streams: tuple[int, int, int],
    ) -> Process:
        if self.is_forked:
            return forks.start(self._fork(arguments, env), streams)
        stdin, stdout, stderr = streams
        return subprocess.Popen(
            [sys.executable, "-m", self.module, *arguments],
            cwd=self.project,
            env=env,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
        )

    def _fork(
        self, arguments: tuple[str, ...], env: Mapping[str, str]
    ) -> forks.Command:
        return self._fork_command(forks.Module(self.module), arguments, env)

    def _fork_command(
        self,
        program: forks.Module | forks.Code,
        arguments: tuple[str, ...],
        env: Mapping[str, str],
    ) -> forks.Command:
        return forks.Command(program, arguments, self.project, env, package=self.module)

    def command(self, *arguments: str, **env: str) -> tuple[str, ...]:
        """Return the words by which another program starts the package's command."""
        if self.is_forked:
            return forks.relay_command(self._fork(arguments, environment(env)))
        return sys.executable, "-m", self.module, *arguments

    def speaking(self, *arguments: str, **env: str) -> StdioServerParameters:
        """Return the command of an MCP server, as the official client takes it."""
        from mcp import StdioServerParameters

        command, *words = self.command(*arguments, **env)
        return StdioServerParameters(
            command=command, args=words, env=environment(env), cwd=self.project
        )

    def execute(self, code: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run Python code that can import the package; `text` is its input.

        `RUNTIME` in the code stands for the package's runtime.
        """
        code = self.with_runtime(code)
        env = self.free_ports()
        if not self.is_forked:
            return self._run([sys.executable, "-c", code], env, text)
        return forks.run(
            self._fork_command(forks.Code(code), (), environment(env)), text
        )

    def with_runtime(self, code: str) -> str:
        """Return code that imports the package's runtime where it says `RUNTIME`."""
        return code.replace("RUNTIME", self.runtime)

    def _run(
        self, command: list[str], env: Mapping[str, str], text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.project,
            env=environment(env),
            input=text,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )

    def free_ports(self) -> dict[str, str]:
        """Return the settings that let the system choose every adapter's port."""
        names = (re.sub("[^A-Z0-9]", "_", name.upper()) for name in self.adapters)
        return {f"{name}_PORT": "0" for name in names}


class Service:
    """A running package: the addresses of its adapters, and its output so far."""

    def __init__(
        self, package: Package, arguments: tuple[str, ...], env: Mapping[str, str]
    ) -> None:
        self._process, self._output = package.start(
            *arguments, env={**package.free_ports(), **env}
        )
        self._shown = map(plain_text, self._output)
        self._lines: list[str] = []
        expected = len(package.adapters) if "serve" in arguments else 1
        expected += _adds_control(package, arguments, env)
        self.urls = dict(islice(self._announcements(), expected))
        assert len(self.urls) == expected, "".join(self._lines)
        # A pipe that nobody reads fills up, and the process stands still.
        self._reader = Thread(target=self._lines.extend, args=(self._shown,))
        self._reader.start()
        # The ports are taken before the applications start: an answer says they have.
        for url in self.urls.values():
            exactly("OPTIONS", url, "/")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> str:
        """Return the output so far: all of it, once the process has ended.

        Notices are plain text.
        """
        return "".join(self._lines)

    @property
    def peak_memory(self) -> int:
        """Return the most memory that the process has held, in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        match = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert match
        return int(match[1]) * 1024

    def url(self, kind: str) -> str:
        """Return where the first adapter whose namespace ends in `kind` is."""
        return next(url for name, url in self.urls.items() if name.endswith(kind))

    def client(self, kind: str = "rest") -> httpx2.AsyncClient:
        """Return a client of the first adapter whose namespace ends in `kind`."""
        return httpx2.AsyncClient(base_url=self.url(kind), timeout=PATIENCE)

    def children(self) -> list[int]:
        """Return the processes that this one has started.

        The list of the kernel may lack one while another process starts or ends.
        """
        stats = (stat for path in Path("/proc").glob("[0-9]*") if (stat := _ids(path)))
        return sorted(int(pid) for pid, parent in stats if int(parent) == self.pid)

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self) -> int:
        """Wait for the end of the process and return its exit code."""
        try:
            code = self._process.wait(PATIENCE)
        finally:
            self._process.kill()
        self._reader.join()
        self._output.close()
        return code

    def _announcements(self) -> Iterator[tuple[str, str]]:
        for line in self._shown:
            self._lines.append(line)
            if announcement := ANNOUNCEMENT.fullmatch(line):
                yield announcement[1], announcement[2]


def _adds_control(
    package: Package, arguments: tuple[str, ...], env: Mapping[str, str]
) -> bool:
    """Return whether a control port is asked for that isn't one of the adapters."""
    is_among = "control" in package.adapters and "serve" in arguments
    own = f"{package.module.upper()}_CONTROL_PORT"
    return not is_among and ("--control-port" in arguments or own in env)


def _ids(process: Path) -> tuple[str, str] | None:
    """Return the ids of a process and of its parent; None if it has ended."""
    try:
        stat = (process / "stat").read_text("utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return process.name, stat.rpartition(")")[2].split()[1]


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return an environment that holds nothing of this one but the search path."""
    return {"PATH": os.environ["PATH"], "PYTHONUTF8": "1", **variables}


def compile_spec(
    spec: Path,
    output: Path,
    import_root: Path | None = None,
    *,
    api_docs: bool = False,
    surface: Surface = Surface.FULL,
) -> Package:
    """Compile a document into its package."""
    surfaces = {EVERY_ADAPTER: surface}
    options = Options(
        output, import_root=import_root, api_docs=api_docs, surfaces=surfaces
    )
    root = compiled_package(spec, options)
    manifest = json.loads((root / ".naftiko-gen.json").read_text(encoding="utf-8"))
    return Package(root, tuple(manifest["ports"]))


def compile_text(text: str, output: Path, slug: str = "things") -> Package:
    """Compile the text of a document into a package of that name."""
    spec = output / f"{slug}.yaml"
    spec.write_text(dedent(text), encoding="utf-8")
    return compile_spec(spec, output)


@contextmanager
def running(package: Package, *arguments: str, **env: str) -> Iterator[Service]:
    """Run a package, `serve` unless told otherwise, until the end of the block."""
    service = Service(package, arguments or ("serve",), env)
    try:
        yield service
    finally:
        # It gives clients no notice, which SIGTERM does.
        service.signal(signal.SIGINT)
        service.end()


class Pipes(NamedTuple):
    """The ends of a process's standard streams, as text, and the process."""

    stdin: IO[str]
    stdout: IO[str]
    stderr: IO[str]
    process: subprocess.Popen[str]

    def ask(self, line: str) -> Any:
        """Write a line; return the JSON of the line that answers."""
        self.tell(line)
        return json.loads(self.stdout.readline())

    def tell(self, *lines: str) -> None:
        """Write lines that have no answer."""
        self.stdin.writelines(f"{line}\n" for line in lines)
        self.stdin.flush()


@contextmanager
def speaking(package: Package, *arguments: str, **env: str) -> Iterator[Pipes]:
    """Run an MCP server on pipes until the end of the block."""
    with subprocess.Popen(
        package.command("mcp", "--stdio", *arguments, **env),
        cwd=package.project,
        env=environment(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        yield Pipes(process.stdin, process.stdout, process.stderr, process)
