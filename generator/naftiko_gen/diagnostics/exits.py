"""Exit codes."""

from enum import IntEnum


class Exit(IntEnum):
    """The result of a run, as its exit code."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    INTERNAL_ERROR = 70
