"""Runs a program in a fork, on the streams of this process.

It is for clients that start a command: it starts faster than the program would. Signals
that ask for an end reach the program, whose exit code is that of this process.
"""

import json
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

ENDING = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    """Send the second argument, a request, to the socket at the first one's path.

    After the option `--as-called`, the program gets the state of this process: its
    directory, its environment, and the arguments that follow.
    """
    if sys.argv[1] == "--as-called":
        sys.argv[1:] = [sys.argv[2], as_called(*sys.argv[3:])]
    # They wait until it is known whom they are for.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    directory, name = os.path.split(sys.argv[1])
    # The address of a socket has about 100 bytes.
    os.chdir(directory)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server, theirs:
        server.connect(name)
        # A request is lost whose sender leaves the greeting unread.
        server.recv(20)
        handles = [0, 1, 2, theirs.fileno()]
        socket.send_fds(server, [os.fsencode(sys.argv[2])], handles)
    pid = int(ours.recv(20))

    def forward(number: int, _: object) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, number)

    for number in ENDING:
        signal.signal(number, forward)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    # The ends of streams are only for the program and its client.
    for handle in (0, 1, 2):
        os.close(handle)
    os._exit(int(ours.recv(20)) & 0xFF)


def as_called(request: str, *arguments: str) -> str:
    own = {"directory": str(Path.cwd()), "environment": dict(os.environ)}
    return json.dumps({**json.loads(request), **own, "arguments": arguments})


if __name__ == "__main__":
    main()
