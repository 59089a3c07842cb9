"""Encodes values and text as TOML, YAML, JSON and Markdown."""

from __future__ import annotations

import json
import re
from json.encoder import encode_basestring_ascii
from typing import assert_never

from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.literals.code import Code, harmless_copy
from naftiko_gen.syntax.readable import (
    disarm_markdown,
    double_quoted,
    escape_unreadable,
    is_obeyed,
    is_plain,
    is_readable,
    is_substituted,
    quoted_text,
)


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
            twins = ('"x"' for _ in value)
            strings = (quoted_text(item) for item in value)
            return Code(_toml_array(tuple(strings)), _toml_array(tuple(twins)))
        case _:
            assert_never(value)


def yaml_string(text: str) -> Code:
    """Return a double-quoted scalar with the same meaning in YAML 1.1 and 1.2.

    A lone surrogate, which YAML can't represent, becomes U+FFFD. Marks that agent hosts
    obey are escaped, because these hosts don't parse the YAML first.
    """
    return Code(double_quoted(text), '"x"')


def json_document(value: Plain) -> Code:
    """Return a JSON document as code.

    Raises:
        ValueError: A number is infinite or not a number.
    """
    return Code(json_text(value), json_text(harmless_copy(value)))


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


def _toml_array(strings: tuple[str, ...]) -> str:
    if len(strings) < 2:
        return f"[{''.join(strings)}]"
    rows = (f"    {string},\n" for string in strings)
    return f"[\n{''.join(rows)}]"


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
    words = (_readable(word) for word in text.split())
    escaped_text = _MARKUP.sub(_literally, " ".join(filter(None, words)))
    return Code(_ORDERED_LIST.sub(r"\1\\\2", escaped_text), "x")


def markdown_code(text: str, *, table: bool = False) -> Code:
    """Return a code span; with `table`, for a table cell.

    White space becomes one space; invisible characters become escapes.
    """
    line = escape_unreadable(" ".join(text.split())) or " "
    span = _span(line)
    if is_obeyed(span):
        span = _element(line)
    return Code(span.replace("|", "\\|") if table else span, "`x`")


def markdown_document(text: str) -> Code:
    """Return Markdown of an author as it is, but for text that hosts of agents obey."""
    return Code(disarm_markdown(text).strip("\n"), "x")


def _readable(word: str) -> str:
    return word if is_plain(word) else "".join(filter(is_readable, word))


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


def _element(text: str) -> str:
    escaped_text = re.sub(r"[!-/:-@\[-`{-~]", lambda mark: f"&#{ord(mark[0])};", text)
    return f"<code>{escaped_text}</code>"
