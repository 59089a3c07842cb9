"""Completion in shells: a script, and the answer to its questions."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec

from naftiko_gen.cli.commands import NAMES, command, parser_of
from naftiko_gen.diagnostics import Code, Exit
from naftiko_gen.tools.scaffold.installation import requirement

Completer = Callable[..., Iterable[str]]


def answer() -> Exit:
    """Answer a shell that asks for completions of its line, and do nothing else."""
    if is_possible():
        from argcomplete import autocomplete

        # It ends the process unless there is nobody to answer.
        autocomplete(_parser(_words()), always_complete_options=False)
    return Exit.FAILED


def _words() -> Sequence[str]:
    """Return the arguments in the line, in front of the word to complete."""
    from argcomplete.lexers import split_line

    point = int(os.environ["COMP_POINT"])
    _, _, _, words, _ = split_line(os.environ["COMP_LINE"], point)
    # The variable counts the words that start this program.
    return words[int(os.environ["_ARGCOMPLETE"]) :]


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Return a parser of the whole line, whose arguments have completers."""
    name = words[0] if words and words[0] in NAMES else None
    parser = parser_of(name, command(name), is_in_line=True)
    completers = _completers(first=() if words else NAMES)
    for action in parser._actions:
        if action.dest in completers and not action.choices:
            vars(action)["completer"] = completers[action.dest]
    return parser


def _completers(first: tuple[str, ...]) -> dict[str, Completer]:
    """Return the completers of arguments; `first` may stand in the place of a spec."""
    from argcomplete.completers import DirectoriesCompleter, FilesCompleter

    specs = FilesCompleter(("yaml", "yml"))

    def specs_or_commands(prefix: str, **_: object) -> list[str]:
        return [*first, *specs(prefix)]

    return {
        "specs": specs_or_commands,
        "spec": specs,
        "document": FilesCompleter(("yaml", "yml", "json")),
        "openapi": FilesCompleter(("yaml", "yml", "json")),
        "config": FilesCompleter(("toml",)),
        "explain": lambda **_: [code.slug for code in Code],
        "import_root": DirectoriesCompleter(),
        "directory": DirectoriesCompleter(),
        "update": DirectoriesCompleter(),
    }


def is_possible() -> bool:
    """Return whether the library argcomplete is installed."""
    return find_spec("argcomplete") is not None


def missing() -> str:
    """Return a message that names the missing library, and how to install it."""
    library = requirement("completion")
    return f"this needs the library argcomplete: pip install '{library}'"


def script(shell: str) -> str:
    """Return the script that a shell reads to complete this command line."""
    from argcomplete.shell_integration import shellcode

    return str(shellcode(["naftiko-gen"], shell=shell))
