"""Derive the names in a capability: kebab-case, unique, and the same in every run.

A name depends only on the named thing, unless two names clash.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, count

from naftiko_gen.language.names import env_name, words
from naftiko_gen.resolve.environment import governs_start

LONGEST = 64
_SHORT = 48
"""Clients put the name of a server in front of names, and take 60 to 64 characters."""
_DIGEST = 6
_INPUT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SIGNS = {"<=": "lte", ">=": "gte", "!=": "not", "<": "lt", ">": "gt", "!": "not"}
_COMPARISON = re.compile("|".join(map(re.escape, _SIGNS)))
"""Names of parameters may differ only in such a sign: `Date<` and `Date>`."""
_NAMESPACE = re.compile(r"[a-zA-Z0-9-]{1,48}")


def kebab(text: str, longest: int = LONGEST) -> str:
    """Return a name of lower-case words: `getUser` and `get_user` are `get-user`.

    A name that is too long is cut, and ends in a part of its digest.
    """
    name = "-".join(words(text)).lower()
    if len(name) <= longest:
        return name
    return f"{name[: longest - _DIGEST - 1].rstrip('-')}-{digest(text)}"


_SMALL_WORD = re.compile("an?|and|as|at|by|for|from|in|into|of|on|or|the|to|via|with")
_TELLING_WORD = re.compile(
    "add|all|approve|attach|bulk|cancel|check|clear|close|collection|copy|create|delete"
    "|detach|disable|enable|find|get|import|insert|list|lock|merge|move|patch|post|put"
    "|read|remove|rename|replace|reset|restore|revoke|run|search|send|set|start|stop"
    r"|unlock|update|upload|validate|watch|v\d\w*"
)
"""The words that tell an operation from others on the same things, and versions."""


def short_name(text: str, longest: int = _SHORT) -> str:
    """Return a name of lower-case words that leaves out words until it is short enough.

    First go words that the next one repeats (`customers-customer`), then small words
    (`for`), and then, from the second word on, all but the last, verbs and versions.
    """
    rest = every = [word.lower() for word in words(text)]
    for leave_out in (_without_repeated, _without_small, _without_front):
        if len("-".join(rest)) > longest:
            rest = leave_out(rest, longest)
    return kebab(text if rest == every else "-".join(rest))


def _without_repeated(rest: list[str], _: int) -> list[str]:
    """Leave out words that the next one repeats, perhaps in the singular."""
    return [
        word
        for word, after in zip(rest, (*rest[1:], ""), strict=True)
        if word not in (after, f"{after}s", f"{after}es", f"{after[:-1]}ies")
    ]


def _without_small(rest: list[str], _: int) -> list[str]:
    return [rest[0], *(word for word in rest[1:] if not _SMALL_WORD.fullmatch(word))]


def _without_front(rest: list[str], longest: int) -> list[str]:
    """Leave out words behind the first one until the name is short enough."""
    room = longest - len("-".join(rest))
    front = []
    for word in rest[1:-1]:
        if room >= 0 or _TELLING_WORD.fullmatch(word):
            front.append(word)
        else:
            room += len(word) + 1
    return [rest[0], *front, *rest[-1:]] if len(rest) > 1 else rest


def is_namespace(text: str) -> bool:
    """Return whether a text can be a namespace, short enough for suffixes."""
    return _NAMESPACE.fullmatch(text) is not None


def title_name(text: str, longest: int) -> str:
    """Return a name derived from a title: as many of its words as fit."""
    words = re.findall(r"[a-z0-9]+", re.sub("['’]", "", text).lower())
    while len(name := "-".join(words)) > longest and len(words) > 1:
        words.pop()
    return name[:longest]


def digest(text: str) -> str:
    """Return the first characters of a text's digest."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:_DIGEST]


def distinct(
    pairs: Iterable[tuple[str, str]], reserved: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return a unique name for each pair of a key and its wanted name.

    Names in `reserved`, by key, stay. If several keys want the same name, the first one
    gets it, and a part of their digest is appended to the others' names.
    """
    names_by_key: dict[str, str] = {}
    names = set((reserved or {}).values())
    for key, name in pairs:
        if reserved and key in reserved:
            names_by_key[key] = reserved[key]
            continue
        free = name
        while free in names:
            free = f"{name[: LONGEST - _DIGEST - 1]}-{digest(f'{key} {free}')}"
        names_by_key[key] = free
        names.add(free)
    return names_by_key


def input_name(wire: str) -> str:
    """Return a name for clients: unchanged if it is valid, else without punctuation."""
    if _INPUT.fullmatch(wire):
        return wire
    words = _COMPARISON.sub(lambda sign: f"-{_SIGNS[sign[0]]}-", wire)
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", words).strip("-")[:LONGEST]
    return plain or f"input-{digest(wire)}"


@dataclass
class InputNames:
    """The unique names of a request's inputs."""

    _taken: set[str] = field(default_factory=set)

    def __contains__(self, name: str) -> bool:
        return name in self._taken

    def take(self, names: Iterable[str]) -> None:
        """Reserve names."""
        self._taken.update(names)

    def take_free(self, name: str, suffix: str) -> str:
        """Return a free name for clients, and reserve it.

        If the name is taken, the suffix or a number is appended.
        """
        own_name = input_name(name)
        short = own_name[:50]
        candidates = (f"{short}-{number}" for number in count(2))
        names = chain((own_name, f"{short}-{suffix}"), candidates)
        free = next(candidate for candidate in names if candidate not in self._taken)
        self._taken.add(free)
        return free


def variable_name(text: str) -> str:
    """Return the name of an environment variable, or a part of one.

    It starts with a letter, and has no prefix with a special meaning for programs.
    """
    name = re.sub(r"_+", "_", env_name(kebab(text))).strip("_")
    is_free = name[:1].isalpha() and not governs_start(f"{name}_")
    return name if is_free else f"API_{name}"
