"""Double-quoted strings of TOML and YAML.

`yaml_writer` has all other spellings. This module is apart from it because runs that
compile nothing import it, and must not import the reader of YAML.
"""

from __future__ import annotations

import re

from naftiko_gen.syntax.agent_marks import disarm
from naftiko_gen.syntax.readable import is_readable

_UNESCAPED = re.compile(r"[ !#-\[\]-~]*")
"""Printable ASCII without quotation marks and backslashes, like most texts."""
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def double_quoted(text: str) -> str:
    """Return `quoted_text`, with the marks escaped that hosts of agents obey."""
    return disarm(quoted_text(text))


def quoted_text(text: str) -> str:
    """Return a double-quoted string: valid TOML 1.0, YAML 1.1 and YAML 1.2.

    None of them can contain a lone surrogate, which becomes U+FFFD.
    """
    if _UNESCAPED.fullmatch(text):
        return f'"{text}"'
    pieces = (
        _SHORT.get(c) or (c if is_readable(c) else _universal_escape(c)) for c in text
    )
    return f'"{"".join(pieces)}"'


def _universal_escape(character: str) -> str:
    """Return an escape that is valid in TOML and YAML."""
    scalar = 0xFFFD if "\ud800" <= character <= "\udfff" else ord(character)
    return f"\\u{scalar:04x}" if scalar <= 0xFFFF else f"\\U{scalar:08x}"
