"""Compile a spec, unless its package is known to be up to date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from naftiko_gen.cache import reuse
from naftiko_gen.configuration.options import Options
from naftiko_gen.publish.outcome import Result


def compile_spec(spec: Path, options: Options) -> Result:
    """Compile a spec into its package, unless that is known to be up to date.

    It prints nothing. Errors of the spec are in the result; an exception is a fault of
    the compiler itself.
    """
    return reuse.up_to_date(spec, options) or compile_anew(spec, options)


def tell_nobody(_: str) -> None:
    """Ignore the progress."""


def compile_anew(
    spec: Path, options: Options, tell: Callable[[str], None] = tell_nobody
) -> Result:
    """Compile a spec into its package, without asking the cache.

    `tell` is called with "reading", then with the name of each module before it is
    emitted.
    """
    # Importing the stages takes longer than a whole run with nothing to do.
    from naftiko_gen.pipeline import stages

    return stages.compile_anew(spec, options, tell)
