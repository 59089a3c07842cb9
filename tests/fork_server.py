"""A process that has imported libraries and runs programs in forks of itself.

A fork runs its program as `python -m` or `python -c` does, but for the second that the
imports take.
This process has no threads, and imports nothing of the modules' own packages.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import NoReturn, TypedDict

import shared_bytecode

MESSAGE = 1 << 20
"""The most bytes of a request."""


class Request(TypedDict):
    """A program to run: its arguments, working directory and whole environment.

    `option` is `-m` or `-c`, and `program` the name of a module or code.
    """

    option: str
    program: str
    arguments: list[str]
    directory: str
    environment: dict[str, str]


class Ending:
    """The end of a program, which leaves the libraries as they are.

    The interpreter destroys all their objects at last, which takes longer than most
    programs. It does so only after an exception.
    """

    def __init__(self) -> None:
        self._code: int | None = None
        # The first function to be registered is the last to be called.
        atexit.register(self._leave)

    def run(self, request: Request, streams: list[int]) -> None:
        """Run a program as the interpreter does."""
        try:
            run(request, streams)
        except SystemExit as end:
            if isinstance(end.code, int | None):
                self._code = end.code or 0
            raise
        self._code = 0

    def _leave(self) -> None:
        if self._code is not None:
            # Warnings of resources that nobody closed.
            gc.collect()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(self._code)


def main() -> None:
    """Serve the socket whose descriptor is the first argument, until its end.

    Relays connect to a socket at the path that is the second argument. The third one is
    the directory of bytecode, the others are the libraries.
    """
    ending = Ending()
    requests = socket.socket(fileno=int(sys.argv[1]))
    relays = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    directory, name = os.path.split(sys.argv[2])
    # The address of a socket has about 100 bytes.
    os.chdir(directory)
    relays.bind(name)
    relays.listen()
    requests.send(b"listening")
    shared_bytecode.share(Path(sys.argv[3]))
    for library in sys.argv[4:]:
        importlib.import_module(library)
    # Else each fork looks at every object of the libraries, and copies it, as it ends.
    gc.collect()
    gc.freeze()
    while received := receive(requests, relays):
        request, handles = received
        forget_ended()
        if not os.fork():
            break
        for handle in handles:
            os.close(handle)
    else:
        return
    requests.close()
    relays.close()
    *streams, answers = handles
    if pid := os.fork():
        supervise(pid, streams, socket.socket(fileno=answers))
    os.close(answers)
    ending.run(json.loads(request), streams)


def receive(
    requests: socket.socket, relays: socket.socket
) -> tuple[bytes, list[int]] | None:
    """Wait for a request, and return it with its open files; nothing at the end."""
    while True:
        ready, _, _ = select.select([requests, relays], [], [])
        if requests in ready:
            request, handles, *_ = socket.recv_fds(requests, MESSAGE, 4)
            return (request, handles) if request else None
        with relays.accept()[0] as relay:
            request, handles, *_ = socket.recv_fds(relay, MESSAGE, 4)
        # A relay may have been killed meanwhile.
        if request:
            return request, handles


def forget_ended() -> None:
    """Forget the processes that have supervised others."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def supervise(pid: int, streams: list[int], answers: socket.socket) -> NoReturn:
    """Answer with the number of the program's process, then with its exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for handle in (0, 1, 2, *streams):
        os.close(handle)
    with suppress(OSError):  # nobody waits
        answers.send(str(pid).encode())
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with suppress(OSError):
        answers.send(str(code).encode())
    os._exit(0)


def run(request: Request, streams: list[int]) -> None:
    """Run a program as the interpreter does."""
    for number, handle in enumerate(streams):
        os.dup2(handle, number)
        os.close(handle)
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    # The interpreter obeys this variable when it starts, which it has done long ago.
    if os.environ.get("PYTHONWARNINGS") == "error":
        warnings.simplefilter("error")
    added = request["environment"].get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:1] = [request["directory"], *filter(None, added)]
    sys.argv[1:] = request["arguments"]
    if request["option"] == "-m":
        runpy.run_module(request["program"], run_name="__main__", alter_sys=True)
    else:
        run_code(request["program"])


def run_code(code: str) -> None:
    main = sys.modules["__main__"] = ModuleType("__main__")
    sys.argv[0] = "-c"
    exec(compile(code, "<string>", "exec"), main.__dict__)  # noqa: S102 - as `-c`


if __name__ == "__main__":
    main()
