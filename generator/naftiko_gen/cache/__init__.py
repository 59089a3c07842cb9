"""What earlier runs have found out: what is unchanged needn't be compiled again.

It holds what a run would say and the digest of what it would write, never a file of a
package: whatever stands in there, no byte of the output can come from it.
"""

from __future__ import annotations

from naftiko_gen.cache import entry
from naftiko_gen.cache.entry import Entry
from naftiko_gen.cache.store import Store
from naftiko_gen.publish import user_directory

__all__ = ["Entry", "recall", "remember"]


def recall(key: str) -> Entry | None:
    """Return what is known under a key, None if that is nothing or can't be trusted."""
    place = user_directory.cache_directory()
    content = Store(place).read(key) if place else None
    return entry.decode(key, content) if content else None


def remember(key: str, known: Entry) -> None:
    """Keep something for later runs; where that can't be, nothing happens."""
    place = user_directory.cache_directory()
    if place:
        Store(place).write(key, entry.encode(key, known))
