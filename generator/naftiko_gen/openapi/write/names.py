"""Names for what a capability holds: kebab-case, unique, and the same in every run.

A name is made of what it names and of nothing else, as long as no two are alike.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from itertools import chain, count
from typing import TYPE_CHECKING

from naftiko_gen.language.names import env_name, words
from naftiko_gen.resolve.environment import governs_start

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONGEST = 64
_DIGEST = 6
_INPUT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NAMESPACE = re.compile(r"[a-zA-Z0-9-]{1,48}")


def kebab(text: str, longest: int = _LONGEST) -> str:
    """Return a name of lower-case words: `getUser` and `get_user` are `get-user`.

    What is too long is cut, and gets a piece of its digest behind it.
    """
    name = "-".join(words(text)).lower()
    if len(name) <= longest:
        return name
    return f"{name[: longest - _DIGEST - 1].rstrip('-')}-{digest(text)}"


def is_namespace(text: str) -> bool:
    """Say whether an upstream can be called so, with room to tell its parts apart."""
    return _NAMESPACE.fullmatch(text) is not None


def title_name(text: str, longest: int) -> str:
    """Return a name made of a title: its words, as many as there is room for."""
    words = re.findall(r"[a-z0-9]+", re.sub("['’]", "", text).lower())
    while len(name := "-".join(words)) > longest and len(words) > 1:
        words.pop()
    return name[:longest]


def digest(text: str) -> str:
    """Return a few characters that stand for a text."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:_DIGEST]


def distinct(
    wanted: Iterable[tuple[str, str]], taken: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return a name of its own for each pair of a key and the name that it wants.

    The names that are `taken`, by key, stay. Of several keys that want one name, the
    first in the order given has it; the others get a piece of their digest behind it.
    """
    chosen: dict[str, str] = {}
    names = set((taken or {}).values())
    for key, name in wanted:
        if taken and key in taken:
            chosen[key] = taken[key]
            continue
        free = name
        while free in names:
            free = f"{name[: _LONGEST - _DIGEST - 1]}-{digest(f'{key} {free}')}"
        chosen[key] = free
        names.add(free)
    return chosen


def input_name(wire: str) -> str:
    """Return a name that callers can use: itself if it is one, else without marks."""
    if _INPUT.fullmatch(wire):
        return wire
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", wire).strip("-")[:_LONGEST]
    return plain or f"input-{digest(wire)}"


@dataclass
class CallerNames:
    """The names of a request's inputs, each once."""

    _taken: set[str] = field(default_factory=set)

    def __contains__(self, name: str) -> bool:
        return name in self._taken

    def take(self, names: Iterable[str]) -> None:
        """Let nothing else be called so."""
        self._taken.update(names)

    def free(self, name: str, tail: str) -> str:
        """Return a name for callers that nothing else has, and take it.

        One that is taken gets the tail behind it, or a number.
        """
        wanted = input_name(name)
        short = wanted[:50]
        numbered = (f"{short}-{number}" for number in count(2))
        names = chain((wanted, f"{short}-{tail}"), numbered)
        free = next(each for each in names if each not in self._taken)
        self._taken.add(free)
        return free


def variable(text: str) -> str:
    """Return the start of environment variables' names, or what stands behind it.

    It starts with a letter, and with nothing that programs have a use for.
    """
    name = re.sub(r"_+", "_", env_name(kebab(text))).strip("_")
    is_free = name[:1].isalpha() and not governs_start(f"{name}_")
    return name if is_free else f"API_{name}"
