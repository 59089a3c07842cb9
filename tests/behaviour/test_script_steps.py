"""Steps that run scripts, in served packages."""

import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from service import Package, Service, compile_text, running

from waiting import PATIENCE, eventually

Compile = Callable[..., Package]

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux confines processes"
)

SPEC = Path(__file__).with_name("script_steps.yaml").read_text("utf-8")
LIMITED = "{timeout: 20000}"
DOUBLE = "result = {'double': 2 * context['a'], 'context': context}"
AGAIN = "result = {'value': [context['double'], sorted(context)]}"
PERMITTED = {"THINGS_SCRIPTS": "1"}


@pytest.fixture
def compile_scripts(tmp_path: Path) -> Compile:
    def compiling(
        double: str = DOUBLE, again: str = AGAIN, settings: str = LIMITED
    ) -> Package:
        (tmp_path / "scripts").mkdir()
        (tmp_path / "scripts/double.py").write_text(double, encoding="utf-8")
        (tmp_path / "scripts/again.py").write_text(again, encoding="utf-8")
        return compile_text(SPEC.replace(LIMITED, settings), tmp_path)

    return compiling


def get(url: str, **query: str) -> httpx2.Response:
    return httpx2.get(f"{url}/things", params=query, timeout=PATIENCE)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_scripts_have_inputs_and_earlier_answers(
    compile_scripts: Compile, workers: str
) -> None:
    package = compile_scripts()
    with running(package, "serve", "--workers", workers, **PERMITTED) as service:
        answers: list[Any] = [
            get(service.url("things"), a="3", b="x").json(),
            get(service.url("things"), a="3").json(),
        ]
    context = {"a": 3, "b": "x", "c": 3, "d": {"e": [1, "x"]}}
    double = {"double": 6, "context": context}
    assert answers[0] == {"value": [double, ["a", "b", "double"]]}
    del context["b"]
    context["d"] = {"e": [1]}
    assert answers[1] == {"value": [double, ["a", "double"]]}


@pytest.mark.parametrize(
    ("env", "settings", "detail"),
    [
        ({}, LIMITED, "set THINGS_SCRIPTS=1"),
        ({"THINGS_SCRIPTS": "0"}, "{}", "set THINGS_SCRIPTS=1"),
        (PERMITTED, "{enabled: false}", "the spec turns scripts off"),
    ],
)
def test_scripts_run_only_if_they_are_permitted(
    compile_scripts: Compile, env: dict[str, str], settings: str, detail: str
) -> None:
    with running(compile_scripts(settings=settings), **env) as service:
        answer = get(service.url("things"), a="3")
    assert answer.status_code == 503
    assert detail in answer.json()["detail"]


@pytest.mark.parametrize(
    ("script", "settings", "message"),
    [
        ("result = 1 / 0", "{}", "ZeroDivisionError in line 1 of scripts/double.py"),
        ("open('/etc/passwd')", "{}", "PermissionError in line 1"),
        ("while True: pass", "{timeout: 500}", "too much time"),
        ("raise Exception('secret')", "{}", "Exception in line 1"),
    ],
)
def test_a_script_that_fails_is_named(
    compile_scripts: Compile, script: str, settings: str, message: str
) -> None:
    with running(compile_scripts(script, settings=settings), **PERMITTED) as service:
        answer = get(service.url("things"), a="3")
    assert answer.status_code == 500
    assert "scripts/double.py failed" in answer.json()["detail"]
    assert message in service.output
    assert "secret" not in service.output
    assert "Traceback" not in service.output


def test_the_environment_of_the_server_is_out_of_reach(
    compile_scripts: Compile,
) -> None:
    steal = """\
import json
os = json.codecs.sys.modules["os"]
found = [dict(os.environ)]
for path in ("/proc/self/environ", f"/proc/{os.getppid()}/environ"):
    try:
        found.append(open(path).read())
    except OSError as error:
        found.append(type(error).__name__)
result = found
"""
    steal = steal.replace("os.getppid()", "1")
    package = compile_scripts(steal, "result = {'value': context['double']}")
    with running(package, **PERMITTED, API_KEY="t0ken") as service:
        answer = get(service.url("things"), a="3")
    assert "t0ken" not in answer.text
    assert answer.json()["value"][1:] == ["PermissionError", "PermissionError"]


def test_compiling_runs_no_script(compile_scripts: Compile, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    package = compile_scripts(f"io = open({str(mark)!r}, 'w')\nresult = 1")
    copy = package.project / "things/scripts/double.py.txt"
    assert copy.read_text(encoding="utf-8").startswith("io = open(")
    assert not mark.exists()


def scripts_of(service: Service) -> list[str]:
    """Return the processes of scripts that a service runs."""
    states = (path.read_text() for path in Path("/proc").glob("[0-9]*/stat"))
    parents = (state.rpartition(")")[2].split()[1] for state in states)
    return [parent for parent in parents if parent == str(service.pid)]


def test_a_script_ends_when_its_client_has_gone(compile_scripts: Compile) -> None:
    package = compile_scripts("while True: pass", settings="{timeout: 600000}")
    with running(package, **PERMITTED, THINGS_TIMEOUT="600") as service:
        address = urlsplit(service.url("things"))
        with socket.create_connection((address.hostname, address.port)) as client:
            head = f"GET /things?a=3 HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n"
            client.sendall(head.encode())
            eventually(lambda: scripts_of(service) != [])
        eventually(lambda: scripts_of(service) == [])
