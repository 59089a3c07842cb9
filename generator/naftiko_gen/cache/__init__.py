"""The cache of results: an unchanged spec needn't be compiled again.

An entry holds the diagnostics of a spec and the digest of its package's manifest, never
a file of the package. So no byte of the output can come from the cache.
"""

from __future__ import annotations

from naftiko_gen.cache import store
from naftiko_gen.cache.store import Entry, Store

__all__ = ["Entry", "get", "put"]


def get(key: str) -> Entry | None:
    """Return the entry under a key; None if there is none, or it can't be trusted."""
    place = store.cache_directory()
    content = Store(place).read(key) if place else None
    return store.decode(key, content) if content else None


def put(key: str, value: Entry) -> None:
    """Keep an entry for later runs; ignore that it can't be written."""
    place = store.cache_directory()
    if place:
        Store(place).write(key, store.encode(key, value))
