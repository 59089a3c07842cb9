"""Strategies for documents with changes like those of mistakes and accidents."""

import copy
import json
from collections.abc import Callable, Sequence
from typing import Any

import yaml
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

Place = tuple[Any, Any]
"""A mapping or list, and one of its keys."""

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 10**30, 1.5, float("inf"), float("nan")),
    *("", " ", ".", "..", "/", "{", "}", "{{", "}}", "{{}}", "{x", "{{x}", "$", "$."),
    *("$[*]", "$..a", "$.a[-1]", "rest.", "tools.", "rest.body", "{{env.}}", "a.b.c"),
    *("https://", "http://[", "//", "ftp://x", "https://{a}{b}", "?a=b#c", "#", "?"),
    *("é\u202e日本", "\x85", '"""', "{% x %}", "/{a}" * 500, "{{a}}" * 500, "a" * 5000),
    *([], {}, [[]], [None], {"": ""}, {"a": {"b": []}}, [{"name": "x"}, {"name": "x"}]),
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
VALUES = st.sampled_from(ODD) | st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


def mutations(originals: Sequence[Any], donors: Sequence[Any]) -> SearchStrategy[bytes]:
    """Return changed documents, with parts from other documents, the donors."""
    return _damage(_restructure(originals, donors))


@st.composite
def _restructure(
    draw: DrawFn, originals: Sequence[Any], donors: Sequence[Any]
) -> bytes:
    """Change a document in one to four places."""
    node = draw(st.sampled_from(originals) | st.sampled_from(donors))
    document = copy.deepcopy(node)
    donor = draw(st.sampled_from(donors))
    for _ in range(draw(st.sampled_from((1, 1, 1, 2, 4)))):
        change = draw(st.sampled_from(CHANGES))
        places = _places(document)
        if places:
            change(draw, draw(st.sampled_from(places)), _Parts(places, donor))
    return _write(document)


@st.composite
def _damage(draw: DrawFn, documents: SearchStrategy[bytes]) -> bytes:
    """In one of five documents, change bytes, too."""
    content = draw(documents)
    if draw(st.integers(0, 4)) < 4:
        return content
    damage = draw(st.sampled_from(DAMAGES))
    return damage(draw, content, draw(st.integers(0, len(content))))


def _write(document: Any) -> bytes:
    # JSON has no aliases: it repeats shared values.
    plain = json.loads(json.dumps(document, default=str))
    text = yaml.dump(
        plain, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True
    )
    return text.encode("utf-8", "surrogatepass")


# --- the structure ---


class _Parts:
    """Other parts: of the document, and of the donor."""

    def __init__(self, places: list[Place], donor: Any) -> None:
        self.places = places
        self._donor = donor

    @property
    def foreign(self) -> list[Place]:
        return _places(self._donor)


def _delete(_: DrawFn, place: Place, __: _Parts) -> None:
    del place[0][place[1]]


def _repeat(_: DrawFn, place: Place, __: _Parts) -> None:
    within, key = place
    again = copy.deepcopy(within[key])
    if isinstance(within, list):
        within.insert(key, again)
    else:
        within[f"{key}2"] = again


def _swap(draw: DrawFn, place: Place, parts: _Parts) -> None:
    other = draw(st.sampled_from(parts.places))
    first, second = copy.deepcopy(_value(place)), copy.deepcopy(_value(other))
    place[0][place[1]] = second
    other[0][other[1]] = first


def _replace(draw: DrawFn, place: Place, _: _Parts) -> None:
    place[0][place[1]] = copy.deepcopy(draw(VALUES))


def _transplant(draw: DrawFn, place: Place, parts: _Parts) -> None:
    place[0][place[1]] = copy.deepcopy(_value(draw(st.sampled_from(parts.foreign))))


def _wrap(draw: DrawFn, place: Place, _: _Parts) -> None:
    within, key = place
    for level in range(draw(st.sampled_from((3, 40, 120)))):
        within[key] = [within[key]] if level % 2 else {"properties": within[key]}


def _rename(draw: DrawFn, place: Place, parts: _Parts) -> None:
    within, key = place
    if isinstance(within, dict):
        keys = [key for _, key in parts.foreign if isinstance(key, str)]
        name = draw(st.sampled_from(keys) | st.text(max_size=20))
        within[name] = within.pop(key)


def _confuse(draw: DrawFn, _: Place, parts: _Parts) -> None:
    texts = [place for place in parts.places if isinstance(_value(place), str)]
    if texts:
        target = draw(st.sampled_from(texts))
        target[0][target[1]] = _value(draw(st.sampled_from(texts)))


def _splice(draw: DrawFn, _: Place, parts: _Parts) -> None:
    """Put a piece into the middle of a text."""
    texts = [place for place in parts.places if isinstance(_value(place), str)]
    if texts:
        within, key = draw(st.sampled_from(texts))
        at = draw(st.integers(0, len(within[key])))
        piece = draw(st.sampled_from(PIECES) | st.text(max_size=5))
        within[key] = within[key][:at] + piece + within[key][at:]


CHANGES: tuple[Callable[[DrawFn, Place, _Parts], None], ...] = (
    *(_delete, _replace, _confuse, _splice, _rename, _repeat, _swap),
    *(_transplant, _wrap),
)
PIECES = ("/", ".", "{", "}", "{{", "}}", "{{x}}", "?", "#", "$", "[", "]", ":", "\n")


def _places(node: Any) -> list[Place]:
    places: list[Place] = []
    waiting = [node]
    while waiting:
        container = waiting.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        for key in keys:
            places.append((container, key))
            if isinstance(container[key], dict | list):
                waiting.append(container[key])
    return places


def _value(place: Place) -> Any:
    return place[0][place[1]]


# --- the bytes ---


def _cut(_: DrawFn, content: bytes, at: int) -> bytes:
    return content[:at]


def _remove(draw: DrawFn, content: bytes, at: int) -> bytes:
    return content[:at] + content[at + draw(st.integers(1, 40)) :]


def _insert(draw: DrawFn, content: bytes, at: int) -> bytes:
    return content[:at] + draw(st.binary(min_size=1, max_size=8)) + content[at:]


def _overwrite(draw: DrawFn, content: bytes, at: int) -> bytes:
    over = draw(st.binary(min_size=1, max_size=4))
    return content[:at] + over + content[at + len(over) :]


def _double(draw: DrawFn, content: bytes, at: int) -> bytes:
    return content[:at] + content[at - draw(st.integers(0, at)) :]


DAMAGES: tuple[Callable[[DrawFn, bytes, int], bytes], ...] = (
    *(_cut, _remove, _overwrite, _insert, _double),
)
