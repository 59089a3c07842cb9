"""Scripts: their results, and resources beyond their reach."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from case_tables import in_table
from naftiko_runtime.errors import CallError
from naftiko_runtime.outputs import script as script_module
from naftiko_runtime.outputs.script import Job, Script
from naftiko_runtime.outputs.worker import NICENESS
from waiting import PATIENCE, eventually

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux confines processes"),
    pytest.mark.slow,
]

HIDDEN = "import sys\nos = sys.modules['os']\n"
"""Scripts get any module that their process has loaded."""


def run(
    *scripts: str,
    context: Mapping[str, Any] | None = None,
    seconds: float = PATIENCE,
    is_confined: bool = True,
) -> Mapping[str, Any]:
    """Run scripts, the last of which has the result."""
    files = {f"{number}.py": script for number, script in enumerate(scripts)}
    job = Job(files, context or {}, seconds=seconds, is_confined=is_confined)
    return job.run()


@in_table
def test_a_script_has_a_result(script: str, result: object) -> None:
    assert run(script, context={"a": [1, 2]}) == {"result": result}


def test_scripts_share_their_names() -> None:
    double = "def double(x): return 2 * x"
    assert run(double, "result = double(context['x'])", context={"x": 2}) == {
        "result": 4
    }


@in_table
def test_a_fault_has_a_place(script: str, fault: str, line: int) -> None:
    assert run("x = 1", script) == {"fault": fault, "file": "1.py", "line": line}


@pytest.mark.parametrize(
    "result", ["float('nan')", "[0] * 1_000_000_000", "{1: {2}, (3,): 4}"]
)
def test_a_result_is_json(result: str) -> None:
    assert "fault" in run(f"result = {result}")


@in_table
def test_a_script_ends_after_its_time(script: str) -> None:
    with pytest.raises(ValueError, match="too much time"):
        run(script, seconds=1)


@pytest.mark.parametrize(
    "script",
    ["result = 'a' * 5_000_000", HIDDEN + "while True: os.write(1, b'a' * 65536)"],
)
def test_a_result_has_a_limit(script: str) -> None:
    with pytest.raises(ValueError, match="too large"):
        run(script)


@pytest.mark.parametrize(
    "script", [HIDDEN + "os.write(1, b'[')\nos._exit(0)", HIDDEN + "os._exit(0)"]
)
def test_a_process_that_answers_otherwise_fails(script: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        run(script)


FORGED = HIDDEN + """
import json
os.write(1, json.dumps(context["answer"]).encode())
os._exit(0)
"""


@in_table
def test_the_log_has_no_fault_that_a_script_makes_up(
    answer: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    script = Script("naftiko_runtime.scripts", ("0.py",), "SPEC_SCRIPTS")
    monkeypatch.setenv("SPEC_SCRIPTS", "1")
    monkeypatch.setattr(script_module, "_sources", lambda *_: {"0.py": FORGED})
    with pytest.raises(CallError) as error:
        asyncio.run(script.run({"answer": answer}))
    assert error.value.status == 500
    assert "unconfined" not in caplog.text
    assert "spoofed" not in caplog.text
    assert "passwd" not in caplog.text


def test_a_process_that_cannot_be_confined_runs_no_script(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = script_module.START.replace(
        "main()", "from outputs import worker; worker.confine = lambda: 'no'; main()"
    )
    command = (*script_module.COMMAND[:-2], program, script_module.COMMAND[-1])
    monkeypatch.setattr(script_module, "COMMAND", command)
    with pytest.raises(script_module.UnconfinedError, match=r"^no$"):
        run(HIDDEN + "os.write(1, b'null')")


def test_a_script_yields_to_calls_without_one() -> None:
    # The tests may have been made nice as well; 19 is the most.
    expected = min(os.getpriority(os.PRIO_PROCESS, 0) + NICENESS, 19)
    job = Job({"a.py": "while True: pass"}, {}, seconds=PATIENCE, is_confined=True)
    with ThreadPoolExecutor(1) as threads:
        run_of_job = threads.submit(job.run)
        eventually(lambda: job._process is not None)
        assert job._process is not None
        number = job._process.pid
        eventually(lambda: os.getpriority(os.PRIO_PROCESS, number) == expected)
        job.end()
        with pytest.raises(ValueError, match="too much"):
            run_of_job.result()


@pytest.mark.parametrize("count", ["0", "many"])
def test_the_number_of_scripts_at_once_is_checked(
    count: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script("naftiko_runtime.scripts", ("worker.py",), "SPEC_SCRIPTS")
    monkeypatch.setenv("SPEC_SCRIPTS", "1")
    monkeypatch.setenv("SPEC_SCRIPTS_AT_ONCE", count)
    monkeypatch.setattr(script_module, "_sources", lambda *_: {"worker.py": ""})
    with pytest.raises(CallError, match="SPEC_SCRIPTS_AT_ONCE must be"):
        asyncio.run(script.run({}))


def test_a_job_may_be_ended_before_its_start() -> None:
    job = Job({"a.py": ""}, {}, seconds=PATIENCE, is_confined=True)
    job.end()
    with pytest.raises(ValueError, match="before its start"):
        job.run()


STARTED = """\
import sys, threading, time
from naftiko_runtime.outputs.script import Job
job = Job({"a.py": "import time\\ntime.sleep(300)"}, {}, seconds=300, is_confined=True)
threading.Thread(target=job.run).start()
while job._process is None:
    time.sleep(0.01)
print(job._process.pid, flush=True)
"""


def test_a_script_ends_with_a_killed_parent() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", STARTED]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        script = Path("/proc", parent.stdout.readline().decode().strip(), "stat")
        limits = script.with_name("limits")
        eventually(lambda: " 301 " in limits.read_text())  # those of a running script
        parent.kill()
    eventually(lambda: not script.exists() or script.read_text().split()[2] == "Z")


# --- confinement ---


@in_table
def test_a_script_reaches_nothing(attack: str, tmp_path: Path) -> None:
    attack = attack.replace("FILE", str(tmp_path / "file"))
    attack = attack.replace("PARENT", str(os.getpid()))
    handler = "except (OSError, RuntimeError, ValueError):\n result = 'no'"
    program = f"{HIDDEN}try:\n {attack}\n{handler}"
    assert run(program) == {"result": "no"}
    assert list(tmp_path.iterdir()) == []


NATIVE = """\
ctypes = sys.modules["ctypes"]
library = ctypes.CDLL(None, use_errno=True)
number, *arguments = context["call"]
code = library.syscall(number, *arguments)
result = [code, ctypes.get_errno()]
"""
X86 = {
    "socket": (41, 2, 1, 0),
    "socketpair": (53, 1, 1, 0, 0),
    "clone": (56, 17, 0, 0, 0, 0),
    "ptrace": (101, 16, 1, 0, 0),
    "process_vm_readv": (310, 1, 0, 0, 0, 0, 0),
    "io_uring_setup": (425, 1, 0),
    "openat2": (437, -100, 0, 0, 0),
    "pidfd_open": (434, 1, 0),
    "unshare": (272, 0x10000000),
    "bpf": (321, 0, 0, 0),
    "seccomp": (317, 2, 0, 0),
    "x32 socket": (0x40000000 | 41, 2, 1, 0),
}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of another system")
@pytest.mark.parametrize("name", X86)
def test_machine_code_reaches_nothing_either(name: str) -> None:
    answer = run(HIDDEN + NATIVE, context={"call": X86[name]})
    assert answer == {"result": [-1, 1]}


def test_the_environment_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "secret")
    names = run(HIDDEN + "result = [*os.environ]", is_confined=False)["result"]
    assert set(names) <= {"LC_CTYPE"}


def test_no_file_of_the_parent_is_open(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        script = (
            f"{HIDDEN}try: os.fstat({file.fileno()})\nexcept OSError: result = 'no'"
        )
        assert run(script) == {"result": "no"}


def test_an_unconfined_script_has_only_limits() -> None:
    script = "result = open('/proc/self/limits').read()"
    limits = run(script, is_confined=False)["result"]
    assert "Max file size             0" in limits
    assert f"Max address space         {script_module.MEMORY}" in limits
