"""Patterns: regular expressions that RE2 and ECMAScript read alike; formats of texts.

Patterns have no lookaround, no backreferences, and anchors only around an alternative.
RE2 matches them in time that is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

SAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "date": "2026-05-01",
        "date-time": "2026-05-01T12:00:00Z",
        "duration": "PT1H",
        "email": "ada@example.com",
        "hostname": "example.com",
        "ipv4": "192.0.2.1",
        "ipv6": "2001:db8::1",
        "time": "12:00:00Z",
        "uri": "https://example.com/",
        "url": "https://example.com/",
        "uuid": "00000000-0000-4000-8000-000000000000",
    }
)
"""A text in each format; clients parse some of them."""


LONGEST = 1_000
"""The limit on the characters of a pattern, and on the repetitions of a part."""
LONGEST_TEXT = 10_000
"""The limit on the characters of a text that packages match with a pattern."""
_DEEPEST = 20
_SHORT = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}
_LIKED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_ "
_WORD = frozenset(_LIKED) - {"-", " "}
_CLASSES = {"d": frozenset("0123456789"), "w": _WORD, "s": frozenset(" \t\n\r\f")}
_REPETITION = re.compile(r"\{([0-9]{1,4})(?:(,)([0-9]{1,4})?)?\}")
_SIGNS = {"*": (0, 1), "+": (1, 2), "?": (0, 1)}
_SPECIAL = "^$.[]()|*+?{}\\"


class PatternError(ValueError):
    """A part of a regular expression that patterns can't have."""


def sample_of(pattern: str, least: int = 0, most: int = LONGEST_TEXT) -> str:
    """Return a text that a pattern matches, and that has so many characters.

    Raises:
        PatternError: Programs read the pattern differently, or only some can match it
            in linear time; or no such text is found.
    """
    if len(pattern) > LONGEST:
        raise PatternError(f"it has more than {LONGEST} characters")
    for repetitions in dict.fromkeys((0, least)):
        sample = _Reader(pattern, min(repetitions, LONGEST)).whole()
        if least <= len(sample) <= most:
            return sample
    raise PatternError(f"no text of {least} to {most} characters is found for it")


def interoperable(pattern: str) -> str:
    """Return an I-Regexp (RFC 9485) for RE2: its `.` is no carriage return either."""
    pieces = re.findall(r"\\.|\[(?:\\.|[^\]\\])*\]|.", pattern, re.DOTALL)
    return "".join("[^\\n\\r]" if piece == "." else piece for piece in pieces)


@dataclass(frozen=True)
class _Part:
    """A text that a part of a pattern matches, and how often RE2 copies the part."""

    sample: str
    copies: int = 1


class _Reader:
    """Reads a pattern from the left, and makes up a text on the way.

    Parts that may be repeated are repeated up to `repetitions` times in it.
    """

    def __init__(self, pattern: str, repetitions: int = 0) -> None:
        self._pattern = pattern
        self._repetitions = repetitions
        self._at = 0
        self._depth = 0

    def whole(self) -> str:
        """Return a text that the whole pattern matches."""
        sample = self._alternatives(self._anchored_sequence).sample
        if self._at < len(self._pattern):
            raise self._fault()
        if not sample:
            raise PatternError("it demands nothing")
        return sample

    def _anchored_sequence(self) -> _Part:
        self._take("^")
        sequence = self._sequence()
        self._take("$")
        return sequence

    def _alternatives(self, read: Callable[[], _Part]) -> _Part:
        parts = [read()]
        while self._take("|"):
            parts.append(read())
        return _Part(
            max((part.sample for part in parts), key=len),
            _checked_copies(sum(part.copies for part in parts)),
        )

    def _sequence(self) -> _Part:
        parts: list[_Part] = []
        while self._next not in ("", "|", ")", "$"):
            parts.append(self._quantify(self._atom()))
        copies = _checked_copies(sum(part.copies for part in parts))
        return _Part("".join(part.sample for part in parts), copies)

    def _quantify(self, part: _Part) -> _Part:
        least, most, is_open = self._quantifier()
        copies = _checked_copies(part.copies * max(most, 1))
        times = least or min(most, 1)
        return _Part(self._repeat(part.sample, times, is_open, most), copies)

    def _repeat(self, sample: str, times: int, is_open: bool, most: int) -> str:
        """Repeat a sample, more often if the text has to be longer."""
        possible = self._repetitions if is_open else min(self._repetitions, most)
        longer = sample * max(times, possible)
        return longer if len(longer) <= LONGEST_TEXT else sample * times

    def _quantifier(self) -> tuple[int, int, bool]:
        """Return the least and the most repetitions, and whether there may be more."""
        repetition = _REPETITION.match(self._pattern, self._at)
        if repetition is not None:
            self._at = repetition.end()
            least = int(repetition[1])
            most = int(repetition[3] or least + 1) if repetition[2] else least
            is_open = bool(repetition[2]) and not repetition[3]
        else:
            sign = next((sign for sign in _SIGNS if self._take(sign)), None)
            if sign is None:
                return 1, 1, False
            least, most = _SIGNS[sign]
            is_open = sign != "?"
        if least > most:
            raise self._fault()
        self._take("?")
        return least, most, is_open

    def _atom(self) -> _Part:
        character = self._next
        if self._take("("):
            return self._group()
        if self._take("["):
            return _Part(self._choose(*self._class()))
        if self._take("."):
            return _Part("x")
        if self._take("\\"):
            return _Part(self._choose(*self._escaped_members()))
        if character in _SPECIAL:
            raise self._fault()
        self._at += 1
        return _Part(character)

    def _group(self) -> _Part:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise PatternError("its groups are nested too deeply")
        if self._take("?") and not self._take(":"):
            self._at -= 1
            raise self._fault()
        part = self._alternatives(self._sequence)
        if not self._take(")"):
            raise self._fault()
        self._depth -= 1
        return part

    def _class(self) -> tuple[frozenset[str], bool]:
        """Return the known characters of a class, and whether it has all others."""
        is_negated = self._take("^")
        members: frozenset[str] = frozenset()
        while not self._take("]"):
            members |= self._members()
        if not members:
            raise self._fault()
        return members, is_negated

    def _members(self) -> frozenset[str]:
        first = self._member()
        if self._next != "-" or self._pattern[self._at + 1 : self._at + 2] == "]":
            return first
        self._at += 1
        last = self._member()
        if len(first) != 1 or len(last) != 1 or min(first) > min(last):
            raise self._fault()
        codes = range(ord(min(first)), ord(min(last)) + 1)
        between = {c for c in _LIKED if ord(c) in codes}
        return first | last | between

    def _member(self) -> frozenset[str]:
        if self._take("\\"):
            members, is_negated = self._escaped_members()
            if is_negated:
                self._at -= 1
                raise self._fault()
            return members
        character = self._next
        if character in ("", "["):
            raise self._fault()
        self._at += 1
        return frozenset(character)

    def _escaped_members(self) -> tuple[frozenset[str], bool]:
        character = self._next
        self._at += 1
        if character.lower() in _CLASSES and character:
            return _CLASSES[character.lower()], character.isupper()
        if character in _SHORT:
            return frozenset(_SHORT[character]), False
        if not character or character.isalnum() or not character.isascii():
            self._at -= 1
            raise self._fault()
        return frozenset(character), False

    def _choose(self, members: frozenset[str], is_negated: bool) -> str:
        """Return a character of a class, a letter if it has one."""
        characters = [c for c in _LIKED if (c in members) is not is_negated]
        if not characters and is_negated:
            raise PatternError("it excludes all letters and digits")
        return characters[0] if characters else min(members)

    @property
    def _next(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self, character: str) -> bool:
        """Return whether a character comes next, and skip it."""
        is_next = self._next == character
        self._at += is_next
        return is_next

    def _fault(self) -> PatternError:
        at = self._at + 1
        token = self._next or "the end"
        return PatternError(f"{token!r} at position {at} isn't supported")


def _checked_copies(copies: int) -> int:
    """Return how often RE2 copies a part; raises PatternError for too many copies."""
    if copies > LONGEST:
        raise PatternError(f"it repeats more than {LONGEST} times")
    return copies
