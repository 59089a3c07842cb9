"""Double-quoted strings, the same to TOML and to YAML."""

from __future__ import annotations

import re

from naftiko_gen.syntax.readable import is_readable

_UNESCAPED = re.compile(r"[ !#-\[\]-~]*")
"""Printable ASCII but quotation marks and backslashes, as most texts are."""
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(text: str) -> str:
    """Return a double-quoted string, the same text to TOML 1.0, YAML 1.1 and YAML 1.2.

    A lone surrogate, which none of them can hold, becomes U+FFFD.
    """
    if _UNESCAPED.fullmatch(text):
        return f'"{text}"'
    escaped = (
        _SHORT.get(c) or (c if is_readable(c) else _universal_escape(c)) for c in text
    )
    return f'"{"".join(escaped)}"'


def _universal_escape(character: str) -> str:
    """Escape in the way that TOML and YAML share, for all of Unicode but surrogates."""
    scalar = 0xFFFD if "\ud800" <= character <= "\udfff" else ord(character)
    return f"\\u{scalar:04x}" if scalar <= 0xFFFF else f"\\U{scalar:08x}"
