"""Encodes values and text as Python literals."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import assert_never

from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.literals.code import Code, fill, harmless_copy, join
from naftiko_gen.emit.literals.prose import columns, lines
from naftiko_gen.syntax.readable import escape, is_readable

_SHORT = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_SPECIAL = re.compile(r"[^ !#-&(-\[\]-~]")
"""A character that isn't printable ASCII, or a quotation mark or backslash."""
# An expression of these characters can neither end the f-string nor set a format.
_EXPRESSION = re.compile(r"[A-Za-z0-9_.,()\[\] ]+")
# Python may be set to convert no integers of more than 640 decimal digits.
_DECIMAL_BITS = 2_000


def py(value: Plain) -> Code:
    """Return a one-line expression that evaluates to the value."""
    if isinstance(value, str):
        return Code(_string(value), '"x"')
    return Code(_expression(value), _expression(harmless_copy(value)))


def mapping(entries: Iterable[tuple[str, Code]]) -> Code:
    """Return a dict of expressions."""
    return fill("{{{}}}", join(", ", (fill("{}: {}", py(k), v) for k, v in entries)))


def py_bytes(content: bytes) -> Code:
    """Return a bytes literal."""
    text = content.decode("latin-1")
    quote = _quote(text)
    ascii_text = "".join(c if c.isascii() else escape(c) for c in _escape(text, quote))
    return Code(f"b{quote}{ascii_text}{quote}", 'b"x"')


def py_text(text: str, width: int, row: int, inside: int = 0) -> Code:
    """Return a string literal, or several in parentheses if it is wider than `width`.

    The literals are split after spaces and newlines, and are no wider than `row`. Text
    that fits in `inside` isn't split but put in parentheses: Black would put two
    shorter literals on one line.
    """
    if _fits(text, width):
        return Code(_string(text), '"x"')
    words = re.findall(r"[^ \n]*[ \n]+|[^ \n]+", text)
    rows = [text]
    if not _fits(text, inside):
        rows = lines(words, lambda line: _fits(line, row))
    return Code(_parenthesize(map(_string, rows)), _parenthesize('"x"' for _ in rows))


def _parenthesize(strings: Iterable[str]) -> str:
    return "(\n" + "\n".join(strings) + "\n)"


def fstring(parts: Iterable[str | Code]) -> Code:
    """Return an f-string of text (`str`) and expressions (`Code`).

    Raises:
        ValueError: An expression has more than names, attributes, calls and indexes.
    """
    pieces = tuple(parts)
    texts = [part for part in pieces if not isinstance(part, Code)]
    if len(texts) == len(pieces):
        return py("".join(texts))
    quote = _quote("".join(texts))
    body = "".join(_fstring_part(part, quote) for part in pieces)
    twin = "".join(_harmless_part(part) for part in pieces)
    return Code(f"f{quote}{body}{quote}", f'f"{twin}"')


def fstring_text(parts: Iterable[str | Code], width: int) -> Code:
    """Return an f-string, or several in parentheses if it is wider than `width`.

    The f-strings are split before expressions.
    """
    pieces = tuple(parts)
    line = fstring(pieces)
    if columns(line) <= width:
        return line
    rows: list[tuple[str | Code, ...]] = [()]
    for piece in pieces:
        if rows[-1] and columns(fstring((*rows[-1], piece))) > width:
            rows.append(())
        rows[-1] = (*rows[-1], piece)
    codes = [fstring(row) for row in rows]
    return Code(_parenthesize(codes), _parenthesize(code.twin for code in codes))


def header_name(file_name: str) -> Code:
    """Return the name of a file for a comment in a header.

    Every character outside `[A-Za-z0-9._-]` becomes `_`.
    """
    word = re.sub(r"[^A-Za-z0-9._-]", "_", file_name)
    return Code(word, word)


def _expression(value: Plain) -> str:
    match value:
        case None | bool():
            return str(value)
        case int():
            return _integer(value)
        case float():
            return _float(value)
        case str():
            return _string(value)
        case list():
            return f"[{', '.join(map(_expression, value))}]"
        case dict():
            entries = (f"{_string(k)}: {_expression(v)}" for k, v in value.items())
            return f"{{{', '.join(entries)}}}"
        case _:
            assert_never(value)


def _integer(value: int) -> str:
    return str(value) if value.bit_length() < _DECIMAL_BITS else hex(value)


def _float(value: float) -> str:
    if math.isfinite(value):
        return repr(value).replace("e+", "e")
    return f'float("{value}")'


def _string(text: str) -> str:
    quote = _quote(text)
    return f"{quote}{_escape(text, quote)}{quote}"


def _quote(text: str) -> str:
    """Return Black's choice: double quotes unless these need more backslashes."""
    return "'" if text.count('"') > text.count("'") else '"'


def _escape(text: str, quote: str) -> str:
    return text.translate(_ESCAPES[quote]) if _SPECIAL.search(text) else text


class _Escapes(dict[int, str]):
    """The escape sequences of a string's characters, each made once.

    A character that needs none stands for itself.
    """

    def __init__(self, quote: str) -> None:
        super().__init__({**_SHORT, ord(quote): f"\\{quote}"})

    def __missing__(self, code_point: int) -> str:
        character = chr(code_point)
        self[code_point] = character if is_readable(character) else escape(character)
        return self[code_point]


_ESCAPES = {quote: _Escapes(quote) for quote in "\"'"}


def _fits(text: str, width: int) -> bool:
    return columns(_string(text)) <= width


def _fstring_part(part: str | Code, quote: str) -> str:
    if isinstance(part, Code):
        return _replacement_field(part)
    return _escape(part, quote).replace("{", "{{").replace("}", "}}")


def _harmless_part(part: str | Code) -> str:
    if isinstance(part, Code):
        return _replacement_field(part)
    return "x" if part else ""


def _replacement_field(expression: Code) -> str:
    if not _EXPRESSION.fullmatch(expression):
        raise ValueError(f"not an expression for an f-string: {expression!a}")
    return f"{{{expression}}}"
