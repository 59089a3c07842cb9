"""Text that is valid where it is pasted, and how pieces of it are put together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, LiteralString, Self

from markupsafe import Markup

from naftiko_gen.syntax.agent_marks import disarmed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.diagnostics.span import Plain

_BARE = re.compile(r"[A-Za-z0-9._-]+")


class Code(Markup):
    """A fragment of an emitted file: the only thing that a template may paste.

    `twin` is the same construct with harmless content: what a file looks like with
    twins in the place of its fragments is what the template meant. Inherited methods
    know no twin: they raise `TypeError` or return a plain `str`.
    """

    __slots__ = ("twin",)

    twin: str

    def __new__(cls, text: str, twin: str) -> Self:
        """Vouch for text; for the encoders alone."""
        # `Markup` would ask the text whether it is markup.
        code = str.__new__(cls, text)
        code.twin = twin
        return code


def verbatim(text: LiteralString) -> Code:
    """Return text of our own as it is."""
    return Code(text, text)


def fill(pattern: LiteralString, *codes: Code) -> Code:
    """Put fragments at the `{}` of a pattern of our own (its braces are doubled)."""
    return Code(pattern.format(*codes), pattern.format(*(code.twin for code in codes)))


def join(separator: LiteralString, codes: Iterable[Code]) -> Code:
    """Put fragments in a row, a separator of our own between them."""
    row = tuple(codes)
    return Code(separator.join(row), separator.join(code.twin for code in row))


def bare(word: str) -> Code:
    """Return a word that needs no quotes in code spans, TOML keys and shell commands.

    Raises:
        ValueError: The word has characters outside `[A-Za-z0-9._-]`, or none.
    """
    if not _BARE.fullmatch(word):
        raise ValueError(f"not a bare word: {word!a}")
    return Code(word, word)


def harmless(value: Plain) -> Plain:
    """Return a value of the same shape: other strings, and other keys as distinct."""
    match value:
        case str():
            return "x"
        case list():
            return [harmless(item) for item in value]
        case dict():
            items = enumerate(value.values())
            return {f"x{index}": harmless(item) for index, item in items}
        case _:
            return value


def disarmed_code(code: Code) -> Code:
    """Escape the marks in the strings of a fragment, if a host would obey them."""
    return Code(disarmed(code), code.twin)
