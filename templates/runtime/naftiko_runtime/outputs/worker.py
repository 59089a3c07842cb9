"""The process of a script: limits and confines itself, then runs the script."""

import ast
import builtins
import ctypes
import errno
import json
import os
import platform
import signal
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import FunctionType, TracebackType
from typing import Any, Final, Self

# Linux, uapi/asm/unistd.h; the same names for both architectures.
ALLOWED = {
    "x86_64": (
        *(("read", 0), ("write", 1), ("close", 3), ("fstat", 5), ("lseek", 8)),
        *(("mmap", 9), ("mprotect", 10), ("munmap", 11), ("brk", 12)),
        *(("rt_sigaction", 13), ("rt_sigprocmask", 14), ("rt_sigreturn", 15)),
        *(("sched_yield", 24), ("mremap", 25), ("nanosleep", 35), ("getpid", 39)),
        *(("exit", 60), ("gettimeofday", 96), ("getrusage", 98), ("sigaltstack", 131)),
        *(("gettid", 186), ("time", 201), ("futex", 202), ("clock_gettime", 228)),
        *(("clock_getres", 229), ("clock_nanosleep", 230), ("exit_group", 231)),
        *(("getrandom", 318), ("membarrier", 324), ("rseq", 334)),
    ),
    "aarch64": (
        *(("close", 57), ("lseek", 62), ("read", 63), ("write", 64), ("fstat", 80)),
        *(("exit", 93), ("exit_group", 94), ("futex", 98), ("nanosleep", 101)),
        *(("clock_gettime", 113), ("clock_getres", 114), ("clock_nanosleep", 115)),
        *(("sched_yield", 124), ("sigaltstack", 132), ("rt_sigaction", 134)),
        *(("rt_sigprocmask", 135), ("rt_sigreturn", 139), ("getrusage", 165)),
        *(("gettimeofday", 169), ("getpid", 172), ("gettid", 178), ("brk", 214)),
        *(("munmap", 215), ("mremap", 216), ("mmap", 222), ("mprotect", 226)),
        *(("getrandom", 278), ("membarrier", 283), ("rseq", 293)),
    ),
}
"""The numbers of the allowed system calls, by architecture."""
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, ARCHITECTURE = 0, 4
"""Offsets in the data of a system call."""
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2
SIGNAL_AT_PARENTS_DEATH = 1

DIRECTORY: Final = Path(__file__).parent
"""The directory of this package, from which the process imports it."""
MODULES: Final = frozenset(
    (
        *("base64", "binascii", "bisect", "calendar", "cmath", "collections"),
        *("collections.abc", "copy", "csv", "dataclasses", "datetime", "decimal"),
        *("enum", "fractions", "functools", "hashlib", "heapq", "hmac", "html", "io"),
        *("itertools", "json", "math", "numbers", "operator", "random", "re"),
        *("statistics", "string", "textwrap", "time", "typing", "unicodedata"),
        *("urllib.parse", "uuid", "zlib"),
    )
)
"""The modules that scripts may import: they compute, and have no effects."""
NICENESS: Final = 10
# Other modules and methods import these when they need them, which is then too late.
ENCODINGS = ("ascii", "idna", "latin_1", "utf_16")
HIDDEN: Final = ("_strptime", *(f"encodings.{name}" for name in ENCODINGS))


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("operand", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (
        ("length", ctypes.c_uint16),
        ("instructions", ctypes.POINTER(_Instruction)),
    )


def end_with(parent: int) -> None:
    """End this process when its parent ends, if the system is Linux."""
    if sys.platform != "linux":
        return
    number = ctypes.c_ulong(signal.SIGKILL)
    ctypes.CDLL(None).prctl(SIGNAL_AT_PARENTS_DEATH, number, 0, 0, 0)
    if os.getppid() != parent:  # it has ended before
        os.kill(os.getpid(), signal.SIGKILL)


def confine() -> str | None:
    """Allow this process nothing but computing, or return why the system can't."""
    machine = platform.machine()
    if sys.platform != "linux" or machine not in ALLOWED:
        return f"there is no filter for {sys.platform} on {machine}"
    instructions = _instructions(machine)
    array = (_Instruction * len(instructions))(*instructions)
    program = _Program(len(instructions), array)
    library = ctypes.CDLL(None, use_errno=True)
    steps = (
        (NO_NEW_PRIVILEGES, 1, 0),
        (SECCOMP, FILTER, ctypes.byref(program)),
    )
    for option, value, pointer in steps:
        if library.prctl(option, ctypes.c_ulong(value), pointer, 0, 0) != 0:
            reason = errno.errorcode.get(ctypes.get_errno(), "an error")
            return f"the system refuses the filter: {reason}"
    return None


def _instructions(machine: str) -> list[_Instruction]:
    """Return the filter, which refuses all calls but the listed ones."""
    numbers = sorted(number for _, number in ALLOWED[machine])
    # Each comparison jumps over the later ones and the refusal.
    comparisons = [
        _Instruction(EQUAL, len(numbers) - at, 0, number)
        for at, number in enumerate(numbers)
    ]
    return [
        _Instruction(LOAD, 0, 0, ARCHITECTURE),
        _Instruction(EQUAL, 1, 0, ARCHITECTURES[machine]),
        _Instruction(RETURN, 0, 0, REFUSE),
        _Instruction(LOAD, 0, 0, NUMBER),
        *comparisons,
        _Instruction(RETURN, 0, 0, REFUSE),
        _Instruction(RETURN, 0, 0, ALLOW),
    ]


def main() -> None:
    """Run the script that standard input describes, and end the process."""
    # Standard output has no other lines.
    sys.stdout = sys.stderr
    _write(_answer(json.load(sys.stdin.buffer)))
    os._exit(0)


def _write(value: object) -> None:
    """Write a line of JSON to standard output."""
    content = json.dumps(value).encode() + b"\n"
    while content:
        content = content[os.write(1, content) :]


def imported_modules(scripts: Mapping[str, str]) -> Iterator[str]:
    """Yield the modules that scripts import; raises SyntaxError or ValueError."""
    for name, source in scripts.items():
        for node in ast.walk(ast.parse(source, name)):
            match node:
                case ast.Import(names=names):
                    yield from (name.name for name in names)
                case ast.ImportFrom(module=str() as module, level=0, names=names):
                    yield module
                    yield from (f"{module}.{name.name}" for name in names)
                case _:
                    pass


def _answer(request: Mapping[str, Any]) -> dict[str, Any]:
    scripts: Mapping[str, str] = request["scripts"]
    end_with(request["parent"])
    reason = _limit(request["seconds"], request["memory"])
    with _Fault() as fault:
        for module in (*HIDDEN, *MODULES.intersection(imported_modules(scripts))):
            import_module(module)
    reason = reason or (confine() if request["is_confined"] else None)
    # No script has run yet; the rest of the output may be a script's.
    _write(reason)
    if reason or fault.error:
        return fault.description(scripts)
    with fault:
        return {"result": _run(scripts, request["context"])}
    return fault.description(scripts)


class _Fault:
    """The fault that ends the context: a script may raise anything."""

    error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        self.error = error
        return True

    def description(self, scripts: Mapping[str, str]) -> dict[str, Any]:
        """Return the kind of the fault, and its place in a script."""
        place = _place(self.error, scripts) if self.error else {}
        return {"fault": type(self.error).__name__, **place}


def _limit(seconds: float, memory: int) -> str | None:
    """Limit this process, or return why the system can't."""
    if sys.platform == "win32":
        return "Windows has no limits"
    import resource

    limits = (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, int(seconds) + 1),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
    )
    for kind, wanted in limits:
        _, most = resource.getrlimit(kind)
        value = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        try:
            resource.setrlimit(kind, (value, value))
        except (OSError, ValueError):  # as macOS, for memory
            return f"the system refuses the limit {kind}"
    # Calls without scripts come first.
    os.nice(NICENESS)
    return None


def _run(scripts: Mapping[str, str], context: Any) -> Any:
    """Run scripts, which share their global names; return the JSON of `result`."""
    names: dict[str, Any] = {
        "__builtins__": builtins,
        "__name__": "script",
        "context": context,
    }
    for name, source in scripts.items():
        code = compile(source, name, "exec", dont_inherit=True)
        # The code of a module is called like that of a function without arguments.
        FunctionType(code, names)()
    return json.loads(json.dumps(names.get("result"), default=str, allow_nan=False))


def _place(error: BaseException, scripts: Mapping[str, str]) -> dict[str, Any]:
    """Return the file and the line of a script where an error was raised."""
    if isinstance(error, SyntaxError) and error.filename in scripts:
        return {"file": error.filename, "line": error.lineno}
    frames = _frames(error.__traceback__)
    places = [(file, line) for file, line in frames if file in scripts]
    return {"file": places[-1][0], "line": places[-1][1]} if places else {}


def _frames(traceback: TracebackType | None) -> Iterator[tuple[str, int]]:
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next
