"""The specs and documents that a command reads, and its output about them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from naftiko_gen.cli import streams
from naftiko_gen.cli.arguments import words
from naftiko_gen.configuration import command_line
from naftiko_gen.configuration.options import Settings
from naftiko_gen.diagnostics import Exit, Severity, count
from naftiko_gen.frontend import Reading, read
from naftiko_gen.syntax.reader.events import OPENAPI, Limits, Repeats

DUPLICATE_KEYS = f"""\
--duplicate-keys {words(Repeats)} = {Repeats.REFUSED.value}  which value counts if a key
  of the document occurs twice in a mapping; most programs take the last one (default:
  %(default)s)"""


def limits_of(options: argparse.Namespace) -> Limits:
    """Return the limits of an OpenAPI document, with the user's choice of values."""
    return replace(OPENAPI, repeats=Repeats(options.duplicate_keys))


def read_specs(
    parser: argparse.ArgumentParser, options: argparse.Namespace, verb: str
) -> list[Reading]:
    """Read the specs that a command was given; print the errors in faulty specs.

    Their last line ends with `verb`, such as "explained": "1 error, nothing explained".
    """
    return read_configured(command_line.settings(parser, options), options, verb)


def read_configured(
    settings: Settings, options: argparse.Namespace, verb: str
) -> list[Reading]:
    """Read the specs of settings; print the errors in faulty specs."""
    # A strict run refuses assumptions, but they have a meaning all the same.
    reading_options = replace(settings.options, strict=False)
    readings = [read(spec, reading_options) for spec in settings.specs]
    for reading in readings:
        if reading.meaning is None:
            streams.show(reading.diagnostics, reading.sources, options.color)
            streams.say(reading.spec, f"{error_count(reading)}, nothing {verb}")
    return readings


def error_count(reading: Reading) -> str:
    """Return the number of errors in a spec."""
    severities = [diagnostic.severity for diagnostic in reading.diagnostics]
    return count(severities.count(Severity.ERROR), "error")


def write(text: str, readings: Sequence[Reading]) -> Exit:
    """Print a text about specs, and return whether all of them have a meaning.

    Raises:
        UnwritableError: Standard output can't be written to.
    """
    try:
        streams.write(text)
    except streams.UnwritableError as error:
        # A pager or `head` has seen enough.
        if not isinstance(error.__cause__, BrokenPipeError):
            raise
        return Exit.DONE
    is_done = all(reading.meaning is not None for reading in readings)
    return Exit.DONE if is_done else Exit.FAILED
