"""Profiles: where the processor time of a call goes, by the code that spends it."""

import os
import re
import signal
import subprocess
import sysconfig
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from . import contest, load
from .contest import OURS, WARM_UP_SECONDS, Contest, Run, Scenario, Started
from .process import Command, Server, free_port

SAMPLER = Path(__file__).with_name("sampler.c")
CALLGRIND = (
    *("valgrind", "--tool=callgrind", "--instr-atstart=no"),
    *("--callgrind-out-file=/dev/null", "--log-file=callgrind.log"),
)
PATIENCE = 300
"""Seconds that a server takes at the most to start in Valgrind."""
PERIOD = 499_979
"""Nanoseconds between samples, no multiple of which is a period of something else."""
SECONDS = 10
SHOWN = 8
"""The functions of a group that take most time, as many as are shown."""
STARTING = f"""\
import atexit, ctypes, os, signal
sampler = ctypes.PyDLL(os.environ["SAMPLER"])
signal.signal(signal.SIGUSR2, lambda *_: sampler.start({PERIOD}))
atexit.register(sampler.stop, os.environ["SAMPLES"].encode())
"""
COUNTING = """\
import atexit, collections, os, signal, sys
counts = collections.Counter()
def count(frame, event, _):
    frame.f_trace_opcodes = True
    code = frame.f_code
    counts[f"{code.co_filename} {code.co_qualname}"] += event == "opcode"
    return count
def stop():
    sys.settrace(None)
    with open(os.environ["SAMPLES"], "w") as file:
        file.writelines(f"{number} {code}\\n" for code, number in counts.items())
signal.signal(signal.SIGUSR2, lambda *_: sys.settrace(count))
atexit.register(stop)
"""
IDLE = re.compile(r"^\S+ (epoll_p?wait|poll)$")
SOCKETS = re.compile(r"libc\S+ _*(readv?|writev?|(send|recv)(msg|to|from)?)$")
LOOP = re.compile(r"/uvloop/\S+\.so")
GROUPS = tuple(
    (group, re.compile(pattern))
    for group, pattern in (
        ("logs and ids", r"/logging/|_runtime/observing"),
        (
            "response",
            r" (send_response|Output\.|\w*Cycle\.send|Exchange\._?send|kept_)"
            r"|_runtime/(mcp/answers|outputs/)",
        ),
        (
            "checks",
            r"_runtime/(http/|serving/(capacity|pages))| \w+\._check_head| \w*Guard",
        ),
        (
            "inputs",
            r"_runtime/(inputs|bodies|schemas|values|patterns)"
            r"|_runtime/(rest/inputs|mcp/arguments)",
        ),
        ("client", r"_runtime/(upstream/|transport|bodies)|/(aiohttp|yarl|multidict)/"),
        ("server parsing", r"/uvicorn/|_runtime/serving/"),
        ("routes and tools", r"/starlette/|_runtime/(rest|mcp)/"),
        ("operation", r"/documents/(?!_runtime)"),
        ("event loop", r"/asyncio/runners"),
    )
)


@dataclass(frozen=True, slots=True)
class Share:
    """The processor time for an answer that code of a group, or one function, takes.

    `bytecodes` are those of Python that a function performs for it.
    """

    group: str
    function: str
    part: float
    microseconds: float
    bytecodes: float


def measure(subject: Contest, scenario: Scenario, directory: Path) -> list[Share]:
    """Measure a generated server's calls, then sample and count others."""
    (ours,) = (
        contestant for contestant in subject.contestants if contestant.name == OURS
    )
    samples = directory / "samples.txt"
    command = ours.command(directory, port := free_port())
    cost = _run_loaded(command, scenario, port).cpu_microseconds
    answers, counts = _count_bytecodes(command, directory, samples, scenario, port)
    run = _with(STARTING, command, directory, samples)
    _run_loaded(run, scenario, port, lambda pid: os.kill(pid, signal.SIGUSR2))
    lines = samples.read_text(encoding="utf-8").splitlines()
    busy = [line for line in lines if not _is_idle(line)]
    bytecodes = {code: number / answers for code, number in counts.items()}
    return list(_shares(busy, cost, bytecodes))


def _count_bytecodes(
    command: Command, directory: Path, counts: Path, scenario: Scenario, port: int
) -> tuple[int, Counter[str]]:
    """Count the bytecodes of each function; return the number of answers as well."""
    counts_ = _with(COUNTING, command, directory, counts)
    run = _run_loaded(counts_, scenario, port, lambda pid: os.kill(pid, signal.SIGUSR2))
    totals = Counter[str]()
    for line in counts.read_text(encoding="utf-8").splitlines():
        number, _, code = line.partition(" ")
        totals[_short(code)] += int(number)
    return run.load.answers, totals


def instructions(
    subject: Contest, scenario: Scenario, directory: Path
) -> Iterator[tuple[str, float]]:
    """Count the instructions of an answer, of each server by hand and ours."""
    for contestant in subject.contestants[:2]:
        home = directory / contestant.name
        home.mkdir()
        command = contestant.command(home, port := free_port())
        command = replace(command, arguments=(*CALLGRIND, *command.arguments))
        server = Server(command, lambda: scenario.request.is_answered(port), PATIENCE)
        try:
            load.run(scenario.request, port, SECONDS, connections=1)
            _switch("on", server.pid)
            summary = load.run(scenario.request, port, SECONDS, connections=1)
            _switch("off", server.pid)
        finally:
            server.stop()
        log = (home / "callgrind.log").read_text(encoding="utf-8")
        (total,) = re.findall(r"Collected : (\d+)", log)
        answers = load.read(summary, len(scenario.document)).answers
        yield contestant.name, int(total) / answers


def _switch(state: str, pid: int) -> None:
    command = ("callgrind_control", f"--instr={state}", str(pid))
    subprocess.run(command, check=True, capture_output=True)


def _run_loaded(
    command: Command,
    scenario: Scenario,
    port: int,
    begin: Callable[[int], None] = lambda _: None,
) -> Run:
    """Return the answers of a server that is started for them, and their cost.

    `begin` is called with the number of its process when it has warmed up.
    """
    server = Server(command, lambda: scenario.request.is_answered(port))
    target = Started(OURS, server, port)
    try:
        contest.run(scenario, target, WARM_UP_SECONDS)
        begin(server.pid)
        return contest.run(scenario, target, SECONDS)
    finally:
        server.stop()


def _with(program: str, command: Command, directory: Path, samples: Path) -> Command:
    """Return how a server is started that writes its samples or counts at its end."""
    sampler = directory / "sampler.so"
    include = sysconfig.get_path("include")
    compiler = ("cc", "-O2", "-shared", "-fPIC", "-I", include, SAMPLER, "-o", sampler)
    subprocess.run(compiler, check=True)
    (directory / "sitecustomize.py").write_text(program, encoding="utf-8")
    path = f"{command.environment['PYTHONPATH']}:{directory}"
    variables = {"PYTHONPATH": path, "SAMPLER": str(sampler), "SAMPLES": str(samples)}
    return replace(command, environment={**command.environment, **variables})


def _is_idle(line: str) -> bool:
    return IDLE.match(line.partition("\t")[0]) is not None


def _shares(
    lines: list[str], cost: float, bytecodes: Mapping[str, float]
) -> Iterator[Share]:
    """Yield each group and its functions, most expensive ones first."""
    counts = Counter(map(_place, lines))
    groups = Counter[str]()
    for (group, _), count in counts.items():
        groups[group] += count
    for group, total in groups.most_common():
        functions = Counter({f: n for (g, f), n in counts.items() if g == group})
        for function, count in (("", total), *functions.most_common(SHOWN)):
            part = count / len(lines)
            bytecodes_ = bytecodes.get(function, 0)
            yield Share(group, function, part, part * cost, bytecodes_)


def _place(line: str) -> tuple[str, str]:
    """Return the group and the function of a sample.

    A native symbol is first, then come frames of Python from the innermost one on.
    """
    native, *frames = line.split("\t")
    function = native.rpartition(" ")[2]
    if SOCKETS.search(native):
        return "sockets", f"{function}, {_group(frames)[0]}"
    if LOOP.search(native):
        return "event loop", _group(frames)[1]
    return _group(frames)


def _group(frames: Iterable[str]) -> tuple[str, str]:
    for frame in frames:
        for group, pattern in GROUPS:
            if pattern.search(frame):
                return group, _short(frame)
    return "other", next(map(_short, frames), "")


def _short(frame: str) -> str:
    """Return a frame's file, without the directories of all files, and its function."""
    path, _, function = frame.partition(" ")
    path = re.sub(r".*/(site-packages|_runtime|python3\.\d+|generated/\w+)/", "", path)
    return f"{path.removesuffix('.py')} {function}"
