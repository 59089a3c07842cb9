"""Single random changes of documents, most of which break a rule of the schema."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

Json = Any
JsonPath = tuple[str | int, ...]

VALUES: list[Json] = [
    *(None, "", " ", "x", "a b", "a_b", "Ünïcode", "{{x}}", "$.x", "UPPER"),
    *(0, -1, 70_000, 1.5, True, False, [], ["x"], {}, {"x": "y"}),
]
"""Values that replace others."""


def mutate(document: Json, random: Random) -> Json:
    """Return a document with one change."""
    while True:
        mutant = deepcopy(document)
        path = random.choice(list(_places(mutant)))
        holder = _at(mutant, path[:-1])
        changes = OF_MAPPINGS if isinstance(holder, dict) else OF_LISTS
        random.choice(changes)(holder, path[-1], random)
        if mutant != document:
            return mutant


def _places(value: Json, path: JsonPath = ()) -> Iterator[JsonPath]:
    """Yield the paths of all values inside of another one."""
    items = enumerate(value) if isinstance(value, list) else ()
    pairs = value.items() if isinstance(value, dict) else items
    for key, child in pairs:
        yield (*path, key)
        yield from _places(child, (*path, key))


def _at(value: Json, path: JsonPath) -> Json:
    for key in path:
        value = value[key]
    return value


def _drop(holder: Json, key: Any, _: Random) -> None:
    del holder[key]


def _replace(holder: Json, key: Any, random: Random) -> None:
    holder[key] = random.choice(VALUES)


def _restyle(holder: Json, key: Any, random: Random) -> None:
    """Write a text in other letters, or another value as a text."""
    value = holder[key]
    texts: list[Callable[[str], str]] = [
        str.upper,
        str.title,
        "{}_".format,
        "/{}".format,
    ]
    if isinstance(value, str):
        holder[key] = random.choice(texts)(value)
    elif not isinstance(value, dict | list):
        holder[key] = str(value)


def _wrap(holder: Json, key: Any, random: Random) -> None:
    value = holder[key]
    holder[key] = [value] if random.random() < 0.5 else {"x": value}


def _rename(holder: Json, key: Any, random: Random) -> None:
    names = [
        "x",
        key.upper(),
        key.title(),
        f"{key}s",
        f"x-{key}",
        key.replace("-", "_"),
    ]
    holder[random.choice(names)] = holder.pop(key)


def _add(holder: Json, _: Any, random: Random) -> None:
    holder[random.choice(["x", "name", "type", "description"])] = random.choice(VALUES)


def _repeat(holder: Json, key: Any, _: Random) -> None:
    holder.append(deepcopy(holder[key]))


OF_BOTH = (_drop, _replace, _replace, _restyle, _wrap)
OF_MAPPINGS = (*OF_BOTH, _rename, _add)
OF_LISTS = (*OF_BOTH, _repeat)
