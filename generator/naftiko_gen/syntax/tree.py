"""The syntax tree of a spec; each node has its position in the file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from operator import is_
from typing import TYPE_CHECKING, Generic, TypeVar

from naftiko_gen.diagnostics.span import Origin, Plain, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from collections.abc import Mapping as MappingABC


Key = TypeVar("Key")
Value = TypeVar("Value")


class IdentityMap(Generic[Key, Value]):
    """Values by the identity of their keys, in the order in which they were put.

    Nodes and parts of a capability compare and hash with all that is in them, which
    takes long. The map keeps its keys alive, so that no later object gets the identity
    of an earlier one.
    """

    def __init__(self) -> None:
        self._entries: dict[int, tuple[Key, Value]] = {}

    def __contains__(self, key: Key) -> bool:
        return id(key) in self._entries

    def get(self, key: Key) -> Value | None:
        """Return the value of a key, or None."""
        entry = self._entries.get(id(key))
        return entry[1] if entry else None

    def __getitem__(self, key: Key) -> Value:
        return self._entries[id(key)][1]

    def put(self, key: Key, value: Value) -> Value:
        """Set the value of a key, and return it."""
        self._entries[id(key)] = (key, value)
        return value

    def add(self, key: Key, value: Value) -> Value:
        """Return the value of a key, which is the given one if it has none yet."""
        return self._entries.setdefault(id(key), (key, value))[1]

    def pop(self, key: Key) -> Value:
        """Remove a key and return its value; raises a KeyError without one."""
        return self._entries.pop(id(key))[1]

    def values(self) -> list[Value]:
        """Return the values in the order of their keys."""
        return [value for _, value in self._entries.values()]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A null, boolean, number or string."""

    value: bool | int | float | str | None
    span: Span
    typed: str | None = field(default=None, compare=False)
    """The characters of the value, without quotes, if it was read from a file."""

    def plain(self) -> Plain:
        """Return the value without its position."""
        return self.value


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    span: Span

    def plain(self) -> Plain:
        """Return the values without their positions."""
        return [item.plain() for item in self.items]

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)

    def with_items(self, items: Iterable[Node]) -> Sequence:
        """Return a list of those nodes: this list if nothing changes."""
        nodes = tuple(items)
        return self if _same(nodes, self.items) else Sequence(nodes, self.span)


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping, the span of the key, and the value."""

    key: str
    span: Span
    value: Node

    def with_value(self, value: Node) -> Entry:
        """Return an entry with that value: this entry if nothing changes."""
        return self if value is self.value else Entry(self.key, self.span, value)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the author's order; methods with changes return a copy."""

    entries: tuple[Entry, ...]
    span: Span

    def plain(self) -> Plain:
        """Return the values without their positions."""
        return {entry.key: entry.value.plain() for entry in self.entries}

    def __contains__(self, key: str) -> bool:
        return self.entry(key) is not None

    def entry(self, key: str) -> Entry | None:
        """Return the entry of that key, or None."""
        for entry in self.entries:
            if entry.key == key:
                return entry
        return None

    def get(self, key: str) -> Node | None:
        """Return the value of that key, or None."""
        entry = self.entry(key)
        return entry.value if entry else None

    def text(self, key: str) -> str | None:
        """Return the value of that key if it is a string, else None."""
        match self.get(key):
            case Scalar(value=str() as text):
                return text
            case _:
                return None

    def items(self, key: str) -> tuple[Node, ...]:
        """Return the items of a list; another value has none."""
        value = self.get(key)
        return value.items if isinstance(value, Sequence) else ()

    def members(self, key: str) -> tuple[Entry, ...]:
        """Return the entries of a mapping; another value has none."""
        value = self.get(key)
        return value.entries if isinstance(value, Mapping) else ()

    def is_true(self, key: str) -> bool:
        """Return whether the value of that key is `true`."""
        match self.get(key):
            case Scalar(value=True):
                return True
            case _:
                return False

    def key_span(self, key: str) -> Span:
        """Return the span of the key, or of the mapping without that key."""
        entry = self.entry(key)
        return entry.span if entry else self.span

    def value_span(self, key: str) -> Span:
        """Return the span of the value, or of the mapping without that key."""
        entry = self.entry(key)
        return entry.value.span if entry else self.span

    def with_entries(self, entries: Iterable[Entry]) -> Mapping:
        """Return a mapping of those entries: this mapping if nothing changes."""
        new = tuple(entries)
        return self if _same(new, self.entries) else Mapping(new, self.span)

    def put(self, key: str, value: Node) -> Mapping:
        """Return a copy with the key's value replaced, or with the key appended."""
        if key in self:
            return self.with_entries(
                [e.with_value(value) if e.key == key else e for e in self.entries]
            )
        return Mapping((*self.entries, Entry(key, value.span, value)), self.span)

    def rename(self, old: str, new: str) -> Mapping:
        """Return a copy with a key renamed; its span stays the same."""
        entries = (replace(e, key=new) if e.key == old else e for e in self.entries)
        return replace(self, entries=tuple(entries))

    def drop(self, *keys: str) -> Mapping:
        """Return a copy without those keys."""
        return replace(
            self, entries=tuple(e for e in self.entries if e.key not in keys)
        )


Node = Scalar | Sequence | Mapping


def _same(items: tuple[object, ...], others: tuple[object, ...]) -> bool:
    return len(items) == len(others) and all(map(is_, items, others))


def walk(
    root: Node, enter: Callable[[Entry], bool] | None = None
) -> Iterator[Node | Entry]:
    """Yield a node and all entries and nodes in it, in the order of the text.

    An entry comes before its value, which is left out if `enter` refuses the entry. A
    node that stands in several places is yielded for each of them.
    """
    # A list instead of recursion: no tree is too deep, and each step costs the same.
    waiting: list[Node | Entry] = [root]
    while waiting:
        part = waiting.pop()
        yield part
        match part:
            case Entry():
                if enter is None or enter(part):
                    waiting.append(part.value)
            case Mapping():
                waiting.extend(reversed(part.entries))
            case Sequence():
                waiting.extend(reversed(part.items))
            case Scalar():
                pass


def walk_mappings(root: Node) -> Iterator[Mapping]:
    """Yield every mapping of a tree, outer ones first."""
    return (part for part in walk(root) if isinstance(part, Mapping))


def walk_scalars(root: Node) -> Iterator[Scalar]:
    """Yield every scalar of a tree."""
    return (part for part in walk(root) if isinstance(part, Scalar))


def walk_spans(root: Node) -> Iterator[Span]:
    """Yield where each key and each value of a tree starts."""
    return (part.span for part in walk(root))


def mapping(values: MappingABC[str, Node], span: Span) -> Mapping:
    """Build a mapping; `span` is the span of its keys, too."""
    return Mapping(
        tuple(Entry(key, span, value) for key, value in values.items()), span
    )


def with_origin(node: Mapping, origin: Origin) -> Mapping:
    """Return a copy of an imported file's root whose spans have that origin.

    Aliases make a node occur several times. The copy shares such nodes as well, because
    a small file could otherwise exceed the memory.
    """
    return _imported_mapping(node, origin, IdentityMap())


def _imported_mapping(
    node: Mapping, origin: Origin, copies: IdentityMap[Node, Node]
) -> Mapping:
    entries = tuple(
        Entry(
            entry.key,
            entry.span.with_origin(origin),
            _imported_node(entry.value, origin, copies),
        )
        for entry in node.entries
    )
    return Mapping(entries, node.span.with_origin(origin))


def _imported_node(node: Node, origin: Origin, copies: IdentityMap[Node, Node]) -> Node:
    copy = copies.get(node)
    return copies.put(node, _copy(node, origin, copies)) if copy is None else copy


def _copy(node: Node, origin: Origin, copies: IdentityMap[Node, Node]) -> Node:
    match node:
        case Mapping():
            return _imported_mapping(node, origin, copies)
        case Sequence():
            items = tuple(_imported_node(item, origin, copies) for item in node.items)
            return Sequence(items, node.span.with_origin(origin))
        case Scalar():
            return Scalar(node.value, node.span.with_origin(origin), node.typed)
