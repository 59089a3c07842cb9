"""The command of a generated package: how it starts, its refusals, how it ends."""

import json
import signal
import socket
from ipaddress import IPv4Address
from pathlib import Path

import pytest
import yaml
from odd_requests import LEGACY, other
from service import Package, running, speaking

from waiting import PATIENCE

CREDENTIAL = "s3cret"
KEY = {"PRIME_API_KEY": CREDENTIAL}

_VALUES = Path(__file__).with_name("malformed_settings.yaml").read_text("utf-8")
MALFORMED = [
    (variable, value)
    for variable, values in yaml.safe_load(_VALUES).items()
    for value in values
]

STARTS = """\
import io, json, os, sys
from contextlib import redirect_stderr
from training_runs.__main__ import main

os.isatty = lambda _: True

def start(env):
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["training-runs", "serve"]
    with redirect_stderr(io.StringIO()) as said:
        try:
            main()
        except SystemExit as ended:
            return ended.code, said.getvalue()

print(json.dumps([start(env) for env in json.load(sys.stdin)]))
"""

SEALED_ENVIRONMENT = """\
import os, sys
import mcp.server.lowlevel, mcp.server.stdio, orjson, starlette.applications
import uvicorn

class Sealed(dict):
    def refuse(self, *_):
        raise AssertionError("the environment was read")
    __getitem__ = __contains__ = __iter__ = get = keys = items = copy = refuse

os.environ = Sealed()
import training_runs, training_runs.rest, training_runs.mcp_server
import training_runs.mock, training_runs.__main__
print("imported")
"""


def assert_refused(package: Package, *arguments: str, **env: str) -> str:
    """The start ends at once, with one line; returns it."""
    process = package.run(*arguments, **{**package.free_ports(), **env})
    assert process.returncode == 1
    assert process.stdout == ""
    [line] = process.stderr.splitlines()
    assert line.startswith("training-runs: ")
    return line


@pytest.fixture(scope="module")
def refusals(training: Package) -> dict[tuple[str, str], tuple[int, str]]:
    """Start the package with each of the malformed settings, in one process."""
    env = {**KEY, "TRAINING_RUNS_ALLOW_OPEN": "1", **training.free_ports()}
    starts = [{**env, variable: value} for variable, value in MALFORMED]
    process = training.execute(STARTS, json.dumps(starts))
    assert process.returncode == 0, process.stderr
    results = [(code, message) for code, message in json.loads(process.stdout)]
    return dict(zip(MALFORMED, results, strict=True))


@pytest.mark.parametrize(("variable", "value"), MALFORMED)
def test_a_malformed_setting_is_named_and_not_shown(
    refusals: dict[tuple[str, str], tuple[int, str]], variable: str, value: str
) -> None:
    code, message = refusals[variable, value]
    assert code == 1
    [line] = message.splitlines()
    assert line.startswith("training-runs: ")
    assert variable in line
    assert "s3cret" not in line


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_busy_port_ends_the_start_before_anything_listens(
    training: Package, workers: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        env = {**KEY, "TRAINING_RUNS_MCP_PORT": port}
        line = assert_refused(training, "serve", "--workers", workers, **env)
    assert f"port {port} (TRAINING_RUNS_MCP_PORT) of 127.0.0.1 (" in line
    assert "in use" in line
    assert "--port training-runs-mcp=PORT" in line


@pytest.mark.parametrize("host", [str(IPv4Address(0)), "::", "0"])
def test_listening_to_everybody_must_be_allowed(training: Package, host: str) -> None:
    for variable in ("TRAINING_RUNS_REST_HOST", "TRAINING_RUNS_MCP_HOST"):
        line = assert_refused(training, "serve", **{**KEY, variable: host})
        assert f"can reach the host in {variable}, and" in line
        assert "TRAINING_RUNS_ALLOW_OPEN=1" in line
        assert "not authenticated" in line


def test_a_service_is_a_process_of_its_own(cold: Package) -> None:
    with running(cold, "serve", **KEY) as service:
        service.signal(signal.SIGINT)
        assert service.end() == 0
    assert "Traceback" not in service.output
    assert_refused(cold, "serve")
    assert cold.run("--help").stdout.startswith("usage: training-runs ")
    assert cold.run("start").returncode == 2


@pytest.mark.parametrize("command", [("serve",), ("rest",), ("mcp",)])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_service_in_order(
    training: Package, command: tuple[str, ...], number: signal.Signals
) -> None:
    with running(training, *command, **KEY) as service:
        service.signal(number)
        assert service.end() == 0
    assert "Traceback" not in service.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_stdio_server_that_waits_for_input(
    training: Package, number: signal.Signals
) -> None:
    with speaking(training, **KEY) as pipes:
        assert pipes.ask(other(LEGACY, "initialize").text)["id"] == 1
        pipes.process.send_signal(number)
        assert pipes.process.wait(PATIENCE) == 0
        assert pipes.stderr.read() == ""


@pytest.mark.parametrize(
    ("command", "namespaces"),
    [
        (("serve",), ["training-runs-rest", "training-runs-mcp"]),
        (("rest",), ["training-runs-rest"]),
        (("rest", "training-runs-rest"), ["training-runs-rest"]),
        (("mcp", "training-runs-mcp"), ["training-runs-mcp"]),
    ],
)
def test_a_command_serves_its_adapters(
    training: Package, command: tuple[str, ...], namespaces: list[str]
) -> None:
    with running(training, *command, **KEY) as service:
        assert list(service.urls) == namespaces


def test_help_lists_every_variable(training: Package) -> None:
    table = training.project / "training_runs" / "settings.json"
    rows = {row["name"]: row for row in json.loads(table.read_text())}
    lines = training.run("serve", "--help").stdout.splitlines()
    words = [line.split(maxsplit=1) for line in lines if line.startswith("  ")]
    meanings = {word[0]: word[1:] for word in words if word[0] in rows}
    assert [*meanings] == [*rows]
    key = "credential of the upstream API (required by every operation)"
    assert meanings["PRIME_API_KEY"] == [key]
    assert meanings["TRAINING_RUNS_REST_PORT"] == ["its port (default: 8080)"]
    [pages] = meanings["TRAINING_RUNS_MCP_PAGES"]
    assert pages.endswith(" (one of closed, open; default: closed)")


def test_importing_reads_no_environment(cold: Package) -> None:
    process = cold.execute(SEALED_ENVIRONMENT)
    assert process.stdout == "imported\n", process.stderr
