"""The names of environment variables, and which of them a setting may have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]+")

# The interpreter or the loader runs code named by these variables.
_START_UP = re.compile(
    r"(LD|DYLD|GLIBC|MALLOC)_.*|PYTHON.*|BASH_ENV|BASH_FUNC_.*"
    r"|PATH|HOME|ENV|IFS|SHELL|SHELLOPTS|TMPDIR"
    r"|NODE_OPTIONS|NODE_PATH|PERL5OPT|PERL5LIB|RUBYOPT|RUBYLIB"
    r"|CLASSPATH|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS"
)


def check_name(name: str, span: Span, report: Report) -> None:
    """Report a name that no environment variable can have, or no setting should."""
    problem = name_problem(name)
    if problem:
        report.add(Code.UNUSABLE_VARIABLE, problem, span)


def name_problem(name: str) -> str | None:
    """Return the reason why no setting may have a name, or None."""
    if not _NAME.fullmatch(name):
        return f"{quote(name)} can't be the name of an environment variable"
    if governs_start(name):
        return f"{quote(name)} can't be a setting: it changes how programs start"
    return None


def governs_start(name: str) -> bool:
    """Return whether a variable can change the code that programs run."""
    return _START_UP.fullmatch(name) is not None


def is_constant_name(name: str) -> bool:
    """Return whether a name is in UPPER_SNAKE, as of an environment variable."""
    return _CONSTANT.fullmatch(name) is not None
