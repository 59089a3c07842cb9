"""Ports that pages name: only one test of this machine uses each at a time."""

import fcntl
import getpass
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


@contextmanager
def documented_ports(ports: Iterable[int]) -> Iterator[None]:
    """Wait until no other test uses the ports, whichever run it belongs to."""
    with ExitStack() as locks:
        # In one order, so that no two tests wait for each other.
        for port in sorted(ports):
            name = f"naftiko-gen-{getpass.getuser()}-{port}.lock"
            path = Path(tempfile.gettempdir(), name)
            # Others can write to the directory: no link of theirs is followed.
            lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
            locks.callback(os.close, lock)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
