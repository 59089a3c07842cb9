"""Errors in a configuration, which the command line reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.report import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from naftiko_gen.diagnostics.codes import Code
    from naftiko_gen.diagnostics.span import Span


@dataclass
class ConfigurationError(Exception):
    """The configuration can't be used; `sources` has the files to quote."""

    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, bytes]


def refusal(
    code: Code,
    message: str,
    file: Path,
    span: Span | None = None,
    text: str = "",
    hint: str | None = None,
) -> ConfigurationError:
    """Return the error for one diagnostic."""
    diagnostic = Diagnostic(code, message, str(file), span, hint)
    return ConfigurationError((diagnostic,), {str(file): text.encode()})
