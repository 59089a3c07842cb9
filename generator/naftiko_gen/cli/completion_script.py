"""Completion in shells: the script that asks for it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal, get_args

from naftiko_gen.tools.scaffold.installation import requirement

Shell = Literal["bash", "zsh", "fish", "tcsh", "powershell"]
SHELLS: tuple[Shell, ...] = get_args(Shell)


def is_possible() -> bool:
    """Return whether the library argcomplete is installed."""
    return find_spec("argcomplete") is not None


def missing() -> str:
    """Return a message that names the missing library, and how to install it."""
    library = requirement("completion")
    return f"this needs the library argcomplete: pip install '{library}'"


def script(shell: Shell) -> str:
    """Return the script that a shell reads to complete this command line."""
    from argcomplete.shell_integration import shellcode

    return str(shellcode(["naftiko-gen"], shell=shell))
