"""The instructions for an answer, which are the same however busy a machine is.

Valgrind counts the instructions of the process. The instructions of the kernel don't
depend on the work that an application does for a request, and aren't counted.
"""

import http.client
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from .contest import Contest, Contestant, Scenario
from .load import Request, WrongAnswerError
from .process import Command, Server, free_port

WARM_UP_CALLS = 60
CALLS = 300
PATIENCE = 240.0
"""Seconds for a start, which takes some ten times as long."""
_TOTAL = re.compile(r"^(?:totals|summary): (\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Count:
    """The cost of an answer of a server in a scenario."""

    contest: str
    scenario: str
    server: str
    instructions: int


def count(contest: Contest, directory: Path) -> Iterator[Count]:
    """Count the instructions of each server in each scenario."""
    for contestant in contest.contestants:
        name = f"{contest.name} {contestant.name} counted".replace(" ", "-")
        home = directory / name
        home.mkdir()
        for scenario, instructions in _counted(contest, contestant, home):
            yield Count(contest.name, scenario.name, contestant.name, instructions)


def _counted(
    contest: Contest, contestant: Contestant, home: Path
) -> Iterator[tuple[Scenario, int]]:
    port = free_port()
    command = _under_valgrind(contestant.command(home, port), home)
    request = contest.scenarios[0].request
    server = Server(command, lambda: request.answered(port), PATIENCE)
    try:
        for scenario in contest.scenarios:
            scenario.check(port)
            yield scenario, _instructions(scenario.request, port, server.pid, home)
    finally:
        server.stop()


def _under_valgrind(command: Command, home: Path) -> Command:
    program = ("valgrind", "--tool=callgrind", "--instr-atstart=no")
    arguments = (*program, f"--callgrind-out-file={home}/counts", *command.arguments)
    # Another seed could give other collisions in dictionaries.
    environment = {**command.environment, "PYTHONHASHSEED": "0"}
    return replace(command, arguments=arguments, environment=environment)


def _instructions(request: Request, port: int, pid: int, home: Path) -> int:
    """Return the instructions for an answer on a warm connection."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as client:
        _control("--instr=on", pid)
        _ask(client, request, WARM_UP_CALLS)
        _control("--zero", pid)
        _ask(client, request, CALLS)
        earlier = set(home.glob("counts.*"))
        _control("--dump", pid)
        # A process writes its counts when it executes its next instructions.
        _ask(client, request, 1)
    [dumped] = set(home.glob("counts.*")) - earlier
    total = _TOTAL.search(dumped.read_text(encoding="utf-8"))
    if total is None:
        raise ValueError(f"{dumped} has no total")
    return int(total[1]) // CALLS


def _control(option: str, pid: int) -> None:
    arguments = ("callgrind_control", option, str(pid))
    subprocess.run(arguments, check=True, capture_output=True)


def _ask(client: http.client.HTTPConnection, request: Request, times: int) -> None:
    body = request.body.read_bytes() if request.body else None
    for _ in range(times):
        client.request(request.method, request.path, body, request.headers)
        answer = client.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise WrongAnswerError(f"{request.path}: {content[:500]!r}")
