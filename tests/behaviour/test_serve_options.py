"""The options of a package's command, and its messages at the start."""

import random
import re
import socket
from contextlib import suppress
from pathlib import Path

import pytest
from service import Package, compile_text, running
from test_adapters import HOST, compile_adapters, spec_with

from case_tables import named_table

MOCKED = "the answers of training-runs are made up (--mock): no upstream is called\n"
LATER = {"TRAINING_RUNS_REST_PORT": "1", "TRAINING_RUNS_REST_HOST": "192.0.2.1"}
WRONG = named_table(__file__, "serve_options")
LEVEL = ("--log-level", "info")


def free_port() -> int:
    """Return a free port below those that the system gives to other processes."""
    for port in random.sample(range(20_000, 30_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("none of 100 ports is free")


def error(package: Package, *arguments: str, code: int = 2) -> str:
    """Return the one line with which a mistake ends the command."""
    process = package.run(*arguments)
    assert (process.returncode, process.stdout) == (code, "")
    [line] = process.stderr.splitlines()
    assert line.startswith("training-runs")
    return line


@pytest.mark.parametrize(
    ("command", "form"),
    [(("rest",), "{}"), (("rest",), "training-runs-rest={}"), (("serve",), "rest={}")],
)
def test_a_port_of_the_command_line_wins(
    training: Package, command: tuple[str, ...], form: str
) -> None:
    port = free_port()
    form = form.replace("rest={}", "training-runs-rest={}") if form[0] == "r" else form
    options = ("--port", form.format(port), "--host", "localhost", "--mock")
    with running(training, *command, *options, **LATER) as service:
        assert service.url("rest") == f"http://localhost:{port}"


def test_a_bare_port_is_for_the_only_adapter(tmp_path: Path) -> None:
    package = compile_adapters(tmp_path, "things-rest")
    port = free_port()
    with running(package, "serve", "--port", str(port), **HOST) as service:
        assert service.url("rest") == f"http://127.0.0.1:{port}"


def test_each_adapter_has_its_port(training: Package) -> None:
    rest, mcp = free_port(), free_port()
    ports = (f"--port=training-runs-rest={rest}", f"--port=training-runs-mcp={mcp}")
    with running(training, "serve", "--mock", *ports) as service:
        assert service.url("rest").endswith(f":{rest}")
        assert service.url("mcp").endswith(f":{mcp}/mcp")


def test_a_platform_sets_the_port_of_the_first_adapter(training: Package) -> None:
    platforms, own = free_port(), free_port()
    unset = {"TRAINING_RUNS_REST_PORT": "", "PORT": str(platforms)}
    with running(training, "serve", "--mock", **unset) as service:
        assert service.url("rest").endswith(f":{platforms}")
        assert not service.url("mcp").endswith(f":{platforms}/mcp")
    unset = {"TRAINING_RUNS_MCP_PORT": "", "PORT": str(platforms)}
    with running(training, "mcp", "--mock", **unset) as service:
        assert service.url("mcp").endswith(f":{platforms}/mcp")
    ports = {"PORT": str(platforms), "TRAINING_RUNS_REST_PORT": str(own)}
    with running(training, "rest", "--mock", **ports) as service:
        assert service.url("rest").endswith(f":{own}")
    option = ("--port", str(own))
    with running(training, "rest", "--mock", *option, PORT=str(platforms)) as service:
        assert service.url("rest").endswith(f":{own}")
    process = training.run("rest", "--mock", PORT="web")
    assert "PORT must be a whole number from 0 to 65535" in process.stderr


def test_a_port_of_the_spec_is_no_platforms(tmp_path: Path) -> None:
    binds = "binds: [{namespace: env, keys: {PORT: PORT}}]\ncapability:"
    spec = spec_with("things-rest").replace("capability:", binds, 1)
    package = compile_text(spec.replace("{host}", "127.0.0.1:{{PORT}}"), tmp_path)
    line = package.run(
        "rest",
        "--host",
        "192.0.2.1",
        PORT="1",
        THINGS_REST_PORT="",
        THINGS_ALLOW_OPEN="1",
    )

    assert " port 1 " not in line.stderr
    assert " port 8080 " in line.stderr


@pytest.mark.parametrize("port", ["9000", "other=9000"])
def test_a_port_that_is_for_no_adapter_names_those_that_there_are(
    training: Package, port: str
) -> None:
    line = error(training, "serve", "--mock", "--port", port)

    assert "--port training-runs-rest=PORT or --port training-runs-mcp=PORT" in line


@pytest.mark.parametrize(("command", "message"), WRONG["mistakes"])
def test_a_mistake_is_one_line(training: Package, command: str, message: str) -> None:
    line = error(training, *command.split())

    assert message in line
    assert line.endswith("--help`")


@pytest.mark.parametrize(("command", "message"), WRONG["misspellings"])
def test_a_misspelling_is_answered_with_a_question(
    training: Package, command: str, message: str
) -> None:
    line = error(training, *command.split())

    assert message in line
    assert re.search(r"\? See `training-runs[ a-z-]* --help`$", line)


@pytest.mark.parametrize("arguments", [("blub",), ("serve", "--xyz"), ("x" * 10**5,)])
def test_words_that_resemble_nothing_are_answered_without_a_question(
    training: Package, arguments: tuple[str, ...]
) -> None:
    assert "did you mean" not in error(training, *arguments)


@pytest.mark.parametrize(
    "arguments", [("serve", "--x"), ("serve", "--port", "1"), ("rest", "--port", "a")]
)
def test_a_mistake_names_the_help_of_its_command(
    training: Package, arguments: tuple[str, ...]
) -> None:
    line = error(training, *arguments)

    assert line.endswith(f"see `training-runs {arguments[0]} --help`")


def test_only_the_variable_lets_other_machines_in(training: Package) -> None:
    everybody = ".".join("0000")

    line = error(training, "rest", "--mock", "--host", everybody, code=1)

    assert "can reach the host in --host, and" in line
    assert "TRAINING_RUNS_ALLOW_OPEN=1" in line


def test_a_host_that_cannot_be_looked_up_is_said_to_be_that(training: Package) -> None:
    line = error(training, "serve", "--mock", "--host", "nosuch.invalid", code=1)

    assert "can't look up the host in --host: " in line
    assert "ALLOW_OPEN" not in line


def test_a_package_without_a_command_shows_help(training: Package) -> None:
    process = training.run()

    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout == training.run("--help").stdout


def test_the_version_of_the_command_is_that_of_the_package(training: Package) -> None:
    project = (training.project / "pyproject.toml").read_text("utf-8")
    version = re.search('^version = "(.*)"', project, re.MULTILINE)
    assert version

    assert training.run("--version").stdout == f"training-runs {version[1]}\n"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_each_line_of_the_start_is_written_once(
    training: Package, workers: str
) -> None:
    options = ("serve", "--mock", *LEVEL, "--workers", workers)
    with running(training, *options) as service:
        pass

    lines = service.output.splitlines(keepends=True)
    listening = [line for line in lines if "listens on" in line]
    messages = [line for line in lines if "OPTIONS" not in line]
    assert len(listening) == 2
    assert messages == [MOCKED, *listening]


def test_a_start_without_the_mock_says_nothing_of_a_mock(training: Package) -> None:
    with running(training, "rest", PRIME_API_KEY="a") as service:
        pass

    assert "made up" not in service.output


def test_an_adapter_on_standard_input_says_that_it_is_mocked(tmp_path: Path) -> None:
    package = compile_adapters(tmp_path, "things-mcp")

    process = package.run("mcp", "--stdio", "--mock")

    assert (process.returncode, process.stdout) == (0, "")
    assert process.stderr == MOCKED.replace("training-runs", "things")
