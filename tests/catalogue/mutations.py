"""Documents that were changed somewhere, as mistakes and accidents change them."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from random import Random

ODD: tuple[Any, ...] = (
    *("", " ", ".", "..", "/", "{", "}", "{{", "}}", "{{}}", "{x", "{{x}", "$", "$."),
    *("$[*]", "$..a", "$.a[-1]", "rest.", "tools.", "rest.body", "{{env.}}", "a.b.c"),
    *("a" * 5000, "{{a}}" * 500, "/{a}" * 500, "é\u202e日本", "\x85", '"""', "{% x %}"),
    *("https://", "http://[", "//", "ftp://x", "https://{a}{b}", "?a=b#c", "#", "?"),
    *(None, True, False, 0, -1, 10**30, 1.5, float("inf"), float("nan")),
    *([], {}, [[]], [None], {"": ""}, {"a": {"b": []}}, [{"name": "x"}, {"name": "x"}]),
)
Place = tuple[Any, Any]
"""A mapping or list, and one of its keys."""


def mutated(document: Any, donor: Any, random: Random) -> bytes:
    """Return a document with one to four changes; a donor gives it foreign parts."""
    changed = copy.deepcopy(document)
    for _ in range(random.choice((1, 1, 2, 4))):
        _change(changed, donor, random)
    # JSON says what is there twice twice, and does without aliases.
    plain = json.loads(json.dumps(changed, default=str))
    text = yaml.dump(
        plain, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True
    )
    content = text.encode("utf-8", "surrogatepass")
    return _damaged(content, random) if random.random() < 0.2 else content


def _change(document: Any, donor: Any, random: Random) -> None:
    places = _places(document)
    if not places:
        return
    within, key = random.choice(places)
    others = _places(donor)
    match random.randrange(8):
        case 0:
            del within[key]
        case 1:
            _duplicate(within, key)
        case 2:
            _swap((within, key), random.choice(places))
        case 3:
            within[key] = copy.deepcopy(_value(random.choice(others)))
        case 4:
            within[key] = copy.deepcopy(random.choice(ODD))
        case 5:
            within[key] = _deep(within[key], random.choice((3, 40, 120)))
        case 6 if isinstance(within, dict):
            name = random.choice([k for _, k in others if isinstance(k, str)])
            within[name] = within.pop(key)
        case _:
            strings = [p for p in places if isinstance(_value(p), str)]
            target = random.choice(strings or places)
            target[0][target[1]] = _value(random.choice(strings or places))


def _places(node: Any) -> list[Place]:
    found: list[Place] = []
    waiting = [node]
    while waiting:
        one = waiting.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one))
        for key in keys:
            found.append((one, key))
            if isinstance(one[key], dict | list):
                waiting.append(one[key])
    return found


def _value(place: Place) -> Any:
    return place[0][place[1]]


def _duplicate(within: Any, key: Any) -> None:
    again = copy.deepcopy(within[key])
    if isinstance(within, list):
        within.insert(key, again)
    else:
        within[f"{key}2"] = again


def _swap(one: Place, other: Place) -> None:
    first, second = copy.deepcopy(_value(one)), copy.deepcopy(_value(other))
    one[0][one[1]] = second
    other[0][other[1]] = first


def _deep(value: Any, levels: int) -> Any:
    for level in range(levels):
        value = [value] if level % 2 else {"properties": value}
    return value


def _damaged(content: bytes, random: Random) -> bytes:
    damaged = bytearray(content)
    if random.random() < 0.5:
        return bytes(damaged[: random.randrange(len(damaged) + 1)])
    for _ in range(min(len(damaged), random.randint(1, 5))):
        damaged[random.randrange(len(damaged))] = random.randrange(256)
    return bytes(damaged)
