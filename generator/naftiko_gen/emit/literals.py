"""Encoders: each turns a value into code for one kind of place in an emitted file."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from json.encoder import encode_basestring_ascii
from typing import LiteralString, Self, assert_never
from urllib.parse import quote

from markupsafe import Markup

from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.syntax.readable import (
    disarm,
    disarm_markdown,
    double_quoted,
    escape,
    escape_unreadable,
    is_obeyed,
    is_plain,
    is_readable,
    is_substituted,
    quoted_text,
)

# --- fragments ---

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


# --- prose ---

_BLANK_LINE = re.compile(r"\n\s*\n")


def first_paragraph(text: str) -> str:
    """Return the first paragraph as one line."""
    return " ".join(_BLANK_LINE.split(text.strip())[0].split())


def columns(text: str) -> int:
    """Return the width of a text in terminal columns, or slightly more.

    The set of characters with two columns depends on the version of Unicode. The ranges
    here include all of them and never change.
    """
    if text.isascii():
        return len(text)
    return len(text) + sum("\u1100" <= c < "\u2000" or c >= "\u2300" for c in text)


def lines(pieces: Iterable[str], fits: Callable[[str], bool]) -> list[str]:
    """Join pieces into as few lines as possible; each newline ends a line.

    The joined lines equal the joined pieces. A piece that doesn't fit is a line by
    itself.
    """
    rows = [""]
    for piece in pieces:
        if rows[-1] and (rows[-1].endswith("\n") or not fits(rows[-1] + piece)):
            rows.append("")
        rows[-1] += piece
    return rows


_SUB_DELIMS = "!$&'()*+,;="
_ENCODED = re.compile("(%[0-9A-Fa-f]{2})")


def url_path(text: str) -> str:
    """Percent-encode literal text of a path, except slashes (`pchar` of RFC 3986).

    Encoded characters stay encoded, because a spec has no other way to write a space in
    a path. A lone surrogate, which UTF-8 can't represent, becomes a question mark.
    """
    # With one group, `split` returns unencoded and encoded parts alternately.
    return "".join(
        part if i % 2 else quote(part, safe=f"/:@{_SUB_DELIMS}", errors="replace")
        for i, part in enumerate(_ENCODED.split(text))
    )


_LINE_LENGTH = 88
_QUOTES = '"""'
_PUNCTUATED = re.compile(r"[.!?:…。！？][)\]]*$")
_LAST_WORD = re.compile(r"[^.!?]*[.!?]+[\"')\]]*")
_UNDOCUMENTED = ["Undocumented."]

_Words = list[str]


def docstring(*texts: str, indent: int) -> Code:
    """Return a docstring with its quotes, which begins at column `indent`.

    Its first paragraph is the first sentence. Each text, and each block of lines
    between empty lines, is a paragraph. Other white space becomes one space.
    """
    blocks = [words for text in texts for words in _paragraphs(text)]
    first, *rest = blocks or [_UNDOCUMENTED]
    summary, remainder = _split_sentence(first)
    paragraphs = [summary, *([remainder] if remainder else []), *rest]
    body = _lay_out(
        [[_escape_word(word) for word in words] for words in paragraphs], indent
    )
    return Code(body, f"{_QUOTES}X.{_QUOTES}")


def first_sentence(text: str) -> str:
    """Return the first sentence of a text on one line, without its full stop."""
    for words in _paragraphs(text):
        sentence, _ = _split_sentence(words)
        return escape_unreadable(" ".join(sentence)).removesuffix(".")
    return ""


def _paragraphs(text: str) -> list[_Words]:
    newlines = text.replace("\r\n", "\n").replace("\r", "\n")
    blocks = _BLANK_LINE.split(newlines)
    return [words for block in blocks if (words := block.split())]


def _split_sentence(words: _Words) -> tuple[_Words, _Words]:
    """Split off the first sentence, with a full stop added if it has none."""
    ends = (
        end
        for end in range(1, len(words))
        if _is_sentence_end(words[end - 1], words[end])
    )
    end = next(ends, len(words))
    *head, last = words[:end]
    # The full stop also separates a final quotation mark from the closing quotes.
    last_word = last if _PUNCTUATED.search(last) else f"{last}."
    return [*head, last_word], words[end:]


def _is_sentence_end(last: str, first: str) -> bool:
    """Return whether a sentence ends between two words (not after "e.g." or "i.e.")."""
    ends = _LAST_WORD.fullmatch(last)
    return ends is not None and not "a" <= first[0] <= "z"


def _escape_word(word: str) -> str:
    safe = escape_unreadable(word.replace("\\", "\\\\")).replace(_QUOTES, '\\"\\"\\"')
    # Doctest would run a line that starts with this prompt.
    return f"\\\\{safe}" if safe.startswith(">>>") else safe


def _lay_out(paragraphs: list[_Words], indent: int) -> str:
    width = _LINE_LENGTH - indent
    (first, *words), *rest = paragraphs
    # Black separates an initial quotation mark from the opening quotes by a space.
    opening = _QUOTES + (" " if first.startswith('"') else "") + first
    blocks = [_wrap(block, width) for block in ([opening, *words], *rest)]
    match blocks:
        case [[line]]:
            # Black does the same, even if the row is up to three columns too long.
            return line + _QUOTES
        case _:
            rows = [row for block in blocks for row in (*block, "")]
            return _indent([*rows[:-1], _QUOTES], indent)


def _indent(rows: list[str], indent: int) -> str:
    """Join rows and indent all but the first, which the template indents."""
    first, *others = rows
    margin = " " * indent
    return "\n".join([first, *(margin + row if row else "" for row in others)])


def _wrap(words: _Words, width: int) -> list[str]:
    pieces = (f"{word} " for word in words)
    rows = lines(pieces, lambda row: columns(row.rstrip(" ")) <= width)
    return [row.rstrip(" ") for row in rows]


# --- Python ---

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
    mark = _quote(text)
    ascii_text = "".join(c if c.isascii() else escape(c) for c in _escape(text, mark))
    return Code(f"b{mark}{ascii_text}{mark}", 'b"x"')


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
    mark = _quote("".join(texts))
    body, twin = "", ""
    for part in pieces:
        if isinstance(part, Code):
            if not _EXPRESSION.fullmatch(part):
                raise ValueError(f"not an expression for an f-string: {part!a}")
            body += f"{{{part}}}"
            twin += f"{{{part}}}"
        else:
            body += _escape(part, mark).replace("{", "{{").replace("}", "}}")
            twin += "x" if part else ""
    return Code(f"f{mark}{body}{mark}", f'f"{twin}"')


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
            return str(value) if value.bit_length() < _DECIMAL_BITS else hex(value)
        case float() if math.isfinite(value):
            return repr(value).replace("e+", "e")
        case float():
            return f'float("{value}")'
        case str():
            return _string(value)
        case list():
            return f"[{', '.join(map(_expression, value))}]"
        case dict():
            entries = (f"{_string(k)}: {_expression(v)}" for k, v in value.items())
            return f"{{{', '.join(entries)}}}"
        case _:
            assert_never(value)


def _string(text: str) -> str:
    mark = _quote(text)
    return f"{mark}{_escape(text, mark)}{mark}"


def _quote(text: str) -> str:
    """Return Black's choice: double quotes unless these need more backslashes."""
    return "'" if text.count('"') > text.count("'") else '"'


def _escape(text: str, mark: str) -> str:
    return text.translate(_ESCAPES[mark]) if _SPECIAL.search(text) else text


class _Escapes(dict[int, str]):
    """The escape sequences of a string's characters, each made once.

    A character that needs none stands for itself.
    """

    def __init__(self, mark: str) -> None:
        super().__init__({**_SHORT, ord(mark): f"\\{mark}"})

    def __missing__(self, code_point: int) -> str:
        character = chr(code_point)
        self[code_point] = character if is_readable(character) else escape(character)
        return self[code_point]


_ESCAPES = {mark: _Escapes(mark) for mark in "\"'"}


def _fits(text: str, width: int) -> bool:
    return columns(_string(text)) <= width


# --- TOML, YAML, JSON and Markdown ---


def toml(value: str | int | tuple[str, ...]) -> Code:
    """Return a basic string, an integer or an array of strings in TOML 1.0.

    An array of several strings has one string per line. A lone surrogate, which TOML
    can't represent, becomes U+FFFD.
    """
    match value:
        case str():
            return Code(quoted_text(value), '"x"')
        case int():
            return Code(str(value), str(value))
        case tuple():
            return Code(
                _toml_array(map(quoted_text, value)), _toml_array('"x"' for _ in value)
            )
        case _:
            assert_never(value)


def yaml_string(text: str) -> Code:
    """Return a double-quoted scalar with the same meaning in YAML 1.1 and 1.2.

    A lone surrogate, which YAML can't represent, becomes U+FFFD. Marks that agent hosts
    obey are escaped, because these hosts don't parse the YAML first.
    """
    return Code(double_quoted(text), '"x"')


def json_text(value: Plain) -> str:
    """Return indented JSON in ASCII without `<`, so that HTML may embed it.

    Raises:
        ValueError: A number is infinite or not a number.
    """
    return _indented_json(value, "\n").replace("<", "\\u003c")


def _indented_json(value: Plain, margin: str) -> str:
    """Return JSON like `json.dumps`, whose indenting encoder is several times slower.

    `margin` is a line break and the spaces at the start of its line.
    """
    inside = f"{margin}  "
    match value:
        case str():
            return encode_basestring_ascii(value)
        case dict() if value:
            entries = (
                f"{encode_basestring_ascii(key)}: {_indented_json(item, inside)}"
                for key, item in value.items()
            )
            return f"{{{inside}{f',{inside}'.join(entries)}{margin}}}"
        case list() if value:
            items = (_indented_json(item, inside) for item in value)
            return f"[{inside}{f',{inside}'.join(items)}{margin}]"
        case _:
            return json.dumps(value, allow_nan=False)


def _toml_array(items: Iterable[str]) -> str:
    strings = [*items]
    rows = "".join(f"    {string},\n" for string in strings)
    return f"[\n{rows}]" if len(strings) > 1 else f"[{''.join(strings)}]"


# Characters to escape by a backslash. Inside a word, `_` and `#` have no meaning.
_MARKUP = re.compile(
    r"""
      [\\`*\[\]<|~$@]                   # code, emphasis, links, HTML, tables, mentions
    | (?<![A-Za-z0-9])[_#]  | _(?![A-Za-z0-9])
    | &(?=\#?[A-Za-z0-9]+;)             # character references
    | :(?=//)  |  (?<=[Ww]{3})\.        # addresses that become links by themselves
    | ^[-+=>]                           # lists, headings, quotations
    """,
    re.VERBOSE,
)
_BACKQUOTES = re.compile("`+")
_ORDERED_LIST = re.compile(r"^([0-9]+)([.)])(?=\s|$)")


def markdown(text: str) -> Code:
    """Return prose for a paragraph, a heading, a list item or a table cell.

    White space becomes one space; invisible characters are omitted.
    """
    words = (
        w if is_plain(w) else "".join(filter(is_readable, w)) for w in text.split()
    )
    escaped_text = _MARKUP.sub(_literally, " ".join(filter(None, words)))
    return Code(_ORDERED_LIST.sub(r"\1\\\2", escaped_text), "x")


def markdown_code(text: str, *, table: bool = False) -> Code:
    """Return a code span; with `table`, for a table cell.

    White space becomes one space; invisible characters become escapes.
    """
    line = escape_unreadable(" ".join(text.split())) or " "
    span = _span(line)
    if is_obeyed(span):
        text_code = re.sub(r"[!-/:-@\[-`{-~]", lambda mark: f"&#{ord(mark[0])};", line)
        span = f"<code>{text_code}</code>"
    return Code(span.replace("|", "\\|") if table else span, "`x`")


def markdown_document(text: str) -> Code:
    """Return Markdown of an author as it is, but for text that hosts of agents obey."""
    return Code(disarm_markdown(text).strip("\n"), "x")


def _literally(mark: re.Match[str]) -> str:
    # Two backslashes at the end of a cell would escape the bar after them.
    if mark[0] == "\\" or is_substituted(mark.string, mark.start()):
        return f"&#{ord(mark[0])};"
    return f"\\{mark[0]}"


def _span(text: str) -> str:
    runs = (len(run) for run in _BACKQUOTES.findall(text))
    fence = "`" * (max(runs, default=0) + 1)
    padding = " " if "`" in (text[0], text[-1]) else ""
    return f"{fence}{padding}{text}{padding}{fence}"
