"""Explanations of syntax errors: the usual cause and its remedy.

The patterns match the messages of both parsers. Only lines of documents that look like
specs or OpenAPI documents are shown: any other file may hold secrets, for instance if a
link leads to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Code
from naftiko_gen.syntax.reader.characters import (
    RefusedError,
    refusal_of_escape,
    several_documents,
    span_at,
)

if TYPE_CHECKING:
    from yaml import MarkedYAMLError

    from naftiko_gen.syntax.reader.characters import Mark
    from naftiko_gen.syntax.tree import Mapping


_QUOTE = "put it in quotes"
_STRING = "put the value in quotes if it is a text"


@dataclass(frozen=True)
class _Cause:
    """A cause of syntax errors: a pattern of the parsers' messages, and our message.

    The place is where the construct starts, or else where its problem is.
    """

    symptom: str
    message: str
    hint: str
    code: Code = Code.YAML_SYNTAX
    is_at_start: bool = False


_CAUSES = (
    _Cause(
        "nesting depth",
        "lists and mappings are nested more than 64 deep",
        "flatten the document",
        Code.TOO_DEEP,
    ),
    _Cause(
        "directive",
        "a directive isn't allowed here",
        f"delete the line; if % starts a text, {_QUOTE}",
        Code.YAML_DIRECTIVE,
    ),
    _Cause(
        r"an (?:anchor|alias)\b",
        "& and * start anchors and aliases, which aren't allowed",
        f"if this is a text, {_QUOTE}",
        Code.ANCHOR_OR_ALIAS,
        is_at_start=True,
    ),
    _Cause(
        r"\ba tag\b|tag handle",
        "! starts a tag, which isn't allowed",
        f"if this is a text, {_QUOTE}",
        Code.YAML_TAG,
        is_at_start=True,
    ),
    _Cause(
        "entries are not allowed",
        "a list can't start here",
        "begin it on a line of its own; quote a text that starts with '- '",
    ),
    _Cause(
        "quoted scalar: found unexpected end|quoted scalar: found unexpected document",
        "this quote is never closed",
        "close it; within single quotes write ' twice",
        is_at_start=True,
    ),
    _Cause(
        "flow sequence",
        "this '[' isn't closed, or its items aren't separated by ','",
        _STRING,
        is_at_start=True,
    ),
    _Cause(
        "flow mapping",
        "this '{' isn't closed, or its entries aren't separated by ','",
        _STRING,
        is_at_start=True,
    ),
    _Cause(
        "unexpected ':'",
        "a ':' without a space behind it",
        "write 'key: value' with a space; quote a text that contains ':'",
    ),
    _Cause(
        "find expected ':'",
        "a line that is neither 'key: value' nor part of the value above",
        "write 'key: value' with a space, or indent the line below its key",
        is_at_start=True,
    ),
    _Cause(
        "block scalar",
        "a text can't start on the line of its '|' or '>'",
        "begin it on the next line, indented",
    ),
)
_BAD_ESCAPE = re.compile("quoted scalar: .*(?:escape|hex)")
_DOCUMENT_END = re.compile(r"^\.\.\.(?:\s|\Z)", re.MULTILINE)


def refusal_of_syntax(text: str, error: MarkedYAMLError) -> RefusedError:
    """Return the error that explains a parser's error."""
    symptom = f"{error.context}: {error.problem}"
    start, place = _offset(error.context_mark), _offset(error.problem_mark)
    if _BAD_ESCAPE.search(symptom):
        return refusal_of_escape(text, start)
    for pattern, explanation in _EXPLANATIONS:
        if re.search(pattern, symptom):
            return explanation(text, place)
    for cause in _CAUSES:
        if re.search(cause.symptom, symptom):
            span = span_at(text, start if cause.is_at_start else place)
            return RefusedError(cause.code, cause.message, span, cause.hint)
    return _syntax_error(text, place, f"not YAML: {error.problem}")


def _offset(mark: Mark | None) -> int:
    return mark.index if mark else 0


def _syntax_error(
    text: str, offset: int, message: str, hint: str | None = None
) -> RefusedError:
    return RefusedError(Code.YAML_SYNTAX, message, span_at(text, offset), hint)


def _bad_start(text: str, offset: int) -> RefusedError:
    match text[offset : offset + 1]:
        case "":
            message, hint = "the text ends before a value", "is the file complete?"
        case "\t":
            message, hint = "a tab can't indent a line", "indent with spaces"
        case character:
            message = f"a value without quotes can't start with {quote(character)}"
            hint = _QUOTE
    return _syntax_error(text, offset, message, hint)


def _stray_colon(text: str, offset: int) -> RefusedError:
    if ": " in _line_before(text, offset):
        message = "a value without quotes can't contain ': '"
        hint = "put the value in quotes"
    else:
        message = "this line is indented further than its key can be"
        hint = "align it with the keys of its level, or quote the text it belongs to"
    return _syntax_error(text, offset, message, hint)


def _stray_text(text: str, offset: int) -> RefusedError:
    match _line_before(text, offset).rstrip()[-1:]:
        case "'" | '"':
            message = "a quote ends before this text"
            hint = "quote all of the value; within single quotes write ' twice"
        case "}" | "]":
            message = "a bracket ends before this text"
            hint = "put the whole value in double quotes if it is a text"
        case _:
            message = "this is neither the next key nor the next item of its level"
            hint = "align the line with the others of its level"
    return _syntax_error(text, offset, message, hint)


def _line_before(text: str, offset: int) -> str:
    return text[text.rfind("\n", 0, offset) + 1 : offset]


def _after_document(text: str, offset: int) -> RefusedError:
    if _DOCUMENT_END.search(text, 0, offset):
        return several_documents(span_at(text, offset))
    message = "the document has ended before this"
    hint = "does a bracket or a quote close too early above?"
    return _syntax_error(text, offset, message, hint)


_EXPLANATIONS = (
    (
        "cannot start any token|violates indentation|indentation space|node content",
        _bad_start,
    ),
    ("expected '?<document start>", _after_document),
    ("values are not allowed", _stray_colon),
    ("parsing a block (?:mapping|collection|sequence)", _stray_text),
)


_CAPABILITY = ("naftiko", "capability", "ikanos")
_OPENAPI = ("openapi", "swagger")
_GROUPS = ("naftiko.io/", "ikanos.io/")
"""API groups of Kubernetes whose resources are capabilities."""


def is_capability(content: bytes, root: Mapping | None) -> bool:
    """Return whether a file is a capability, or has a key of one at its root."""
    is_wrapped = root is not None and is_resource(root)
    return is_wrapped or _has_key(_CAPABILITY, content, root)


def is_resource(root: Mapping) -> bool:
    """Return whether a file is a Kubernetes resource that holds a capability."""
    group = root.text("apiVersion") or ""
    return group.startswith(_GROUPS) and root.text("kind") == "Capability"


def is_openapi(content: bytes, root: Mapping | None) -> bool:
    """Return whether a file has a key of an OpenAPI document at its root."""
    return _has_key(_OPENAPI, content, root)


def _has_key(keys: tuple[str, ...], content: bytes, root: Mapping | None) -> bool:
    """Look for keys at the root, or in the text of a file that can't be parsed."""
    if root is None:
        return _pattern(keys).search(content) is not None
    return any(key in root for key in keys)


def _pattern(keys: tuple[str, ...]) -> re.Pattern[bytes]:
    """Return a pattern for one of the keys at the root, in a block or in braces."""
    names = "|".join(keys).encode()
    return re.compile(
        rb"(?:^(?:\xef\xbb\xbf)?|\A(?:\xef\xbb\xbf)?\s*\{\s*)"
        rb"([\"']?)(?:" + names + rb")\1[ ]*:",
        re.MULTILINE,
    )
