"""The command line: from arguments to an exit code."""

from __future__ import annotations

import argparse
import atexit
import gc
import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

from naftiko_gen.building.batch import WorkerLostError
from naftiko_gen.cli import streams
from naftiko_gen.cli.commands import NAMES, command, did_you_mean, parser_of
from naftiko_gen.configuration.document import ConfigurationError
from naftiko_gen.diagnostics import Exit, quote, rendering
from naftiko_gen.syntax.files import kind, question

_ASKED = "_ARGCOMPLETE"
"""The variable by which a shell asks for completions."""

_COMPILING = "to compile, name only the specs: naftiko-gen SPEC..."
_CHECKING = "to check specs and write nothing: naftiko-gen SPEC... --check"
_FOREIGN_COMMANDS = {
    "build": _COMPILING,
    "check": _CHECKING,
    "compile": _COMPILING,
    "generate": _COMPILING,
    "help": "write naftiko-gen --help, or naftiko-gen COMMAND --help",
    "lint": _CHECKING,
    "new": "did you mean init, which makes a repository for specs, or import?",
    "serve": "to serve a spec, write naftiko-gen run SPEC",
    "validate": _CHECKING,
    "version": "write naftiko-gen --version",
}
"""Commands of other programs, and the command to type here instead."""
_INTERRUPTED = 130
"""The exit code of a shell's command that Ctrl+C stops."""
_INTERNAL = "internal error ({}); run again with --traceback and report its output"
_WORKER_LOST = (
    "a process that compiles specs was killed or has crashed; run again, with --jobs 1"
    " if memory is short"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    _leave_garbage()
    streams.prepare()
    if _ASKED in os.environ:
        from naftiko_gen.cli import completion

        return completion.answer()
    words = sys.argv[1:] if arguments is None else list(arguments)
    options = argparse.Namespace(traceback=False, color="auto", is_bare=not words)
    try:
        return _perform(words, options)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except ConfigurationError as error:
        _write(error, options)
        return Exit.USAGE
    except streams.UnwritableError as error:
        # A reader such as `head` that closes the pipe needs no message.
        if not isinstance(error.__cause__, BrokenPipeError):
            streams.say("naftiko-gen", f"can't write the output: {error}")
        return Exit.FAILED
    except WorkerLostError:
        streams.say("naftiko-gen", _WORKER_LOST)
        return Exit.INTERNAL_ERROR
    except Exception as error:
        if options.traceback:
            raise
        streams.say("naftiko-gen", _INTERNAL.format(type(error).__name__))
        return Exit.INTERNAL_ERROR


def _leave_garbage() -> None:
    """Collect no garbage: there is little.

    Collecting is slow with as many objects as Black imports. When the interpreter ends,
    it doesn't collect frozen objects.
    """
    gc.disable()
    atexit.register(gc.freeze)


def _perform(words: Sequence[str], options: argparse.Namespace) -> Exit:
    """Parse the arguments into `options`, and carry out the command."""
    name = words[0] if words and words[0] in NAMES else None
    entry = command(name)
    parser = parser_of(name, entry)
    if name is None and words:
        # The options behind a misspelt command are unknown to this parser.
        _refuse_misspelt(parser, words[0])
    parser.parse(words[1:] if name else words, options)
    _check_import_root(parser, getattr(options, "import_root", None))
    return entry.perform(parser, options)


def _refuse_misspelt(parser: argparse.ArgumentParser, first: str) -> None:
    """Refuse a word that is no file and nearly the name of a command.

    A directory may well be called `build`; no spec is one.
    """
    if first in _FOREIGN_COMMANDS and not Path(first).is_file():
        parser.error(f"unknown command {quote(first)}; {_FOREIGN_COMMANDS[first]}")
    is_word = first.isalpha() and not os.path.lexists(first)
    hint = did_you_mean(first, NAMES) if is_word else ""
    if hint:
        parser.error(f"unknown command {quote(first)}{hint}")


def _check_import_root(parser: argparse.ArgumentParser, root: Path | None) -> None:
    if root is not None and kind(root) != stat.S_IFDIR:
        suggestion = question(root)
        hint = f"; {suggestion}" if suggestion else ""
        parser.error(f"--import-root: {quote(str(root))} isn't a directory{hint}")


def _write(error: ConfigurationError, options: argparse.Namespace) -> None:
    """Write the errors of the configuration in the form of those of specs."""
    diagnostics, form = error.diagnostics, getattr(options, "format", "text")
    if form == "text":
        streams.show(diagnostics, error.sources, options.color)
    else:
        streams.write(rendering.document(form, diagnostics, ()))
