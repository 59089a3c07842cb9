"""Syntax errors in the author's terms: the usual cause and its remedy.

Both parsers are understood; a cause is recognised by the words they have in common.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics import Code
from naftiko_gen.quoting import shown
from naftiko_gen.source.escapes import refusal_of_escape
from naftiko_gen.source.places import span_at
from naftiko_gen.source.refusal import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from yaml import MarkedYAMLError

    from naftiko_gen.source.places import Mark

_START: Callable[[MarkedYAMLError], Mark | None] = attrgetter("context_mark")
_PROBLEM: Callable[[MarkedYAMLError], Mark | None] = attrgetter("problem_mark")
_QUOTE = "put the text in quotes"
_STRING = "put the value in quotes if it is a text"


@dataclass(frozen=True)
class _Cause:
    """What the parsers say (a regex), and where and what to report instead."""

    symptom: str
    place: Callable[[MarkedYAMLError], Mark | None]
    message: str
    hint: str
    code: Code = Code.YAML_SYNTAX


_CAUSES = (
    _Cause(
        "nesting depth",
        _PROBLEM,
        "lists and mappings are nested more than 64 deep",
        "flatten the document",
        Code.TOO_DEEP,
    ),
    _Cause(
        "directive",
        _PROBLEM,
        "a directive isn't allowed here",
        f"delete the line; if % starts a text, {_QUOTE}",
        Code.YAML_DIRECTIVE,
    ),
    _Cause(
        r"an (?:anchor|alias)\b",
        _START,
        "anchors and aliases aren't allowed, and this isn't even one",
        f"if & or * starts a text, {_QUOTE}",
        Code.ANCHOR_OR_ALIAS,
    ),
    _Cause(
        r"\ba tag\b|tag handle",
        _START,
        "tags aren't allowed, and this isn't even one",
        f"if ! starts a text, {_QUOTE}",
        Code.YAML_TAG,
    ),
    _Cause(
        "values are not allowed",
        _PROBLEM,
        "a ': ' inside a value that has no quotes, or a line indented too far",
        "put the value in quotes, or align the line with the one above",
    ),
    _Cause(
        "entries are not allowed",
        _PROBLEM,
        "a list can't start here",
        "begin it on a line of its own; quote a text that starts with '- '",
    ),
    _Cause(
        "quoted scalar: found unexpected end|quoted scalar: found unexpected document",
        _START,
        "this quote is never closed",
        "close it; within single quotes write ' twice",
    ),
    _Cause(
        "flow sequence",
        _START,
        "this '[' isn't closed, or its items aren't separated by ','",
        _STRING,
    ),
    _Cause(
        "flow mapping",
        _START,
        "this '{' isn't closed, or its entries aren't separated by ','",
        _STRING,
    ),
    _Cause(
        "unexpected ':'",
        _PROBLEM,
        "a ':' without a space behind it",
        "write 'key: value' with a space; quote a text that contains ':'",
    ),
    _Cause(
        "find expected ':'",
        _START,
        "a line that is neither 'key: value' nor part of the value above",
        "write 'key: value' with a space, or indent the line below its key",
    ),
    _Cause(
        "block (?:mapping|collection|sequence)",
        _PROBLEM,
        "this is neither the next key nor the next item of its level",
        "align the line with those of its level; does a quote end too early above?",
    ),
    _Cause(
        "block scalar",
        _PROBLEM,
        "a text can't start on the line of its '|' or '>'",
        "begin it on the next line, indented",
    ),
)
_BAD_START = re.compile(
    "cannot start any token|violates indentation|indentation space|node content"
)
_BAD_ESCAPE = re.compile("quoted scalar: .*(?:escape|hex)")
_AFTER_DOCUMENT = re.compile("expected '?<document start>")
_DOCUMENT_END = re.compile(r"^\.\.\.(?:\s|\Z)", re.MULTILINE)


def refusal_of_syntax(text: str, error: MarkedYAMLError) -> RefusedError:
    """Return what to tell the author about the parser's error."""
    symptom = f"{error.context}: {error.problem}"
    if _BAD_ESCAPE.search(symptom) and error.context_mark:
        return refusal_of_escape(text, error.context_mark.index)
    if _BAD_START.search(symptom):
        return _bad_start(text, _offset(error.problem_mark))
    if _AFTER_DOCUMENT.search(symptom):
        return _after_document(text, _offset(error.problem_mark))
    for cause in _CAUSES:
        if re.search(cause.symptom, symptom):
            span = span_at(text, _offset(cause.place(error)))
            return RefusedError(cause.code, cause.message, span, cause.hint)
    span = span_at(text, _offset(error.problem_mark))
    return RefusedError(Code.YAML_SYNTAX, f"this isn't YAML: {error.problem}", span)


def _offset(mark: Mark | None) -> int:
    return mark.index if mark else 0


def _bad_start(text: str, offset: int) -> RefusedError:
    match text[offset : offset + 1]:
        case "":
            message, hint = "the text ends where a value is due", "is it all there?"
        case "\t":
            message, hint = "a tab can't indent a line", "indent with spaces"
        case character:
            message = f"a value without quotes can't start with {shown(character)}"
            hint = _QUOTE
    return RefusedError(Code.YAML_SYNTAX, message, span_at(text, offset), hint)


def _after_document(text: str, offset: int) -> RefusedError:
    if _DOCUMENT_END.search(text, 0, offset):
        code, message = Code.SEVERAL_DOCUMENTS, "a second document starts here"
        hint = "put each document into a file of its own"
    else:
        code, message = Code.YAML_SYNTAX, "the document has ended before this"
        hint = "does a bracket or a quote close too early above?"
    return RefusedError(code, message, span_at(text, offset), hint)
