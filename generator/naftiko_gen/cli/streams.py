"""Standard output and standard error, also when they are closed or full."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path

from naftiko_gen.diagnostics import Diagnostic, rendering, safe


class UnwritableError(Exception):
    """Standard output can't be written to; the message is the reason."""


def prepare() -> None:
    """Make both streams usable: a closed one discards its text.

    A character that a stream's encoding lacks is written as its escape, and lines end
    alike on every system.
    """
    # The next file to be opened would take the number of a closed stream.
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace", newline="\n")


def write(text: str) -> None:
    """Write to standard output, at once.

    Raises:
        UnwritableError: It can't be written to. It is closed from then on, so that
            nothing fails again when the interpreter ends.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as failure:
        _abandon()
        raise UnwritableError(failure.strerror) from failure


def write_drift(root: Path, files: Iterable[str], orphans: Iterable[str] = ()) -> None:
    """List the files that a run would write or remove, one path a line."""
    for verb, paths in (("write", files), ("remove", orphans)):
        for path in paths:
            write(f"would {verb} {safe(str(root / path))}\n")


def say(subject: object, sentence: str) -> None:
    """Print a sentence about a file to standard error."""
    print(f"{safe(str(subject))}: {sentence}", file=sys.stderr)


def show(
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, bytes],
    color: rendering.Choice,
    **form: bool,
) -> None:
    """Print diagnostics, in a form of `rendering.text`, to standard error."""
    has_colors = rendering.has_colors(sys.stderr, color)
    text = rendering.text(diagnostics, sources, color=has_colors, **form)
    print(text, end="", file=sys.stderr)


def _abandon() -> None:
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _nowhere() -> TextIOWrapper:
    return Path(os.devnull).open("w", encoding="utf-8")
