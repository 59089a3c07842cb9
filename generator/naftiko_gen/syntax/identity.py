"""Maps by identity: keys that look the same are different keys."""

from __future__ import annotations

from typing import Generic, TypeVar

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
