"""The log: it stops nothing, and no client can forge a line of it."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO
from urllib.parse import urlsplit

import pytest
from exact_http import exactly
from service import ANNOUNCEMENT, Package, Process, running

from waiting import PATIENCE

MANY = 40
LONG_ORIGIN = {"Origin": "http://" + "x" * 60_000}
CALL = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}).encode()
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
FORGING = "http://a\x85ERROR:root:forged\x9b31m\tx"
WRITE = """\
import logging, sys
from RUNTIME.observing.logs import install
install("info", "runs")
log = logging.getLogger("test")
{}
"""
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ")
SERVE = [("serve",), ("serve", "--workers", "2")]


class Unheard:
    """A running package whose standard error is a pipe that nobody reads any more."""

    def __init__(self, process: Process, urls: list[str]) -> None:
        self.process = process
        self.log = f"/proc/{process.pid}/fd/2"
        self.rest, self.mcp = urls

    def post(self, headers: Mapping[str, str]) -> int:
        return exactly("POST", self.mcp, "/mcp", CALL, {**JSON, **headers}).status_code


@contextmanager
def unheard(package: Package, *arguments: str) -> Iterator[Unheard]:
    process, output = package.start(*arguments, "--mock", env=package.free_ports())
    try:
        yield Unheard(process, announcements(output))
    finally:
        process.kill()
        process.wait(PATIENCE)
        output.close()


def announcements(output: IO[str]) -> list[str]:
    # The first line says that the answers are made up.
    lines = [output.readline() for _ in range(3)]
    return [match[2] for line in lines if (match := ANNOUNCEMENT.fullmatch(line))]


def fill(pipe: str) -> None:
    """Leave no room in a pipe, as the lines of some hours would."""
    writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    try:
        for size in (4096, 1):
            while True:
                os.write(writer, b"." * size)
    except BlockingIOError:
        pass
    finally:
        os.close(writer)


@pytest.mark.parametrize("arguments", SERVE)
def test_a_log_that_nobody_reads_stops_nothing(
    training: Package, arguments: tuple[str, ...]
) -> None:
    with unheard(training, *arguments) as service:
        assert service.post({}) == 200
        fill(service.log)

        statuses = {service.post(LONG_ORIGIN) for _ in range(MANY)}

        assert statuses == {403}
        assert service.post({}) == 200
        assert exactly("GET", service.rest, "/openapi.json").status_code == 200


@pytest.mark.parametrize("arguments", SERVE)
def test_a_server_ends_though_nobody_reads_its_log(
    training: Package, arguments: tuple[str, ...]
) -> None:
    with unheard(training, *arguments) as service:
        fill(service.log)
        assert service.post(LONG_ORIGIN) == 403

        service.process.send_signal(signal.SIGTERM)

        assert service.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("header", ["Origin", "Host"])
def test_a_client_writes_no_line_of_its_own(training: Package, header: str) -> None:
    with running(training, "serve", "--mock", "--log-level", "info") as service:
        lines = len(service.output.splitlines())
        send(service.url("mcp"), header, FORGING)
        send(service.url("mcp"), header, "http://" + "x" * 60_000)
        service.signal(signal.SIGTERM)
        service.end()
        log = service.output.splitlines()[lines:]

    log = [line for line in log if "OPTIONS /" not in line]
    assert len(log) == 2
    line = (
        MOMENT.pattern
        + r"INFO:training-runs:[\w.]+\.observing\.logs:"
        + r"training-runs-mcp POST /mcp 4(03|21) \d+\.\d ms "
        + rf"\({header} is not allowed\) \[[0-9a-f]{{32}}\]"
    )
    assert all(re.fullmatch(line, entry) for entry in log)


def send(url: str, header: str, value: str) -> None:
    """Send a request with bytes in a header that ordinary clients refuse."""
    place = urlsplit(url)
    fields = {"Host": place.netloc, **JSON, "Content-Length": "0", header: value}
    head = "".join(f"{name}: {text}\r\n" for name, text in fields.items())
    with socket.create_connection((place.hostname, place.port), PATIENCE) as connection:
        connection.sendall(f"POST /mcp HTTP/1.1\r\n{head}\r\n".encode("latin-1"))
        assert connection.recv(12) in (
            b"HTTP/1.1 403",
            b"HTTP/1.1 421",
            b"HTTP/1.1 400",
        )


def log_of(package: Package, code: str) -> str:
    """Return the log of some code without the times, which each line begins with."""
    process = package.execute(WRITE.format(code))
    assert process.returncode == 0, process.stderr
    return without_times(process.stderr)


def without_times(log: str) -> str:
    lines = log.splitlines(keepends=True)
    assert all(map(MOMENT.match, lines)), log
    return "".join(MOMENT.sub("", line, count=1) for line in lines)


def test_notices_are_plain_at_a_terminal_and_else_lines_of_the_log(
    training: Package,
) -> None:
    terminal, its_end = pty.openpty()
    plain = "training-runs: set the environment variable PRIME_API_KEY "
    for stream in (its_end, subprocess.PIPE):
        with subprocess.Popen(training.command("serve"), stderr=stream) as process:
            _, output = process.communicate(timeout=PATIENCE)
    assert os.read(terminal, 1000).decode().startswith(plain)
    assert re.match(rf"{MOMENT.pattern}ERROR:training-runs:{plain}", output.decode())
    os.close(terminal)
    os.close(its_end)


def test_the_last_line_of_the_log_is_written(training: Package) -> None:
    lines = log_of(training, "for number in range(500): log.info('line %d', number)")

    assert lines.splitlines() == [
        f"INFO:runs:test:line {number}" for number in range(500)
    ]


def test_lines_that_are_dropped_are_counted(training: Package) -> None:
    code = """\
for _ in range(5000): log.info('x')
print("logged", flush=True)
import threading
[thread.join() for thread in threading.enumerate() if thread.name == "log"]
"""
    end, log = os.pipe()
    fill(f"/proc/self/fd/{log}")  # nothing can be written before all is logged
    process = subprocess.Popen(
        [sys.executable, "-c", training.with_runtime(WRITE.format(code))],
        cwd=training.project,
        stdout=subprocess.PIPE,
        stderr=log,
    )
    os.close(log)
    with process, os.fdopen(end, encoding="utf-8") as stream:
        assert process.stdout
        assert process.stdout.readline() == b"logged\n"
        lines = without_times(stream.read().lstrip(".")).splitlines()

    [note] = [line for line in lines if "dropped" in line]
    count = int(note.split()[-3])
    assert count > 0
    assert count + lines.count("INFO:runs:test:x") == 5000


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("größe 😀", "größe 😀"),
        ("a\nb\r\x00\x1b\x9b\x7f\t", r"a\nb\r\x00\x1b\x9b\x7f\t"),
        ("\u2028\u2029\u202e\ud800", r"\u2028\u2029\u202e\ud800"),
        ("x" * 250, "x" * 200 + "... (50 more)"),
    ],
)
def test_a_message_is_one_line_of_printable_text(
    training: Package, text: str, line: str
) -> None:
    for code in (f"log.info({text!a})", f"log.info('%s', {text!a})"):
        assert log_of(training, code) == f"INFO:runs:test:{line}\n"


@pytest.mark.parametrize(
    "code",
    [
        "try: raise ValueError('SECRET')\nexcept ValueError: log.exception('failed')",
        "try: raise ValueError('SECRET')\nexcept ValueError as e: log.error('%r', e)",
        "try:\n raise ValueError('SECRET')\n"
        "except ValueError:\n import traceback; log.error(traceback.format_exc())",
        "import asyncio\nasync def fail(): raise ValueError('SECRET')\n"
        "async def main(): task = asyncio.create_task(fail()); await asyncio.sleep(0)\n"
        "asyncio.run(main())",
        "class A:\n def __del__(self): raise ValueError('SECRET')\na = A(); del a",
        "try:\n try: raise ValueError('SECRET')\n"
        " except ValueError as e: raise ExceptionGroup('SECRET', [e])\n"
        "except ExceptionGroup: log.exception('failed')",
    ],
)
def test_an_exception_is_logged_without_its_text(training: Package, code: str) -> None:
    line = log_of(training, code)

    assert "SECRET" not in line
    assert "ValueError" in line
    assert len(line.splitlines()) == 1


def test_an_exception_that_ends_the_process_is_logged_without_its_text(
    training: Package,
) -> None:
    process = training.execute(WRITE.format("def f(): raise KeyError('SECRET')\nf()"))

    assert process.returncode == 1
    logger = f"{training.runtime}.observing.logs"
    log = without_times(process.stderr)
    assert log.startswith(f"CRITICAL:runs:{logger}:the process ends")
    assert "KeyError" in process.stderr
    assert "SECRET" not in process.stderr
