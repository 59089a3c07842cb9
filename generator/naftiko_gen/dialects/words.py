"""The words that Ikanos and Naftiko have for the same keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.dialects.detection import is_ikanos

if TYPE_CHECKING:
    from naftiko_gen.syntax.tree import Mapping

WORDS = {
    "display": "label",
    "flows": "functions",
    "target": "targetName",
    "from": "location",
}
"""Keys of Ikanos, with their names in Naftiko."""
NEWER_WORDS = {older: word for word, older in WORDS.items()}
"""Keys of Naftiko, with their names in Ikanos."""


def typed_word(tree: Mapping, key: str) -> str:
    """Return the word that the author of a spec types for a key of Naftiko."""
    return NEWER_WORDS.get(key, key) if is_ikanos(tree) else key


def typed_words(tree: Mapping) -> dict[str, str]:
    """Return the words that the author of a spec types for Naftiko's, if others."""
    if not is_ikanos(tree):
        return {}
    # `from` is a word of imports alone; a bind has a `location`.
    return {older: word for older, word in NEWER_WORDS.items() if word != "from"}
