"""Hides the names that a system lacks from our own modules; libraries keep them.

Python imports this when it starts, in child processes too.
"""

import asyncio
import builtins
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any

SYSTEM = os.environ["PRETENDED_SYSTEM"]
OF_LINUX = "sched_getaffinity SO_ATTACH_FILTER"
OF_POSIX = """
    O_NOFOLLOW O_NONBLOCK SIGCHLD SIGHUP SIGKILL SIG_BLOCK SO_REUSEPORT fchmod fork
    forkpty geteuid getgid getuid killpg mkfifo nice poll pthread_sigmask set_blocking
    setsid sigwait uname waitid
    """
LACKING = {*OF_LINUX.split(), *(OF_POSIX.split() if SYSTEM == "win32" else ())}
MODULES = {"fcntl", "grp", "pwd", "resource", "termios"} if SYSTEM == "win32" else set()
OWN: Mapping[str, Mapping[str, Any]] = {
    "os": {"O_BINARY": 0},
    "signal": {"SIGBREAK": signal.SIGUSR2},
    "socket": {"SO_EXCLUSIVEADDRUSE": socket.SO_REUSEADDR},
    "subprocess": {"CREATE_NEW_PROCESS_GROUP": 0},
    "sys": {"platform": SYSTEM},
}
"""Stand-ins for names of the other system."""
OURS = ("naftiko_gen", "naftiko_runtime", *os.environ["OWN_PACKAGES"].split())

EXECUTE = SourceFileLoader.exec_module
MISSING: Any = None
"""Makes an import of a module fail."""


class Partial(ModuleType):
    """A module without some of its names."""

    def __init__(self, module: ModuleType) -> None:
        super().__init__(module.__name__)
        self.__dict__.update(_whole=module, **OWN.get(module.__name__, {}))

    def __getattr__(self, name: str) -> Any:
        if name in LACKING:
            raise AttributeError(f"{SYSTEM} has no {self.__name__}.{name}")
        return getattr(self._whole, name)


CHANGED = (os, select, signal, socket, subprocess, sys)
PARTIAL = {module.__name__: Partial(module) for module in CHANGED}


def import_partly(name: str, *others: Any, **more: Any) -> ModuleType:
    """Import a module as our own modules see it."""
    if name in MODULES:
        raise ModuleNotFoundError(f"{SYSTEM} has no module {name}", name=name)
    return PARTIAL.get(name) or builtins.__import__(name, *others, **more)


def execute(loader: SourceFileLoader, module: ModuleType) -> None:
    """Execute a module, one of ours without the names that the system lacks."""
    if module.__name__.partition(".")[0] in OURS:
        names = {**vars(builtins), "__import__": import_partly}
        module.__dict__["__builtins__"] = names
    EXECUTE(loader, module)


def refuse(*_: object) -> None:
    """Follow no signal and no pipe, as the loops of Windows."""
    raise NotImplementedError


def pretend() -> None:
    """Change Python's own modules, where they differ."""
    changes: list[tuple[object, str, object]] = [
        (SourceFileLoader, "exec_module", execute)
    ]
    if SYSTEM == "win32":
        missing_methods = (
            "add_signal_handler",
            "add_reader",
            "remove_reader",
            "add_writer",
        )
        changes += [
            (asyncio.SelectorEventLoop, name, refuse) for name in missing_methods
        ]
    for owner, name, value in changes:
        setattr(owner, name, value)
    sys.modules.update({"uvloop": MISSING})


pretend()
