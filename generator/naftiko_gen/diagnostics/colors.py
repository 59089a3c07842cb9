"""Colours for text in a terminal: when to use them, and which."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, assert_never

from naftiko_gen.diagnostics.codes import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

Choice = Literal["auto", "always", "never"]
CHOICES: tuple[Choice, ...] = ("auto", "always", "never")

BOLD = "\x1b[1m"
MARGIN = "\x1b[34m"
HINT = "\x1b[32m"
_RESET = "\x1b[0m"


def has_colors(
    stream: TextIO, choice: Choice = "auto", variables: Mapping[str, str] = os.environ
) -> bool:
    """Return whether to colour text for a stream.

    `auto` follows the environment: NO_COLOR (<https://no-color.org>), FORCE_COLOR,
    CLICOLOR_FORCE and CLICOLOR (<https://bixense.com/clicolors>) and TERM.
    """
    match choice:
        case "always":
            return True
        case "never":
            return False
        case "auto":
            return _is_wanted(variables, is_terminal=stream.isatty())
        case _:
            assert_never(choice)


def _is_wanted(variables: Mapping[str, str], *, is_terminal: bool) -> bool:
    if variables.get("NO_COLOR"):
        return False
    names = ("FORCE_COLOR", "CLICOLOR_FORCE")
    if any(variables.get(name, "0") not in ("", "0") for name in names):
        return True
    is_refused = variables.get("CLICOLOR") == "0" or variables.get("TERM") == "dumb"
    return is_terminal and not is_refused


def severity_color(severity: Severity) -> str:
    """Return the escape sequence that starts a severity's colour."""
    match severity:
        case Severity.ERROR:
            return "\x1b[1;31m"
        case Severity.WARNING:
            return "\x1b[33m"
        case Severity.NOTE:
            return "\x1b[36m"
        case _:
            assert_never(severity)


def paint(text: str, color: str) -> str:
    """Return the text in a colour; an empty colour leaves it unchanged."""
    return f"{color}{text}{_RESET}" if color and text else text
