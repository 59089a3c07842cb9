"""Limits of files: their size, complexity and use of aliases."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.syntax.files import LARGEST

if TYPE_CHECKING:
    from naftiko_gen.syntax.tree import Entry

_MEBIBYTE = 1024 * 1024


class Repeats(StrEnum):
    """The value that counts if a key occurs twice in a mapping."""

    REFUSED = "refuse"
    FIRST = "first"
    LAST = "last"

    def choose(self, first: Entry, second: Entry) -> Entry | None:
        """Return the entry that counts; None if both are refused."""
        match self:
            case Repeats.REFUSED:
                return None
            case Repeats.FIRST:
                return first
            case Repeats.LAST:
                return second
            case _:
                assert_never(self)


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
        repeats: Which value of a key that occurs twice counts.
    """

    size: int = 32 * _MEBIBYTE
    parts: int = 2_000_000
    depth: int = 64
    string: int = 32_768
    sharing: bool = False
    repeats: Repeats = Repeats.REFUSED

    @property
    def repeated(self) -> str:
        """Return the hint for a key that occurs twice."""
        hint = "rename or delete one of them"
        return f"{hint}, or choose with --duplicate-keys" if self.sharing else hint

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
