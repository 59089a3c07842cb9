"""Confines a process to computing: system calls for anything else are refused.

The filter (seccomp) needs no privileges, holds for the rest of the process, and can't
be removed. It allows neither to open files, sockets and processes nor to signal any.
"""

import ctypes
import errno
import os
import platform
import signal
import sys

# Linux, uapi/asm/unistd.h; the same names for both architectures.
ALLOWED = {
    "x86_64": {
        "read": 0,
        "write": 1,
        "close": 3,
        "fstat": 5,
        "lseek": 8,
        "mmap": 9,
        "mprotect": 10,
        "munmap": 11,
        "brk": 12,
        "rt_sigaction": 13,
        "rt_sigprocmask": 14,
        "rt_sigreturn": 15,
        "sched_yield": 24,
        "mremap": 25,
        "nanosleep": 35,
        "getpid": 39,
        "exit": 60,
        "gettimeofday": 96,
        "getrusage": 98,
        "sigaltstack": 131,
        "gettid": 186,
        "time": 201,
        "futex": 202,
        "clock_gettime": 228,
        "clock_getres": 229,
        "clock_nanosleep": 230,
        "exit_group": 231,
        "getrandom": 318,
        "membarrier": 324,
        "rseq": 334,
    },
    "aarch64": {
        "close": 57,
        "lseek": 62,
        "read": 63,
        "write": 64,
        "fstat": 80,
        "exit": 93,
        "exit_group": 94,
        "futex": 98,
        "nanosleep": 101,
        "clock_gettime": 113,
        "clock_getres": 114,
        "clock_nanosleep": 115,
        "sched_yield": 124,
        "sigaltstack": 132,
        "rt_sigaction": 134,
        "rt_sigprocmask": 135,
        "rt_sigreturn": 139,
        "getrusage": 165,
        "gettimeofday": 169,
        "getpid": 172,
        "gettid": 178,
        "brk": 214,
        "munmap": 215,
        "mremap": 216,
        "mmap": 222,
        "mprotect": 226,
        "getrandom": 278,
        "membarrier": 283,
        "rseq": 293,
    },
}
"""The numbers of the allowed system calls, by architecture."""
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, ARCHITECTURE = 0, 4
"""Offsets in the data of a system call."""
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2
SIGNAL_AT_PARENTS_DEATH = 1


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
    numbers = sorted(ALLOWED[machine].values())
    # Each comparison jumps over the later ones and the refusal.
    compared = [
        _Instruction(EQUAL, len(numbers) - at, 0, number)
        for at, number in enumerate(numbers)
    ]
    return [
        _Instruction(LOAD, 0, 0, ARCHITECTURE),
        _Instruction(EQUAL, 1, 0, ARCHITECTURES[machine]),
        _Instruction(RETURN, 0, 0, REFUSE),
        _Instruction(LOAD, 0, 0, NUMBER),
        *compared,
        _Instruction(RETURN, 0, 0, REFUSE),
        _Instruction(RETURN, 0, 0, ALLOW),
    ]
