"""Composing the syntax tree of events: values by YAML 1.2's core schema, raw keys.

<https://yaml.org/spec/1.2.2/#103-core-schema>. Octal and hexadecimal numbers, and
numbers with leading zeros, stay strings. Most of them are codes: an upstream that
expects `0x1F` mustn't get 31. Booleans, dates and base-60 numbers of YAML 1.1 stay
strings, too.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Code
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.syntax.reader.characters import (
    RefusedError,
    end_of,
    span_at,
    span_between,
    span_of,
    start_of,
)
from naftiko_gen.syntax.reader.events import events
from naftiko_gen.syntax.tree import Entry, Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml.events import CollectionStartEvent, Event, NodeEvent

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.syntax.reader.events import Limits
    from naftiko_gen.syntax.tree import Node


_DIGITS_LIMIT = 4_300
"""Python's own limit for conversions between integers and text."""

_CORE = re.compile(
    r"(?P<null>~|null|Null|NULL|)"
    r"|(?P<true>true|True|TRUE)"
    r"|(?P<false>false|False|FALSE)"
    r"|(?P<integer>[-+]?(?:0|[1-9][0-9]*))"
    r"|(?P<real>[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<infinite>[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)
_OTHER_NUMBER = re.compile(
    r"0o[0-7]+|0x[0-9a-fA-F]+|[-+]?0[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?"
)
_CONSTANTS = {"null": None, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Unrepresentable:
    """A number that JSON can't represent; the reason is the end of a sentence."""

    reason: str


def core_value(plain: str) -> bool | int | float | str | Unrepresentable | None:
    """Return the value of an unquoted scalar."""
    core = _CORE.fullmatch(plain)
    match core and core.lastgroup:
        case None:
            return plain
        case "integer" if len(plain.lstrip("+-")) > _DIGITS_LIMIT:
            return Unrepresentable("has more than 4,300 digits")
        case "integer":
            return int(plain)
        case "real" if math.isfinite(value := float(plain)):
            return value
        case "real":
            return Unrepresentable("is too large a number")
        case "infinite":
            return Unrepresentable("isn't a finite number")
        case constant:
            return _CONSTANTS[constant]


def is_other_number(text: str) -> bool:
    """Return whether a text is a number in the core schema but stays a text here."""
    return _OTHER_NUMBER.fullmatch(text) is not None


_FINDINGS_LIMIT = 20
_TEMPLATE = re.compile(r"\{\{[^{}\n]*\}\}")


def compose(text: str, report: Report, limits: Limits) -> Node:
    """Return the document's root.

    Report up to 20 wrong keys and numbers, and compose the rest without them.

    Raises:
        RefusedError: At the first fault after which reading on is pointless.
    """
    stream = events(text, limits)
    match next(stream, None):
        case None | ScalarEvent(implicit=(True, _), value=""):
            message = "the file holds no document"
            raise RefusedError(Code.EMPTY_DOCUMENT, message, Span(1, 1))
        case root:
            node = _Composer(text, report, stream, limits).node(root)
    # Reading the last event checks that no second document follows.
    next(stream, None)
    return node


def note_empty_key(report: Report, span: Span) -> None:
    """Report the first empty key of an OpenAPI document, which no spec can have."""
    message = "members with an empty key are left out"
    report.add_first(Code.NOT_CARRIED_OVER, message, span)


def _is_merge(event: Event) -> bool:
    return isinstance(event, ScalarEvent) and event.implicit[0] and event.value == "<<"


@dataclass(slots=True)
class _Composer:
    """A composer of nodes from events; `events` limits the depth of its recursion."""

    text: str
    report: Report
    stream: Iterator[Event]
    limits: Limits
    anchors: dict[str, Node] = field(default_factory=dict)
    """Complete nodes only, because a node can't contain an alias of itself."""
    merged: int = 0

    def node(self, event: Event) -> Node:
        node = self._node(event)
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self.anchors[anchor] = node
        return node

    def _node(self, event: Event) -> Node:
        match event:
            case ScalarEvent():
                return self._scalar(event)
            case MappingStartEvent():
                return self._mapping(event)
            case SequenceStartEvent():
                return self._sequence(event)
            case AliasEvent():
                return self._resolve_alias(event)
            case _:
                raise AssertionError(f"{event} where a node has to start")

    def _scalar(self, event: ScalarEvent) -> Scalar:
        span = span_of(self.text, event)
        value = core_value(event.value) if event.implicit[0] else event.value
        if isinstance(value, Unrepresentable):
            message = f"{quote(event.value)} {value.reason}"
            self._report(
                Code.NUMBER_TOO_LARGE, message, span, "quote it if it's a text"
            )
            return Scalar(None, span)
        return Scalar(value, span, event.value)

    def _sequence(self, start: SequenceStartEvent) -> Sequence:
        items = []
        while not isinstance(event := next(self.stream), SequenceEndEvent):
            items.append(self.node(event))
        return Sequence(tuple(items), self._span(start, event))

    def _mapping(self, start: MappingStartEvent) -> Mapping:
        entries: dict[str, Entry] = {}
        values: list[Node] = []
        while not isinstance(event := next(self.stream), MappingEndEvent):
            key = self._key(event)
            value = self.node(next(self.stream))
            if key is not None:
                self._enter(entries, Entry(key, span_of(self.text, event), value))
            elif _is_merge(event) and self.limits.sharing:
                values.append(value)
        for value in values:
            self._merge(entries, value)
        return Mapping(tuple(entries.values()), self._span(start, event))

    def _resolve_alias(self, event: NodeEvent) -> Node:
        span = span_of(self.text, event)
        node = self.anchors.get(str(event.anchor))
        if node is None:
            message = f"the anchor {quote(f'&{event.anchor}')} isn't defined above"
            raise RefusedError(Code.ANCHOR_OR_ALIAS, message, span)
        return node

    def _merge(self, entries: dict[str, Entry], value: Node) -> None:
        """Add the missing keys from one or several merged mappings."""
        sources = value.items if isinstance(value, Sequence) else (value,)
        for source in sources:
            if not isinstance(source, Mapping):
                message = "only mappings can be merged"
                self._report(Code.MERGE_KEY, message, value.span, "write the keys out")
                continue
            self.merged += len(source.entries)
            if self.merged > self.limits.parts:
                message = self.limits.too_complex
                raise RefusedError(Code.TOO_COMPLEX, message, value.span)
            for entry in source.entries:
                entries.setdefault(entry.key, entry)

    def _enter(self, entries: dict[str, Entry], entry: Entry) -> None:
        first = entries.setdefault(entry.key, entry)
        if first is entry:
            return
        if entry_to_keep := self.limits.repeats.choose(first, entry):
            entries[entry.key] = entry_to_keep
        else:
            key, line, first_line = quote(entry.key), entry.span.line, first.span.line
            self._report(
                Code.DUPLICATE_KEY,
                f"the key {key} on line {line} repeats the one on line {first_line}",
                entry.span,
                self.limits.repeated,
            )

    def _key(self, event: Event) -> str | None:
        """Return the key's text; None for a merge key or after reporting an error."""
        if not isinstance(event, ScalarEvent):
            self._report_collection_as_key(event)
            self.node(event)
            return None
        if event.value and not _is_merge(event):
            return event.value
        if self.limits.sharing:
            if not event.value:
                note_empty_key(self.report, span_of(self.text, event))
            return None if event.value else ""
        if event.value:
            message, span = "merge keys aren't allowed", span_of(self.text, event)
            self._report(Code.MERGE_KEY, message, span, "write the keys out")
        else:
            self._report_key(event, "a key can't be empty", "write 'key: value'")
        return None

    def _report_collection_as_key(self, event: Event) -> None:
        template = _TEMPLATE.match(self.text, max(start_of(event).index - 1, 0))
        if template:
            self._report(
                Code.UNUSABLE_KEY,
                f"without quotes, {quote(template[0])} is a mapping in a mapping",
                span_at(self.text, template.start(), len(template[0])),
                "put the whole value in double quotes",
            )
        else:
            self._report_key(event, "a key can't be a list or a mapping", "quote it")

    def _report_key(self, event: Event, message: str, hint: str) -> None:
        self._report(Code.UNUSABLE_KEY, message, span_of(self.text, event), hint)

    def _report(self, code: Code, message: str, span: Span, hint: str) -> None:
        if len(self.report.diagnostics) >= _FINDINGS_LIMIT - 1:
            raise RefusedError(code, message, span, hint)
        self.report.add(code, message, span, hint)

    def _span(self, start: CollectionStartEvent, end: Event) -> Span:
        """Return the span of a collection: its brackets, or the start of a block."""
        if start.flow_style:
            return span_between(self.text, start_of(start), end_of(end))
        return span_of(self.text, start)
