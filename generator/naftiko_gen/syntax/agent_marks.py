"""Text that hosts of agents obey wherever it stands in a skill, in code as well."""

from __future__ import annotations

import re

_COMMAND = re.compile(r"!`|(?:`{3,}|~{3,})[ \t]*!")
"""A command that is run when the skill is loaded: in a code span, or a fence."""
_SUBSTITUTION = re.compile(r"\$(?=[A-Z0-9{])|(?<![A-Za-z0-9])@(?=[^\s<])")
"""What the user typed (`$ARGUMENTS`, `$1`), and the content of a file (`@file`)."""

_MARK = re.compile("[`~$@]")


def has_command(text: str) -> bool:
    """Say whether a host would run a command that the text holds."""
    return _COMMAND.search(text) is not None


def is_obeyed(text: str) -> bool:
    """Say whether a host would run a command, or put something else in its place."""
    return has_command(text) or _SUBSTITUTION.search(text) is not None


def disarmed(literals: str) -> str:
    """Escape the marks in double-quoted strings, if a host would obey them.

    The escapes are those that Python and YAML share.
    """
    return _MARK.sub(_escape, literals) if is_obeyed(literals) else literals


def _escape(mark: re.Match[str]) -> str:
    return f"\\x{ord(mark[0]):02x}"


def is_substituted(text: str, position: int) -> bool:
    """Say whether a host would put something in the place of the mark there."""
    return _SUBSTITUTION.match(text, position) is not None
