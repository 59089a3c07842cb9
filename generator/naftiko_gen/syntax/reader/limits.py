"""Limits of files: their size, complexity and use of aliases."""

from __future__ import annotations

from dataclasses import dataclass

from naftiko_gen.syntax.files import LARGEST

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """The limits of a kind of file.

    Attributes:
        size: Bytes of the file.
        parts: Events of the parser, or tokens.
        depth: Nested lists and mappings.
        string: Characters of a string.
        sharing: Whether anchors, aliases and merge keys are allowed. Aliases share one
            node without cost; merged keys count as parts.
    """

    size: int = 32 * _MEBIBYTE
    parts: int = 2_000_000
    depth: int = 64
    string: int = 32_768
    sharing: bool = False

    @property
    def too_large(self) -> str:
        """Return the message about the size of a file."""
        return f"the file is larger than {self.size // _MEBIBYTE} MiB"

    @property
    def too_complex(self) -> str:
        """Return the message about the number of parts."""
        return f"the document has more than {self.parts:,} parts"

    @property
    def too_deep(self) -> str:
        """Return the message about the depth of nesting."""
        return f"lists and mappings are nested more than {self.depth} deep"

    @property
    def too_long(self) -> str:
        """Return the message about the length of a string."""
        return f"the string has more than {self.string:,} characters"


CAPABILITY = Limits()
OPENAPI = Limits(
    size=LARGEST, parts=5_000_000, depth=100, string=1_000_000, sharing=True
)
"""OpenAPI documents are larger, and may use aliases.

A part takes at most a quarter of a kilobyte, and a hundredth of a millisecond. So the
largest spec takes half a gigabyte, the largest OpenAPI document somewhat more than one.
"""
