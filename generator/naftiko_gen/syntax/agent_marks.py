"""Text that agent hosts execute or substitute anywhere in a skill, even in code."""

from __future__ import annotations

import re

from naftiko_gen.syntax.readable import is_readable

_COMMAND = re.compile(r"!`|(?:(?<!`)`{3,}|(?<!~)~{3,})[ \t]*!")
"""A command in a code span or fence, which runs when the skill is loaded."""
_SUBSTITUTION = re.compile(r"\$(?=[A-Z0-9{])|(?<![A-Za-z0-9])@(?=[^\s<])")
"""Placeholders for the user's arguments (`$ARGUMENTS`, `$1`) and files (`@file`)."""

_MARK = re.compile("[`~$@]")


def has_command(text: str) -> bool:
    """Return whether a host would run a command in the text."""
    return _COMMAND.search(text) is not None


def is_obeyed(text: str) -> bool:
    """Return whether a host would run a command or substitute a placeholder."""
    return has_command(text) or _SUBSTITUTION.search(text) is not None


def disarm_markdown(text: str) -> str:
    """Return Markdown in which hosts obey nothing, and that has no hidden characters.

    The marks become character references; all other text stays as it is.
    """
    shown_text = "".join(c for c in text if c in "\n\t" or is_readable(c))
    quiet_text = _COMMAND.sub(lambda mark: mark[0].replace("!", "&#33;"), shown_text)
    return _SUBSTITUTION.sub(lambda mark: f"&#{ord(mark[0])};", quiet_text)


def disarm(literals: str) -> str:
    """Escape the marks in double-quoted strings, if a host would obey them.

    The escapes are valid in Python and in YAML.
    """
    return _MARK.sub(_escape, literals) if is_obeyed(literals) else literals


def _escape(mark: re.Match[str]) -> str:
    return f"\\x{ord(mark[0]):02x}"


def is_substituted(text: str, position: int) -> bool:
    """Return whether a host would substitute the placeholder at a position."""
    return _SUBSTITUTION.match(text, position) is not None
