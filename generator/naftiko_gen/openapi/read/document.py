"""Parse a file as an OpenAPI document, in YAML or JSON, and find its version."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Code, Report
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.syntax import reader
from naftiko_gen.syntax.reader.characters import UNSPEAKABLE, RefusedError, decode_json
from naftiko_gen.syntax.reader.composer import (
    Unrepresentable,
    core_value,
    note_empty_key,
)
from naftiko_gen.syntax.reader.events import OPENAPI, Limits
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar, Sequence

_JSON = re.compile(rb"\xef\xbb\xbf|[ \t\r\n]*\{")


SWAGGER = "2.0"
_VERSIONS = {"openapi": ("3.0", "3.1", "3.2"), "swagger": (SWAGGER,)}


def tree_of(
    content: bytes, name: str, report: Report, limits: Limits = OPENAPI
) -> Mapping | None:
    """Return the root of the file, or None after reporting why it can't be parsed."""
    try:
        root = _parse_json(content, report, limits) if _JSON.match(content) else None
    except RefusedError as refusal:
        # YAML may begin with a brace, too.
        if refusal.code is not Code.YAML_SYNTAX or name.endswith(".json"):
            report.add(refusal.code, refusal.message, refusal.span, refusal.hint)
            return None
        root = None
    if isinstance(root, Mapping):
        return root
    return reader.load(content, report, limits)


def version_of(root: Mapping, report: Report) -> str | None:
    """Return the version that a document declares, or None after reporting an error."""
    key = next((key for key in _VERSIONS if key in root), None)
    if key is None:
        message = "the document has neither 'openapi' nor 'swagger'"
        is_capability = "naftiko" in root or "ikanos" in root
        hint = (
            "it is a capability already: compile it with naftiko-gen"
            if is_capability
            else "is it an OpenAPI document?"
        )
        report.add(Code.UNUSABLE_OPENAPI, message, root.span, hint)
        return None
    value = root.get(key)
    text = value.typed or "" if isinstance(value, Scalar) else ""
    generation = ".".join(text.split(".")[:2])
    if generation in _VERSIONS[key]:
        return generation
    message = f"{key} {quote(text)} can't be read"
    hint = "Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2 can"
    report.add(Code.UNUSABLE_OPENAPI, message, root.value_span(key), hint)
    return None


def _parse_json(content: bytes, report: Report, limits: Limits) -> Node | None:
    is_small = len(content) <= limits.size
    return json_tree(decode_json(content), report, limits) if is_small else None


_BLANK = re.compile(r"[ \t\r\n]*")
# Possessive repetition (`++`) avoids backtracking, which would take a hundred times the
# memory of a long string.
_TOKEN = re.compile(
    r'(?P<string>"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*+")'
    r"|(?P<other>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)"
    r"|(?P<mark>[{}\[\]:,])"
)


def json_tree(text: str, report: Report, limits: Limits) -> Node:
    """Return the root of a JSON document.

    Raises:
        RefusedError: At the first error, or where a limit is exceeded.
    """
    reader = _Reader(text, report, limits)
    root = reader.node(0)
    reader.end()
    return root


@dataclass
class _Reader:
    """Reads the tokens of a text from left to right."""

    text: str
    report: Report
    limits: Limits
    _at: int = 0
    _start: int = 0
    """The start of the last token."""
    _count: int = 0
    _lines: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lines = [match.end() for match in re.finditer("\n", self.text)]

    def node(self, depth: int) -> Node:
        """Read a value."""
        token = self._token()
        span = self._span(self._start, self._at)
        match token:
            case "{":
                return Mapping(tuple(self._entries(self._descend(depth, span))), span)
            case "[":
                return Sequence(tuple(self._items(self._descend(depth, span))), span)
            case str() if token[0] == '"':
                return Scalar(self._string(token, span), span, token[1:-1])
            case str() if token not in ("}", "]", ":", ","):
                return self._constant(token, span)
            case _:
                raise self._refusal("a value")

    def end(self) -> None:
        """Refuse text after the document."""
        self._at = self._skip_blanks()
        if self._at < len(self.text):
            span = self._span(self._at, self._at + 1)
            message = "the document has ended before this"
            raise RefusedError(Code.YAML_SYNTAX, f"not JSON: {message}", span)

    def _entries(self, depth: int) -> Iterable[Entry]:
        entries: dict[str, Entry] = {}
        for _ in self._until("}"):
            entry = self._entry(depth)
            first = entries.setdefault(entry.key, entry)
            if first is not entry:
                entries[entry.key] = self._choose(first, entry)
        return entries.values()

    def _choose(self, first: Entry, entry: Entry) -> Entry:
        """Return the one of two entries with one key that counts."""
        entry_to_keep = self.limits.repeats.choose(first, entry)
        if entry_to_keep is None:
            key, lines = quote(entry.key), (entry.span.line, first.span.line)
            message = f"the key {key} on line {lines[0]} repeats the one on line"
            message = f"{message} {lines[1]}"
            hint = self.limits.repeated
            raise RefusedError(Code.DUPLICATE_KEY, message, entry.span, hint)
        return entry_to_keep

    def _entry(self, depth: int) -> Entry:
        token = self._token()
        if token is None or token[0] != '"':
            raise self._refusal("a key in double quotes")
        span = self._span(self._start, self._at)
        key = self._string(token, span)
        if not key:
            note_empty_key(self.report, span)
        if self._token() != ":":
            raise self._refusal("':'")
        return Entry(key, span, self.node(depth))

    def _items(self, depth: int) -> Iterator[Node]:
        for _ in self._until("]"):
            yield self.node(depth)

    def _until(self, bracket: str) -> Iterator[None]:
        """Yield in front of each item, and read the tokens between them."""
        at = self._skip_blanks()
        token = self._token() if self.text[at : at + 1] == bracket else None
        while token != bracket:
            yield
            token = self._token()
            if token not in (",", bracket):
                raise self._refusal(f"',' or '{bracket}'")

    def _token(self) -> str | None:
        """Read the next token; None at the end of the text or at an invalid token."""
        self._start = self._skip_blanks()
        match = _TOKEN.match(self.text, self._start)
        self._count += 1
        if self._count > self.limits.parts:
            span = self._span(self._start, self._start + 1)
            raise RefusedError(Code.TOO_COMPLEX, self.limits.too_complex, span)
        self._at = match.end() if match else self._start
        return match[0] if match else None

    def _skip_blanks(self) -> int:
        match = _BLANK.match(self.text, self._at)
        return match.end() if match else self._at

    def _descend(self, depth: int, span: Span) -> int:
        if depth >= self.limits.depth:
            raise RefusedError(Code.TOO_DEEP, self.limits.too_deep, span)
        return depth + 1

    def _string(self, token: str, span: Span) -> str:
        text = str(json.loads(token))
        if UNSPEAKABLE.search(text):
            message = "a string can't contain NUL or half a character"
            raise RefusedError(Code.FORBIDDEN_CHARACTER, message, span)
        if len(text) > self.limits.string:
            raise RefusedError(Code.STRING_TOO_LONG, self.limits.too_long, span)
        return text

    def _constant(self, token: str, span: Span) -> Scalar:
        value = core_value(token)
        if isinstance(value, Unrepresentable):
            message = f"{quote(token)} {value.reason}"
            raise RefusedError(Code.NUMBER_TOO_LARGE, message, span)
        return Scalar(value, span, token)

    def _refusal(self, expected: str) -> RefusedError:
        if self._start >= len(self.text):
            message = f"the text ends, but {expected} is expected"
        else:
            message = f"{expected} is expected here"
        span = self._span(self._start, max(self._at, self._start + 1))
        return RefusedError(Code.YAML_SYNTAX, f"not JSON: {message}", span)

    def _span(self, start: int, end: int) -> Span:
        line = bisect_right(self._lines, start)
        column = start - (self._lines[line - 1] if line else 0) + 1
        return Span(line + 1, column, max(end - start, 1))


def as_typed(node: Node | None) -> str:
    """Return text as it was typed; names such as `2015` look like numbers."""
    match node:
        case Scalar(typed=str() as text, value=value) if not isinstance(value, str):
            return text
        case Scalar(value=str() as text):
            return text
        case _:
            return ""
