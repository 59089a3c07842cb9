"""Names in messages: lists of them, and the one that an unknown name resembles."""

from collections.abc import Iterable
from itertools import islice

SHOWN = 20
"""The most names that a message lists."""
LONGEST_NAME = 60
"""The most characters of an unknown name that is compared with others."""
MOST_COMPARED = 300


def listing(names: Iterable[str], most: int = SHOWN) -> str:
    """Return names for a message, as far as it lists them."""
    first = [*islice(names, most + 1)]
    if len(first) > most:
        first[most] = "…"
    return ", ".join(first)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return the end of a message that suggests a similar name, or an empty string."""
    from difflib import get_close_matches  # a server seldom needs it

    if len(name) > LONGEST_NAME:
        return ""
    spellings = {own.casefold(): own for own in islice(names, MOST_COMPARED)}
    near = get_close_matches(name.casefold(), spellings, n=1)
    return f"; did you mean {spellings[near[0]]}?" if near else ""
