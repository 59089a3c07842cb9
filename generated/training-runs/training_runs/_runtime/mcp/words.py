"""The words of names and texts: similar names, and ranks of documents.

Documents are ranked by the words of a query (Okapi BM25F), from an index of weights.
The weights are whole numbers, so that the order is the same on every machine. Compilers
make the index with `words`; this module imports nothing beyond the standard library.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

WORD = re.compile(r"[^\W_]+")
CAMEL_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
IGNORED = frozenset(
    (
        *("a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is"),
        *("it", "of", "on", "or", "that", "the", "this", "to", "with"),
    )
)
LONGEST_QUERY = 1_000
"""The characters of a query that are read."""
LONGEST_NAME = 100
SIMILAR = 3
"""The most similar names in the message for an unknown one."""


def words(text: str) -> Iterator[str]:
    """Yield the words of a text, in lower case and in the singular."""
    for word in WORD.findall(CAMEL_CASE.sub(" ", text)):
        lower = word.casefold()
        if lower not in IGNORED:
            yield _singular(lower)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 3 and word.endswith("s") and word[-2] not in "siu":
        return word[:-1]
    return word


def rank(index: Mapping[str, str], query: str) -> list[int]:
    """Return the numbers of the documents that have words of a query, the best first.

    The index has a text for each word: the numbers of documents, each followed by the
    weight of the word in it.
    """
    weights = Counter[int]()
    for word in sorted(set(words(query[:LONGEST_QUERY]))):
        numbers = [*map(int, index.get(word, "").split())]
        for document, weight in zip(numbers[::2], numbers[1::2], strict=True):
            weights[document] += weight
    return sorted(weights, key=lambda document: (-weights[document], document))


def question(name: str, *choices: Iterable[str]) -> str:
    """Return a question for the names that an unknown one resembles, if any does.

    The later choices count if the earlier ones have none.
    """
    near = filter(None, (_similar_names(name[:LONGEST_NAME], n) for n in choices))
    names = ", ".join(next(near, ()))
    return f"; did you mean {names}?" if names else ""


def _similar_names(name: str, names: Iterable[str]) -> list[str]:
    """Return the name with the same words, else those most like one.

    The letters count first, then the words in any order.
    """
    by_words = {" ".join(sorted(words(similar))): similar for similar in names}
    own_words = " ".join(sorted(words(name)))
    if own_words in by_words:
        return [by_words[own_words]]
    return get_close_matches(name, by_words.values(), SIMILAR) or [
        by_words[near] for near in get_close_matches(own_words, by_words, SIMILAR)
    ]
