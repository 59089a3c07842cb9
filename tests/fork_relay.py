"""Runs a program in a fork, on the streams of this process.

It is for clients that start a command: it starts faster than the program would. Signals
that ask for an end reach the program, whose exit code is that of this process.
"""

import os
import signal
import socket
import sys


def main() -> None:
    """Send the second argument, a request, to the socket at the first one's path."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server, theirs:
        server.connect(sys.argv[1])
        handles = [0, 1, 2, theirs.fileno()]
        socket.send_fds(server, [os.fsencode(sys.argv[2])], handles)
    pid = int(ours.recv(20))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: os.kill(pid, received))
    # The ends of streams are for the program and its client alone.
    for handle in (0, 1, 2):
        os.close(handle)
    os._exit(int(ours.recv(20)) & 0xFF)


if __name__ == "__main__":
    main()
