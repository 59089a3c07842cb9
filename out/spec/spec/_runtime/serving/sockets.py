"""The sockets that adapters listen on."""

import asyncio
import contextlib
import select
import socket
import struct
import sys
from array import array
from collections.abc import Iterator

from ..errors import StartError
from ..settings import Listener

# Connections that uvloop accepts in each iteration of the event loop.
CROWD = 4
# Instructions of the kernel's packet filter (linux/bpf_common.h).
LOAD_BYTE = 0x30
JUMP_IF_BITS = 0x45
RETURN = 0x06
# Offset and bit of the flag by which a segment opens a connection (RFC 9293).
FLAGS = 13
SYN = 0x02
ALL = 0xFFFFFFFF
SO_ATTACH_FILTER = 26

_PROGRAM = (
    (LOAD_BYTE, 0, 0, FLAGS),
    (JUMP_IF_BITS, 0, 1, SYN),
    (RETURN, 0, 0, 0),
    (RETURN, 0, 0, ALL),
)


def look_up(listener: Listener, source: str) -> None:
    """Look up the host; raises StartError, which names `source` instead of the host."""
    try:
        socket.getaddrinfo(listener.host, listener.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "no such host"
        raise StartError(
            f"can't look up the host in {source}: {reason}; name an address or a host "
            "of this machine"
        ) from None


def bind(
    listener: Listener, variables: str, advice: str
) -> tuple[socket.socket, Listener]:
    """Bind and listen; return the socket, and the listener with its actual port.

    Raises StartError if the port is in use or the host isn't one of this machine. The
    message names the variables that set port and host, and ends with `advice`.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            listener.host, listener.port, type=socket.SOCK_STREAM
        )[0]
        bound = socket.socket(family, kind)
        bound.setsockopt(socket.SOL_SOCKET, _sharing(), 1)
        bound.bind(address)
        # Listen at once: another process could still take a port that is only bound.
        bound.listen(2048)
        # Duplicates share this mode, so set it before any worker accepts connections.
        bound.setblocking(False)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "no such host"
        raise StartError(
            f"can't listen on port {listener.port} ({variables}_PORT) of "
            f"{listener.host} ({variables}_HOST): {reason}; {advice}"
        ) from None
    port = bound.getsockname()[1]
    return bound, Listener(
        listener.host, port, listener.allowed_hosts, listener.allowed_origins
    )


def _sharing() -> int:
    """Return the option for a port that nobody else may take while this process has it.

    A port whose last connections are ending is free.
    """
    if sys.platform == "win32":  # the other option would let others take the port
        return socket.SO_EXCLUSIVEADDRUSE
    return socket.SO_REUSEADDR


def unsent_bytes(connected: socket.socket) -> int:
    """Return the bytes that the kernel has yet to send; 0 if it doesn't tell."""
    if sys.platform == "win32":  # has no such request
        return 0
    import termios

    return _counted(connected, termios.TIOCOUTQ)


def unread_bytes(connected: socket.socket) -> int:
    """Return the bytes that the process has yet to read; on Windows, 1 for any."""
    if sys.platform == "win32":
        return len(select.select([connected], [], [], 0)[0])
    import termios

    return _counted(connected, termios.FIONREAD)


def _counted(connected: socket.socket, request: int) -> int:
    """Ask the kernel for a number of bytes."""
    if sys.platform == "win32":
        return 0
    import fcntl

    counted = array("i", [0])
    with contextlib.suppress(OSError, ValueError):  # the socket was just closed
        fcntl.ioctl(connected, request, counted)
    return counted[0]


def accept_all(bound: socket.socket) -> Iterator[socket.socket]:
    """Accept the connections that wait for it."""
    while True:
        try:
            accepted, _ = bound.accept()
        except BlockingIOError:
            return
        accepted.setblocking(False)
        yield accepted


def duplicates(bound: socket.socket) -> list[socket.socket]:
    """Duplicate the listening socket, so that uvloop accepts more connections at once.

    uvloop accepts one connection per listening socket in each iteration, and also
    serves the open connections in it. With one socket, the last of many new clients
    would wait until the first have had many responses.
    """
    if isinstance(asyncio.get_running_loop(), asyncio.BaseEventLoop):
        return [bound]  # the standard library's loops accept all connections at once
    return [bound, *(bound.dup() for _ in range(CROWD - 1))]


def refuse_connections(bound: socket.socket) -> None:
    """Let a listening socket ignore new clients, also in other processes (Linux).

    Clients repeat their first segment after a second, and are refused if the socket is
    closed by then. Connections that are being opened aren't affected.
    """
    if sys.platform != "linux":
        return
    import ctypes  # only the end of a process needs it

    instructions = b"".join(struct.pack("=HBBI", *line) for line in _PROGRAM)
    memory = ctypes.create_string_buffer(instructions)
    program = struct.pack("@HP", len(_PROGRAM), ctypes.addressof(memory))
    # Some sandboxes refuse filters.
    with contextlib.suppress(OSError):
        bound.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
