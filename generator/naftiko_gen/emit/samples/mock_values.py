"""Values of a mock's responses, which fit their declared types and their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.samples.samples import sample
from naftiko_gen.language.patterns import SAMPLES


def mock_value(kind: ir.Type, name: str = "") -> Plain:
    """Return a value of a type that fits a name, with one item in each array."""
    match kind:
        case ir.Primitive.INTEGER:
            return integer_of(name)
        case ir.Primitive.NUMBER:
            return number_of(name)
        case ir.Anything(is_key=True):
            return ID
        case ir.Anything():
            return text_of(name) if name else mock_value(ir.Object())
        case ir.Object(fields=fields, others=others):
            members = {
                f.name: mock_value(f.type, named_within(name, f.name)) for f in fields
            }
            other = others or ir.Primitive.STRING
            return members or {"name": mock_value(other, "name")}
        case ir.Array(items=items):
            return [mock_value(items, name.removesuffix("s"))]
        case ir.Nullable(base=base):
            return mock_value(base, name)
        case ir.Union(types=types):
            return mock_value(types[0], name)
        case ir.Refined(format=str(form)) if form in SAMPLES:
            return SAMPLES[form]
        case ir.Refined(format="byte"):
            return sample(ir.Bytes(), TEXT)
        case ir.Refined(base=base, limits=limits) if not isinstance(base, ir.Array):
            value = mock_value(base, name)
            return value if not limits or ir.are_kept(limits, value) else kind.sample
        case _:
            return sample(kind, text_of(name))


def named_within(parent: str, name: str) -> str:
    """Return the name of a member, with that of its object if it says nothing."""
    return f"{parent} {name}" if parent and name == "name" else name


def subject_of(operation: ir.Operation) -> str:
    """Return the noun in the name of an operation: `author` of `list-authors`."""
    words = _words(operation.name)
    return words[-1].removesuffix("s") if len(words) > 1 else ""


V = TypeVar("V")

ID = "1"
TEXT = "text"
NUMBER = 10
FRACTION = 0.5
"""Values without a name."""
_DATE, _TIME, _URL = SAMPLES["date"], SAMPLES["date-time"], SAMPLES["url"]
_EPOCH = 1777636800
_WORD = re.compile(r"[A-Z]+(?![^\W\d_A-Z])|[A-Z]?(?:(?![A-Z])[^\W\d_])+")
_LONGEST = 60


def _by_word(*rows: tuple[str, str]) -> dict[str, str]:
    return {word: value for words, value in rows for word in words.split()}


_TEXTS = _by_word(
    ("id ids key number no", ID),
    ("uuid guid", SAMPLES["uuid"]),
    ("email mail", "ada@example.com"),
    ("url uri link href website homepage", _URL),
    ("host hostname domain", "example.com"),
    ("ip", SAMPLES["ipv4"]),
    ("phone mobile telephone", "+1 202 555 0143"),
    ("firstname givenname", "Ada"),
    ("lastname surname familyname", "Lovelace"),
    ("fullname displayname realname", "Ada Lovelace"),
    ("username login handle", "ada"),
    ("role", "editor"),
    ("author authors user owner customer person captain contact", "Ada Lovelace"),
    ("isbn", "978-0-14-044913-6"),
    ("genre", "Science"),
    ("date day birthday", _DATE),
    ("at time timestamp datetime created updated modified", _TIME),
    ("country", "France"),
    ("city town", "Paris"),
    ("street address", "1 Main Street"),
    ("zip zipcode postcode postalcode", "75001"),
    ("currency", "EUR"),
    ("language lang locale", "en"),
    ("timezone", "Europe/Paris"),
    ("status state", "active"),
    ("version", "1.0.0"),
)
_INTEGERS: Mapping[str, int] = {
    **dict.fromkeys(("id", "ids", "page", "version"), 1),
    **dict.fromkeys(("timestamp", "time", "created", "updated", "modified"), _EPOCH),
    "port": 8080,
    **dict.fromkeys(("born", "founded", "built"), 1815),
    "year": 2024,
    "age": 36,
    "pages": 120,
}
_NUMBERS: Mapping[str, float] = {
    **dict.fromkeys(("price", "amount", "total", "cost"), 19.99),
    **dict.fromkeys(("lat", "latitude"), 48.85),
    **dict.fromkeys(("lon", "lng", "longitude"), 2.35),
    **dict.fromkeys(("rate", "ratio", "score", "confidence"), FRACTION),
}


def text_of(name: str) -> str:
    """Return a text that fits a name, such as `shipName`."""
    words = _words(name)
    value = _last_of(words, _TEXTS)
    if value is not None:
        return value
    if words[-1:] == ["name"]:
        of_person = _TEXTS.get(words[-2]) if len(words) > 1 else None
        return of_person or _example(words[:-1])
    number = _last_of(words, _NUMBERS)
    if number is not None:
        return str(number)
    return _example(words) if words else TEXT


def integer_of(name: str) -> int:
    """Return an integer that fits a name."""
    value = _last_of(_words(name), _INTEGERS)
    return NUMBER if value is None else value


def number_of(name: str) -> float:
    """Return a number that fits a name."""
    value = _last_of(_words(name), _NUMBERS)
    return integer_of(name) if value is None else value


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name[:_LONGEST])]


def _example(words: Iterable[str]) -> str:
    return " ".join(("Example", *words))


def _last_of(words: list[str], values: Mapping[str, V]) -> V | None:
    """Return the value of the last two words as one, else of the last word."""
    keys = ("".join(words[-2:]), *words[-1:])
    return next((values[key] for key in keys if key in values), None)
