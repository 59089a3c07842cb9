"""A process that has imported libraries and runs programs in forks of itself.

A fork runs its program as `python -m` or `python -c` does, but for the second that the
imports take.
This process has no threads, and imports nothing of the modules' own packages. When a
package runs for the second time, a fork of it imports that, too: the package's programs
are forks of that fork, until a file beside the package changes.
"""

import atexit
import gc
import importlib
import os
import runpy
import select
import socket
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Literal, TextIO

import shared_bytecode
from fork_clients import Clients, Received, Request
from fork_packages import Forks, Import, Package, package
from fork_programs import Programs


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


class Server:
    """A process with clients, the programs that run, and forks that run others.

    It is a fork that has imported a package if no new clients can come.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._programs = Programs()
        self._forks = Forks()

    def serve(self) -> Received | Import | None:
        """Start programs for all clients; return the task of each fork, in the fork."""
        while message := self._receive():
            package = self._package(message.request)
            if package and self._forks.lacks(package) and (task := self._fork(package)):
                message.close()
                return task
            arguments = (message.message, message.handles)
            if package and self._forks.pass_on(package, *arguments):
                message.close()
            elif pid := os.fork():
                self._programs.add(pid, message.answers())
            else:
                self._leave()
                return message
        return None

    def outlive(self) -> None:
        """Wait for the programs, if this is a fork: the first process need not."""
        if not self._clients.can_come:
            self._programs.outlive()

    def _package(self, request: Request) -> Package | None:
        """Return the package that another fork may import for a program."""
        if not self._clients.can_come:
            return None
        directory = Path(request["directory"])
        return package(request["package"], directory, request["environment"])

    def _fork(self, package: Package) -> Import | None:
        """Have a fork import a package; return its task, in the fork."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.fork():
            theirs.close()
            self._forks.add(package, ours)
            return None
        ours.close()
        self._leave()
        return Import(package, theirs)

    def _leave(self) -> None:
        """Leave everything to the process that this one is a fork of."""
        self._programs.leave()
        self._forks.leave()
        self._clients.leave()

    def _receive(self) -> Received | None:
        """Wait for a request; return nothing when no client is left."""
        ends = self._programs.ends
        while self._clients.are_left:
            ready, _, _ = select.select([*self._clients.sockets, ends], [], [])
            if ends in ready:
                self._programs.answer()
            if request := self._clients.receive(ready):
                return request
        return None


def main() -> None:
    """Serve clients of the socket whose descriptor is the first argument.

    The second one is the directory of bytecode, the others are the libraries.
    """
    ending = Ending()
    listening = socket.socket(fileno=int(sys.argv[1]))
    shared_bytecode.share(Path(sys.argv[2]))
    for library in sys.argv[3:]:
        importlib.import_module(library)
    settle()
    clients = Clients([], listening)
    clients.greet(listening)
    server = Server(clients)
    while isinstance(task := server.serve(), Import):
        task.perform()
        settle()
        task.say()
        server = Server(Clients([task.requests], None))
    if task:
        ending.run(task.request, task.streams)
    else:
        server.outlive()
        os._exit(0)


def settle() -> None:
    """Keep imported modules: else each fork copies it all, as garbage is collected."""
    gc.collect()
    gc.freeze()


def run(request: Request, streams: list[int]) -> None:
    """Run a program as the interpreter does."""
    for number, handle in enumerate(streams):
        os.dup2(handle, number)
        os.close(handle)
    # A stream knows since its opening whether it is a file, a pipe or a terminal.
    sys.stdin, sys.stdout = reopen(sys.stdin, "r"), reopen(sys.stdout, "w")
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    # The interpreter obeys this variable when it starts, which it has done long ago.
    if os.environ.get("PYTHONWARNINGS") == "error":
        warnings.simplefilter("error")
    paths = request["environment"].get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:1] = [request["directory"], *filter(None, paths)]
    sys.argv[1:] = request["arguments"]
    match request["option"]:
        case "-m":
            runpy.run_module(request["program"], run_name="__main__", alter_sys=True)
        case "-c":
            run_code(request["program"])
        case _:
            sys.path[0] = str(Path(request["program"]).parent)
            runpy.run_path(request["program"], run_name="__main__")


def reopen(stream: TextIO, mode: Literal["r", "w"]) -> TextIO:
    number, errors = stream.fileno(), stream.errors
    return open(number, mode, encoding="utf-8", errors=errors, closefd=False)


def run_code(code: str) -> None:
    main = sys.modules["__main__"] = ModuleType("__main__")
    sys.argv[0] = "-c"
    exec(compile(code, "<string>", "exec"), main.__dict__)  # noqa: S102 - as `-c`


if __name__ == "__main__":
    main()
