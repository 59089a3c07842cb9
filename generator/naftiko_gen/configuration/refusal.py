"""The error of a configuration that can't be used."""

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
    """Return an error with one diagnostic."""
    diagnostic = Diagnostic(code, message, str(file), span, hint)
    return ConfigurationError((diagnostic,), {str(file): text.encode()})
