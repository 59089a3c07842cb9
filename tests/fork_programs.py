"""Programs that run in forks of a process, and that others wait for."""

import os
import signal
import socket
from contextlib import suppress


class Programs:
    """Processes, each with the socket on which its exit code is awaited.

    `ends` can be read when a process has ended.
    """

    def __init__(self) -> None:
        self._awaited: dict[int, socket.socket] = {}
        self.ends, self._signals = socket.socketpair()
        self.ends.setblocking(False)
        self._signals.setblocking(False)
        signal.set_wakeup_fd(self._signals.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def add(self, pid: int, answers: socket.socket) -> None:
        """Answer with the number of a process, and later with its exit code."""
        with suppress(OSError):  # nobody waits
            answers.send(str(pid).encode())
        self._awaited[pid] = answers

    def answer(self) -> None:
        """Answer with the exit codes of the programs that have ended."""
        with suppress(BlockingIOError):
            self.ends.recv(1 << 16)
        with suppress(ChildProcessError):
            while (child := os.waitpid(-1, os.WNOHANG))[0]:
                self._end(*child)

    def outlive(self) -> None:
        """Wait for the end of all."""
        while self._awaited:
            self._end(*os.waitpid(-1, 0))

    def leave(self) -> None:
        """Leave them to the process that this one is a fork of."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for end in (self.ends, self._signals, *self._awaited.values()):
            end.close()
        self._awaited.clear()

    def _end(self, pid: int, status: int) -> None:
        if answers := self._awaited.pop(pid, None):
            with answers, suppress(OSError):
                answers.send(str(os.waitstatus_to_exitcode(status)).encode())
