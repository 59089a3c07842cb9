"""Fragments of emitted files, and how they are combined."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import LiteralString, Self

from markupsafe import Markup

from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.syntax.readable import disarm

_BARE = re.compile(r"[A-Za-z0-9._-]+")
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\[\],<>=!~; '-]*")


class Code(Markup):
    """A fragment of an emitted file: the only type of value that a template may paste.

    `twin` is the same construct with harmless content. A file that is rendered with
    twins has the structure that its template intends, so the two renderings are
    compared. Inherited methods don't keep the twin: they raise `TypeError` or return a
    plain `str`.
    """

    __slots__ = ("twin",)

    twin: str

    def __new__(cls, text: str, twin: str) -> Self:
        """Mark text as valid code; only for the encoders."""
        # `Markup.__new__` would call the `__html__` method of the text.
        code = str.__new__(cls, text)
        code.twin = twin
        return code

    def __html__(self) -> Self:
        """Refuse to become a part of other text, which would hide the fragment."""
        raise TypeError("templates paste fragments, and concatenate none")


def verbatim(text: LiteralString) -> Code:
    """Return a literal of this program as code, unchanged."""
    return Code(text, text)


def fill(pattern: LiteralString, *codes: Code) -> Code:
    """Put fragments in the place of each `{}` of a literal pattern.

    Other braces of the pattern are doubled.
    """
    return Code(pattern.format(*codes), pattern.format(*(code.twin for code in codes)))


def join(separator: LiteralString, codes: Iterable[Code]) -> Code:
    """Join fragments with a literal separator."""
    fragments = tuple(codes)
    return Code(
        separator.join(fragments), separator.join(code.twin for code in fragments)
    )


def bare(word: str) -> Code:
    """Return a word as code for code spans, TOML keys and shell commands, unquoted.

    Raises:
        ValueError: The word has characters outside `[A-Za-z0-9._-]`, or none.
    """
    if not _BARE.fullmatch(word):
        raise ValueError(f"not a bare word: {word!a}")
    return Code(word, word)


def call_of(function: str, *arguments: Code) -> Code:
    """Return the call of a function with arguments."""
    return fill("{}({})", bare(function), join(", ", arguments))


def keyword(name: str, value: Code) -> Code:
    """Return a keyword argument."""
    return fill("{}={}", bare(name), value)


def array(items: Iterable[Code]) -> Code:
    """Return a list."""
    return fill("[{}]", join(", ", items))


def requirement(text: str) -> Code:
    """Return a requirement of a distribution as a line for pip.

    Raises:
        ValueError: It has characters of options, addresses or comments.
    """
    if not _REQUIREMENT.fullmatch(text):
        raise ValueError(f"not a requirement: {text!a}")
    return Code(text, text)


def harmless_copy(value: Plain) -> Plain:
    """Return a value of the same shape with harmless strings and distinct keys."""
    match value:
        case str():
            return "x"
        case list():
            return [harmless_copy(item) for item in value]
        case dict():
            items = enumerate(value.values())
            return {f"x{index}": harmless_copy(item) for index, item in items}
        case _:
            return value


def disarmed_code(code: Code) -> Code:
    """Escape marks that agent hosts obey in the strings of a fragment."""
    return Code(disarm(code), code.twin)
