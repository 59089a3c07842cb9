"""Filters of the kernel for listening sockets."""

import contextlib
import socket
import struct

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


def refuse_connections(bound: socket.socket) -> None:
    """Let a listening socket ignore new clients, also in other processes (Linux).

    Clients repeat their first segment after a second, and are refused if the socket is
    closed by then. Connections that are being opened aren't affected.
    """
    import ctypes  # only the end of a process needs it

    instructions = b"".join(struct.pack("=HBBI", *line) for line in _PROGRAM)
    memory = ctypes.create_string_buffer(instructions)
    program = struct.pack("@HP", len(_PROGRAM), ctypes.addressof(memory))
    # Other systems lack filters, and some sandboxes refuse them.
    with contextlib.suppress(OSError):
        bound.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
