"""`naftiko-gen run`: a spec that is served while it is written."""

import json
import os
import re
import signal
import socket
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest
from long_run import LongRun, long_run
from packaging.requirements import Requirement

from naftiko_gen.cli import main
from naftiko_gen.tools.run import session
from naftiko_gen.tools.run.service import missing
from waiting import PATIENCE, eventually

SPEC = (Path(__file__).parents[2] / "specs" / "training-runs.yaml").read_text("utf-8")
WITHOUT_MCP = SPEC.partition("  - type: mcp\n")[0]
"""A spec whose package starts in half the time."""
COMMAND = ("run", "spec.yaml", "--mock")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the directory of temporary files, which has to be empty at the end."""
    monkeypatch.chdir(tmp_path)
    write(SPEC)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    return tmp_path / "temporary"


def write(text: str) -> None:
    Path("spec.yaml").write_text(text, "utf-8")


def both(run: LongRun) -> str:
    """Wait until both adapters listen; return the address of the REST API."""
    address = rest(run)
    run.until("training-runs-mcp listens on")
    return address


def rest(run: LongRun) -> str:
    """Wait until the REST adapter listens; return its address."""
    [line] = run.until("training-runs-rest listens on")[-1:]
    address = re.search(r"http://\S+", line)
    assert address
    return address[0]


def description(address: str) -> str:
    """Return how the served API describes itself; it may be about to be replaced."""
    descriptions: list[str] = []

    def is_told() -> bool:
        with suppress(OSError):
            descriptions.append(ask(address))
        return bool(descriptions)

    eventually(is_told)
    return descriptions[0]


def ask(address: str) -> str:
    """Ask the served API how it describes itself; raises OSError without an answer."""
    host = address.removeprefix("http://")
    with closing(HTTPConnection(host, timeout=PATIENCE)) as connection:
        connection.request("GET", "/openapi.json")
        return str(json.load(connection.getresponse())["info"])


def is_free(address: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(address.rpartition(":")[2]))) != 0


def test_a_spec_is_served_anew_when_it_changes(temporary: Path) -> None:
    with long_run(*COMMAND, "--port", "0") as run:
        address = both(run)
        before = description(address)

        write("- half\n")
        output = run.until("still served")
        assert output[0].startswith("spec.yaml:1:1: error[not-a-mapping]")
        assert description(address) == before

        write(SPEC.replace("Prime Intellect Training API", "Renamed API"))
        assert both(run) == address
        assert "Renamed API" in description(address)
        assert len(list(temporary.glob("naftiko-gen-run-*/*"))) == 1

        assert run.end(signal.SIGINT) == (0, [])
    assert is_free(address)
    assert not list(temporary.iterdir())


def test_a_run_starts_when_its_broken_spec_is_mended(temporary: Path) -> None:
    write("- half\n")
    with long_run(*COMMAND, "--port", "0") as run:
        run.until("nothing is served until the errors are fixed")
        write(WITHOUT_MCP)
        address = rest(run)
        assert description(address)
        assert run.end(signal.SIGTERM) == (0, [])
    assert is_free(address)
    assert not list(temporary.iterdir())


def test_a_spec_that_is_not_there_is_not_waited_for(temporary: Path) -> None:
    with long_run("run", "nosuch.yaml", "--mock") as run:
        code, output = run.wait_for_end()
    assert code == 1
    assert output[0].startswith(
        "nosuch.yaml: error[unreadable-file] can't read the file"
    )
    assert [line for line in output if line.startswith("naftiko-gen")] == []
    assert not list(temporary.iterdir())


def test_servers_end_with_who_started_them() -> None:
    write(WITHOUT_MCP)
    with long_run(*COMMAND, "--port", "0") as run:
        address = rest(run)
        run.process.kill()
        assert run.wait_for_end()[0] == -signal.SIGKILL
    eventually(lambda: is_free(address))


def test_ports_follow_each_other_and_must_be_free(temporary: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with long_run(*COMMAND, "--port", str(port)) as run:
            code, output = run.wait_for_end()
    assert code == 1
    assert f"can't listen on port {port} (TRAINING_RUNS_REST_PORT)" in "".join(output)
    assert output[-1] == (
        "naftiko-gen: the package ended with exit code 1; --port N chooses other ports,"
        " and variables of the environment are the other settings"
    )
    assert not list(temporary.iterdir())


def test_a_lack_of_a_credential_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRIME_API_KEY", raising=False)
    write(WITHOUT_MCP)
    with long_run("run", "spec.yaml", "--port", "0") as run:
        code, output = run.wait_for_end()
    assert code == 1
    assert "PRIME_API_KEY" in "".join(output)
    assert "set the variables that it names, or add --mock" in output[-1]


def test_missing_libraries_of_a_package_are_one_line(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lacking = [Requirement("PyJWT[crypto]>=2.12"), Requirement("xmltodict>=1.0,<2")]
    monkeypatch.setattr(session, "missing", lambda _: lacking)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert main.main([*COMMAND]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == (
        "naftiko-gen: the package needs PyJWT, xmltodict:"
        " pip install 'PyJWT[crypto]>=2.12' 'xmltodict<2,>=1.0'"
    )
    assert not list(temporary.glob("naftiko-gen-run-*"))


def test_dependencies_are_those_of_the_package(tmp_path: Path) -> None:
    requirements = (
        "uvicorn>=0.38,<1",
        "no-such-thing>=1",
        "for-another-system; sys_platform == 'none'",
    )
    text = f"[project]\ndependencies = {json.dumps(requirements)}\n"
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    assert missing(tmp_path) == [Requirement("no-such-thing>=1")]


@pytest.mark.parametrize("arguments", [["--port", "65536"], ["--port", "-1"], ["x"]])
def test_wrong_usage_is_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main.main([*COMMAND, *arguments])
    assert capsys.readouterr().err
