"""Packages as processes that listen, and that resolve hosts as configured."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mcp import StdioServerParameters
from published import Made

UNREAD = "gave an answer that can't be read"
"""The log of a response in JSON, as all are here, of an operation in another format."""
HOST = Path(__file__).with_name("host.py")
ANNOUNCEMENT = re.compile(r"(?:\S+ [A-Z]+:[^\s:]+:)?(\S+) listens on (http://\S+)\n")


@dataclass(frozen=True)
class Surroundings:
    """The configuration of a package: adapters, variables, and the ports of hosts."""

    listening: list[str]
    variables: dict[str, str]
    ports: dict[str, int]


@dataclass(frozen=True)
class Running:
    """A running package: the URLs of its listening adapters, by name."""

    package: Made
    around: Surroundings
    urls: dict[str, str]
    environment: dict[str, str]
    program: list[str]
    """The interpreter, the script that runs packages, and its first argument."""

    def mcp(self, adapter: str) -> str | StdioServerParameters:
        """Return the URL or the command for a client of an MCP adapter."""
        if adapter in self.urls:
            return self.urls[adapter]
        arguments = ["mcp", "--stdio", adapter]
        line = _read_start(self.package, self.around, arguments)
        command, *script = self.program
        return StdioServerParameters(
            command=command, args=[*script, line], env=self.environment
        )


class Host:
    """The process that starts packages."""

    def __init__(self, authority: Path, bytecode: Path) -> None:
        trusting = {"SSL_CERT_FILE": str(authority), "PYTHONUTF8": "1"}
        self._environment = {**os.environ, **trusting}
        self._program = [sys.executable, str(HOST), str(bytecode)]
        self._process = subprocess.Popen(
            self._program,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    @contextmanager
    def running(self, package: Made, around: Surroundings) -> Iterator[Running]:
        """Run a package during the block; it must end without an error."""
        self._say(_read_start(package, around, ["serve"]))
        try:
            urls = self._read_urls(len(around.listening))
            yield Running(package, around, urls, self._environment, self._program)
        finally:
            self._say("")
            lines = [
                line
                for line in iter(self._output.readline, "gone\n")
                if UNREAD not in line
            ]
        assert lines == ["ended with 0\n"], "".join(lines)

    def _read_urls(self, expected: int) -> dict[str, str]:
        urls: dict[str, str] = {}
        while len(urls) < expected:
            line = self._output.readline()
            match = ANNOUNCEMENT.fullmatch(line)
            assert match, line
            urls[match[1]] = match[2]
        return urls

    def close(self) -> None:
        with self._process as process:
            self._input.close()
            assert process.wait(20) == 0

    def _say(self, line: str) -> None:
        self._input.write(f"{line}\n")
        self._input.flush()

    @property
    def _input(self) -> IO[str]:
        assert self._process.stdin
        return self._process.stdin

    @property
    def _output(self) -> IO[str]:
        assert self._process.stdout
        return self._process.stdout


def _read_start(package: Made, around: Surroundings, arguments: list[str]) -> str:
    """Return the line that describes a run; the system chooses the ports."""
    free = {f"{_variable_name(name)}_PORT": "0" for name in around.listening}
    return json.dumps(
        {
            "project": str(package.project),
            "module": package.module,
            "arguments": arguments,
            "variables": {**free, **around.variables},
            "ports": around.ports,
        }
    )


def _variable_name(name: str) -> str:
    return re.sub("[^A-Z0-9]", "_", name.upper())
