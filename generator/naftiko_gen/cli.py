"""The command line: a command and its arguments to an exit code."""

from __future__ import annotations

import argparse
import atexit
import gc
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from naftiko_gen import reporting, streams
from naftiko_gen.batch import WorkerLostError
from naftiko_gen.commands import NAMES, command, is_name
from naftiko_gen.configuration.refusal import ConfigurationError
from naftiko_gen.exits import Exit
from naftiko_gen.quoting import nearest, safe, shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    # Garbage is rare here, and looking for it in what black imports is slow: both while
    # it runs and when the interpreter ends, which passes over what is frozen.
    gc.disable()
    atexit.register(gc.freeze)
    streams.prepare()
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = argparse.Namespace(traceback=False)
    try:
        return _perform(given, options)
    except KeyboardInterrupt:
        return 130
    except ConfigurationError as error:
        _write(error, getattr(options, "format", "text"))
        return Exit.USAGE
    except streams.UnwritableError as error:
        print(f"naftiko-gen: can't write the output: {error}", file=sys.stderr)
        return Exit.FAILED
    except WorkerLostError:
        print(
            "naftiko-gen: a process that compiles specs was killed or has crashed;"
            " run again, with --jobs 1 if memory is short",
            file=sys.stderr,
        )
        return Exit.OUR_FAULT
    except Exception as error:
        if options.traceback:
            raise
        kind = type(error).__name__
        print(
            f"naftiko-gen: internal error ({kind}); run again with --traceback"
            " and report what it prints",
            file=sys.stderr,
        )
        return Exit.OUR_FAULT


def _perform(given: Sequence[str], options: argparse.Namespace) -> Exit:
    """Parse the arguments into `options`, and do what they ask for."""
    name = given[0] if given and is_name(given[0]) else None
    wanted = command(name)
    parser = _Parser(
        prog=f"naftiko-gen {name}" if name else "naftiko-gen",
        description=wanted.DESCRIPTION,
        epilog=wanted.EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    wanted.add_arguments(parser)
    parser.parse_args(given[1:] if name else given, options)
    if name is None and given:
        _refuse_misspelt(parser, given[0])
    _check_import_root(parser, getattr(options, "import_root", None))
    return wanted.perform(parser, options)


def _refuse_misspelt(parser: argparse.ArgumentParser, first: str) -> None:
    """Refuse what is no file and nearly a command, before specs behind it compile."""
    is_word = first.isalpha() and not os.path.lexists(first)
    meant = nearest(first, NAMES) if is_word else None
    if meant:
        parser.error(f"there is no command {shown(first)}; did you mean {meant}?")


def _check_import_root(parser: argparse.ArgumentParser, root: Path | None) -> None:
    if root is not None and not root.is_dir():
        parser.error(f"--import-root: {shown(str(root))} is no directory")


def _write(error: ConfigurationError, form: str) -> None:
    """Say what is wrong with the configuration, as what is wrong with specs is."""
    found = error.diagnostics
    if form == "text":
        color = sys.stderr.isatty()
        said = reporting.text(found, error.sources, verbose=False, color=color)
        print(said, end="", file=sys.stderr)
    else:
        streams.write(reporting.document(form, found, ()))


class _Parser(argparse.ArgumentParser):
    """Writes help and version like everything else: what can't be written is said.

    An error is one line, in which a terminal has nothing to obey or to hide.
    """

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments; they may be in the message as they were typed."""
        super().error(safe(message))

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is sys.stderr:
            super()._print_message(message, file)
        else:
            streams.write(message)


if __name__ == "__main__":
    sys.exit(main())
