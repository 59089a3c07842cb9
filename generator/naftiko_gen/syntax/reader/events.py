"""The parser's events, with limits and refused constructs checked.

Limits are checked first: nothing is built from a document with too many events.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.scanner import ScannerError

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Code
from naftiko_gen.syntax.files import LARGEST
from naftiko_gen.syntax.reader.characters import (
    UNSPEAKABLE,
    RefusedError,
    refusal_of_escape,
    several_documents,
    span_at,
    span_of,
    start_of,
)
from naftiko_gen.syntax.reader.syntax import refusal_of_syntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from yaml.error import Mark
    from yaml.events import Event

    from naftiko_gen.syntax.tree import Entry


class PureLoader(yaml.BaseLoader):
    """PyYAML's own parser, adapted to libyaml's treatment of tabs and escapes."""

    def scan_to_next_token(self) -> None:
        """Accept tabs between tokens, but not as indentation."""
        super().scan_to_next_token()
        while self.peek() == "\t" and (self.flow_level or not self.allow_simple_key):
            self.forward()
            super().scan_to_next_token()

    def scan_flow_scalar_non_spaces(self, double: bool, start_mark: Mark) -> list[str]:
        """Refuse escapes beyond U+10FFFF with an error that has a position."""
        try:
            return super().scan_flow_scalar_non_spaces(double, start_mark)
        except (ValueError, OverflowError) as error:
            raise ScannerError(
                "while scanning a double-quoted scalar",
                start_mark,
                "found invalid Unicode character escape code",
                start_mark,
            ) from error


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


_KEPT_LIMIT = 50_000
"""The number of events to keep; they take less memory than the tree."""
_STEPS = {
    MappingStartEvent: 1,
    SequenceStartEvent: 1,
    MappingEndEvent: -1,
    SequenceEndEvent: -1,
}

_PROLOGUE = re.compile(
    r"(?:\A|^\.\.\.[^\n]*+)(?:[ \t\r\n]++|[#%][^\n]*+)++", re.MULTILINE
)
_DIRECTIVE = re.compile(r"^%[^\r\n]*", re.MULTILINE)
_TAG_END = re.compile(r"[\s,\[\]{}]|\Z")
_YAML_1_2 = re.compile(r"%YAML[ \t]+1\.2[ \t]*(?:[ \t]#.*)?")


def events(text: str, limits: Limits) -> Iterator[Event]:
    """Yield the events of the document's nodes, depth first.

    Raises:
        RefusedError: At the first construct that isn't allowed or isn't YAML.
    """
    _refuse_directives(text)
    return _nodes(text, _within_limits(text, limits) or _parse_events(text), limits)


def _parse_events(text: str) -> Iterator[Event]:
    loader = yaml.CBaseLoader if yaml.__with_libyaml__ else PureLoader
    try:
        yield from yaml.parse(text, loader)
    except yaml.MarkedYAMLError as error:
        raise refusal_of_syntax(text, error) from error


def _within_limits(text: str, limits: Limits) -> list[Event]:
    """Check the limits before anything is built.

    Return the events, or an empty list if there are too many to keep.
    """
    depth, kept_events = 0, []
    for count, event in enumerate(_parse_events(text)):
        if count < _KEPT_LIMIT:
            kept_events.append(event)
        if (step := _STEPS.get(type(event))) is not None:
            depth += step
            if depth > limits.depth:
                raise RefusedError(Code.TOO_DEEP, limits.too_deep, span_of(text, event))
        if count >= limits.parts:
            span = span_of(text, event)
            raise RefusedError(Code.TOO_COMPLEX, limits.too_complex, span)
    return kept_events if len(kept_events) < _KEPT_LIMIT else []


def _nodes(text: str, events: Iterable[Event], limits: Limits) -> Iterator[Event]:
    documents = 0
    for event in events:
        match event:
            case ScalarEvent() if _is_simple(event, limits):
                yield event
            case NodeEvent():
                _refuse_constructs(text, event, limits)
                yield event
            case MappingEndEvent() | SequenceEndEvent():
                yield event
            case DocumentStartEvent():
                documents += 1
                if documents > 1:
                    raise several_documents(span_of(text, event))
            case _:
                pass


def _is_simple(event: ScalarEvent, limits: Limits) -> bool:
    """Return whether a scalar needs no closer look, as nearly all of them."""
    return (
        event.anchor is None
        and event.tag is None
        and event.style != '"'
        and len(event.value) <= limits.string
    )


def _refuse_constructs(text: str, event: NodeEvent, limits: Limits) -> None:
    if event.anchor is not None and not limits.sharing:
        raise _anchor_or_alias(text, event, event.anchor)
    match event:
        case ScalarEvent(tag=str(tag)) | CollectionStartEvent(tag=str(tag)):
            raise _tag(text, event, tag)
        case ScalarEvent() if len(event.value) > limits.string:
            span = span_of(text, event)
            raise RefusedError(Code.STRING_TOO_LONG, limits.too_long, span)
        case ScalarEvent() if event.style == '"' and UNSPEAKABLE.search(event.value):
            raise refusal_of_escape(text, start_of(event).index)
        case _:
            pass


def _refuse_directives(text: str) -> None:
    if not text.startswith("%") and "\n%" not in text:
        return
    for prologue in _PROLOGUE.finditer(text):
        for directive in _DIRECTIVE.finditer(text, *prologue.span()):
            if not _YAML_1_2.fullmatch(directive[0]):
                raise _directive(text, directive)


def _directive(text: str, directive: re.Match[str]) -> RefusedError:
    return RefusedError(
        Code.YAML_DIRECTIVE,
        f"the directive {quote(directive[0])} isn't allowed",
        span_at(text, directive.start(), len(directive[0])),
        "delete the line; the only directive allowed is '%YAML 1.2'",
    )


def _anchor_or_alias(text: str, event: NodeEvent, name: str) -> RefusedError:
    kind, sign = ("alias", "*") if isinstance(event, AliasEvent) else ("anchor", "&")
    return RefusedError(
        Code.ANCHOR_OR_ALIAS,
        f"the {kind} {quote(sign + name)} isn't allowed",
        span_at(text, start_of(event).index, len(name) + 1),
        "write the value out at each place; quote a text that starts with & or *",
    )


def _tag(text: str, event: NodeEvent, tag: str) -> RefusedError:
    start = start_of(event).index
    end = next(_TAG_END.finditer(text, start)).start()
    return RefusedError(
        Code.YAML_TAG,
        f"the tag {quote(tag)} isn't allowed",
        span_at(text, start, end - start),
        "delete the tag; quote a text that starts with !",
    )
