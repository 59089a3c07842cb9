"""A server that is told to stop ends without a traceback, even during calls."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from textwrap import dedent

import httpx2
import pytest
from odd_requests import LEGACY, other, plain
from prime import RUNS
from raw_http import connection, host_line, refuses
from service import Package, Pipes, Service, speaking
from upstream_process import UpstreamProcess, upstream_process

from delivery import chosen_delivery
from naftiko_gen.configuration.options import Delivery
from waiting import PATIENCE, eventually

JSON = b"Content-Type: application/json\r\nAccept: application/json\r\n"
TOOL = "prime-intellect-deleterun"
MESSAGE = plain(LEGACY, TOOL, {"run_id": "1"}).text.encode()
REVISION = b"MCP-Protocol-Version: 2025-11-25\r\n"
KINDS = ("rest", "plain", "sdk")


@pytest.fixture
def upstream() -> Iterator[UpstreamProcess]:
    """Run an upstream that answers later than any test lasts."""
    with upstream_process("steady_upstream.py", "600") as process:
        yield process


@contextmanager
def finishing(
    package: Package,
    upstream: UpstreamProcess,
    *arguments: str,
    first: signal.Signals = signal.SIGTERM,
    timeout: str = "600",
) -> Iterator[tuple[Service, list[socket.socket]]]:
    """Serve calls of each kind, and hold connections; the service is told to stop."""
    settings = {
        "PRIME_API_KEY": "key",
        "TRAINING_RUNS_BASE_URI": upstream.url,
        "TRAINING_RUNS_TIMEOUT": timeout,
    }
    service = Service(package, ("serve", *arguments), settings)
    with ExitStack() as stack:
        clients = [begin_call(stack, service, kind) for kind in KINDS]
        hold(stack, service)
        eventually(lambda: has_begun(upstream, len(KINDS)))
        service.signal(first)
        yield service, clients
        assert service.end() == 0
    check_log(service.output)


def begin_call(stack: ExitStack, service: Service, kind: str) -> socket.socket:
    """Make a call that lasts."""
    url = service.url("rest" if kind == "rest" else "mcp")
    client = stack.enter_context(connection(url))
    if kind == "rest":
        head = f"DELETE {RUNS}/1 HTTP/1.1\r\n".encode() + host_line(url)
        client.sendall(head + b"\r\n")
    else:
        revision = REVISION if kind == "plain" else b""
        length = b"Content-Length: %d\r\n\r\n" % len(MESSAGE)
        head = b"POST /mcp HTTP/1.1\r\n" + host_line(url) + JSON + revision + length
        client.sendall(head + MESSAGE)
    return client


def hold(stack: ExitStack, service: Service) -> None:
    """Hold connections: one that waits for a request, one for a body."""
    for kind in ("rest", "mcp"):
        url = service.url(kind)
        idle = stack.enter_context(connection(url))
        idle.sendall(b"GET /none HTTP/1.1\r\n" + host_line(url) + b"\r\n")
        assert idle.recv(12) == b"HTTP/1.1 404"
        path = RUNS.encode() if kind == "rest" else b"/mcp"
        sending = stack.enter_context(connection(url))
        head = b"POST %s HTTP/1.1\r\n" % path + host_line(url) + JSON
        sending.sendall(head + b"Content-Length: 10\r\nExpect: 100-continue\r\n\r\n")
        assert sending.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sending.sendall(b"{")


def has_begun(upstream: UpstreamProcess, number: int) -> bool:
    """Return whether so many calls have come to the upstream."""
    return httpx2.get(f"{upstream.url}/begun", timeout=PATIENCE).text == str(number)


def is_stopping(service: Service) -> bool:
    """Return whether it takes no more connections, and so has read the signal."""
    return all(refuses(url) for url in service.urls.values())


def check_log(output: str) -> None:
    assert "Traceback" not in output
    assert "never retrieved" not in output


@pytest.mark.parametrize(
    ("workers", "number"),
    [("1", signal.SIGTERM), ("1", signal.SIGHUP), ("2", signal.SIGTERM)],
)
def test_the_end_of_the_grace_period(
    training: Package, upstream: UpstreamProcess, workers: str, number: signal.Signals
) -> None:
    options = ("--workers", workers)
    with finishing(training, upstream, *options, first=number, timeout="1"):
        pass


@pytest.mark.parametrize("is_script", [True, False])
def test_the_first_process_of_a_container_ends_while_it_imports(
    training: Package, tmp_path: Path, *, is_script: bool
) -> None:
    if is_script and chosen_delivery() is not Delivery.VENDORED:
        pytest.skip("the shared runtime doesn't know the names of commands")
    apart = ("unshare", "--pid", "--fork", "--kill-child")
    can_run = shutil.which(apart[0]) and not subprocess.call([*apart, "true"])
    if not can_run:
        pytest.skip("no namespace of processes can be made here")
    slow = "import signal\nprint('importing', flush=True)\nsignal.pause()\n"
    (tmp_path / "starlette.py").write_text(slow)
    script = tmp_path / "training-runs"
    script.write_text(f"from {training.module}.__main__ import main\nmain()\n")
    start = (str(script),) if is_script else ("-m", training.module)
    command = [sys.executable, *start, "serve"]
    with subprocess.Popen(
        [*apart, *command],
        cwd=training.project,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{training.project}"},
        stdout=subprocess.PIPE,
    ) as parent:
        try:
            assert parent.stdout
            assert parent.stdout.readline() == b"importing\n"
            children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
            os.kill(int(children.read_text()), signal.SIGTERM)
            assert parent.wait(PATIENCE) == 0
        finally:
            parent.kill()


def test_a_start_without_streams_ends_at_once(training: Package) -> None:
    code = """
        import os, signal
        from RUNTIME.serving import command

        def start(*_):
            os.write(1, os.readlink("/proc/self/fd/2").encode())
            os.kill(os.getpid(), signal.SIGTERM)

        os.close(2)
        command._exit_code = start
        command.run_command(None)
    """
    process = training.execute(dedent(code))

    assert (process.returncode, process.stdout) == (128 + signal.SIGTERM, os.devnull)


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_interrupt_while_calls_finish(
    training: Package, upstream: UpstreamProcess, workers: str, first: signal.Signals
) -> None:
    """A call that one process cancels is answered; workers end at once."""
    options = ("--workers", workers)
    with finishing(training, upstream, *options, first=first) as (service, clients):
        eventually(lambda: is_stopping(service))
        service.signal(signal.SIGINT)
        if workers == "1":
            statuses = [client.recv(12) for client in clients]
            assert statuses == [b"HTTP/1.1 503"] * len(KINDS)


def begin_on_stdio(pipes: Pipes, upstream: UpstreamProcess, *texts: str) -> None:
    """Make calls that last on standard input, of a client with a handshake."""
    pipes.ask(other(LEGACY, "initialize").text)
    note = other(LEGACY, "notifications/initialized").text
    pipes.tell(note, *texts)
    eventually(lambda: has_begun(upstream, len(texts)))


def stdio_settings(upstream: UpstreamProcess, timeout: str) -> dict[str, str]:
    return {
        "PRIME_API_KEY": "key",
        "TRAINING_RUNS_BASE_URI": upstream.url,
        "TRAINING_RUNS_TIMEOUT": timeout,
    }


@pytest.mark.parametrize("signals", [0, 1, 2])
def test_calls_of_standard_input_are_answered(
    training: Package, upstream: UpstreamProcess, signals: int
) -> None:
    """Neither the end of the input nor SIGTERM cuts off a call, which is late here."""
    with speaking(training, **stdio_settings(upstream, "2")) as pipes:
        begin_on_stdio(pipes, upstream, MESSAGE.decode())
        if not signals:
            pipes.stdin.close()
        for _ in range(signals):
            pipes.process.send_signal(signal.SIGTERM)
        assert "did not answer in time" in pipes.stdout.readline()
        assert pipes.process.wait(PATIENCE) == 0
        check_log(pipes.stderr.read())


def is_interrupted(pipes: Pipes) -> bool:
    """Send SIGINT once more; return whether the process has ended."""
    pipes.process.send_signal(signal.SIGINT)
    return pipes.process.poll() is not None


def test_a_call_of_standard_input_is_cut_off_aloud(
    training: Package, upstream: UpstreamProcess
) -> None:
    with speaking(training, **stdio_settings(upstream, "600")) as pipes:
        begin_on_stdio(pipes, upstream, MESSAGE.decode())
        # Equal signals that wait for a handler are one, so there may be more than two.
        eventually(lambda: is_interrupted(pipes))
        assert pipes.process.returncode == 1
        log = pipes.stderr.read()
    assert f"tools/call {TOOL} is cut off without an answer: it may have" in log
    check_log(log)


def test_ids_of_two_types_are_two_calls(
    training: Package, upstream: UpstreamProcess
) -> None:
    number = MESSAGE.decode()
    text = number.replace('"id":1,', '"id":"1",')
    with speaking(training, **stdio_settings(upstream, "3")) as pipes:
        begin_on_stdio(pipes, upstream, number, text)
        pipes.tell(
            '{"jsonrpc":"2.0","method":"notifications/cancelled",'
            '"params":{"requestId":"1"}}'
        )
        assert json.loads(pipes.stdout.readline())["id"] == 1
        pipes.stdin.close()
        assert pipes.stdout.readline() == ""
        assert pipes.process.wait(PATIENCE) == 0
