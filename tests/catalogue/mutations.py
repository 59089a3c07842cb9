"""Random changes of documents, like those of mistakes and accidents."""

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import yaml
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Json = Any
Place = tuple[Any, Any]
"""A mapping or list, and one of its keys."""
Change = Callable[[Random, Any, Any], None]
"""Changes a mapping or list at one of its keys."""

PLAIN: tuple[Json, ...] = (
    *(None, "", " ", "x", "a b", "a_b", "Ünïcode", "{{x}}", "$.x", "UPPER"),
    *(0, -1, 70_000, 1.5, True, False, [], ["x"], {}, {"x": "y"}),
)
ODD: tuple[Json, ...] = (
    *PLAIN,
    *(10**30, float("inf"), float("nan"), "é\u202e日本", "\x85", '"""', "{% x %}"),
    *(".", "..", "/", "{", "}", "{{", "}}", "{{}}", "{x", "$", "$.", "#", "?"),
    *("$[*]", "$..a", "$.a[-1]", "rest.", "tools.", "rest.body", "{{env.}}", "a.b.c"),
    *("https://", "http://[", "//", "ftp://x", "https://{a}{b}", "?a=b#c"),
    *("/{a}" * 500, "{{a}}" * 500, "a" * 5000),
    *([[]], [None], {"": ""}, {"a": {"b": []}}, [{"name": "x"}, {"name": "x"}]),
)
"""Values that replace others."""
PIECES = ("/", ".", "{", "}", "{{", "}}", "{{x}}", "?", "#", "$", "[", "]", ":", "\n")


def mutate(document: Json, random: Random) -> Json:
    """Return a document with one change, which most often breaks a rule of a schema."""
    while True:
        mutant = copy.deepcopy(document)
        holder, key = random.choice(_places(mutant))
        changes = OF_MAPPINGS if isinstance(holder, dict) else OF_LISTS
        random.choice(changes)(random, holder, key)
        if mutant != document:
            return mutant


def mutations(originals: Sequence[Any], donors: Sequence[Any]) -> SearchStrategy[bytes]:
    """Return changed documents, with parts from other documents, the donors."""
    return st.builds(
        _mutation,
        st.randoms(use_true_random=False),
        st.sampled_from(originals) | st.sampled_from(donors),
        st.sampled_from(donors),
    )


def _mutation(random: Random, original: Json, donor: Json) -> bytes:
    """Change a document in one to four places; in one of five documents, bytes, too."""
    document = copy.deepcopy(original)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        if places := _places(document):
            change = random.choice(OF_DOCUMENTS)
            change(random, random.choice(places), places, _places(donor))
    content = _write(document)
    if random.randrange(5):
        return content
    return random.choice(DAMAGES)(random, content, random.randint(0, len(content)))


def _write(document: Json) -> bytes:
    # JSON has no aliases: it repeats shared values.
    plain = json.loads(json.dumps(document, default=str))
    text = yaml.dump(
        plain, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True
    )
    return text.encode("utf-8", "surrogatepass")


def _places(node: Json) -> list[Place]:
    """Return the places of all values inside of another one."""
    return list(_walk(node))


def _walk(node: Json) -> Iterator[Place]:
    keys = range(len(node)) if isinstance(node, list) else list(node)
    for key in keys:
        yield node, key
        if isinstance(node[key], dict | list):
            yield from _walk(node[key])


def _value(place: Place) -> Json:
    return place[0][place[1]]


# --- changes at one place ---


def _drop(_: Random, holder: Json, key: Any) -> None:
    del holder[key]


def _replace(random: Random, holder: Json, key: Any) -> None:
    holder[key] = copy.deepcopy(random.choice(PLAIN))


def _restyle(random: Random, holder: Json, key: Any) -> None:
    """Write a text in other letters, or another value as a text."""
    value = holder[key]
    texts: tuple[Callable[[str], str], ...] = (
        *(str.upper, str.title, "{}_".format, "/{}".format),
    )
    if isinstance(value, str):
        holder[key] = random.choice(texts)(value)
    elif not isinstance(value, dict | list):
        holder[key] = str(value)


def _wrap(random: Random, holder: Json, key: Any) -> None:
    holder[key] = random.choice(([holder[key]], {"x": holder[key]}))


def _rename(random: Random, holder: Json, key: Any) -> None:
    names = ("x", key.upper(), key.title(), f"{key}s", f"x-{key}")
    holder[random.choice((*names, key.replace("-", "_")))] = holder.pop(key)


def _add(random: Random, holder: Json, _: Any) -> None:
    key = random.choice(("x", "name", "type", "description"))
    holder[key] = copy.deepcopy(random.choice(PLAIN))


def _repeat(_: Random, holder: Json, key: Any) -> None:
    holder.append(copy.deepcopy(holder[key]))


OF_BOTH: tuple[Change, ...] = (_drop, _replace, _replace, _restyle, _wrap)
OF_MAPPINGS = (*OF_BOTH, _rename, _add)
OF_LISTS = (*OF_BOTH, _repeat)


# --- changes with other parts of the document and of the donor ---


def _change(random: Random, place: Place, _: list[Place], __: list[Place]) -> None:
    holder, key = place
    changes = OF_MAPPINGS if isinstance(key, str) else OF_LISTS
    random.choice(changes)(random, holder, key)


def _distort(random: Random, place: Place, _: list[Place], __: list[Place]) -> None:
    place[0][place[1]] = copy.deepcopy(random.choice(ODD))


def _swap(random: Random, place: Place, own: list[Place], _: list[Place]) -> None:
    other = random.choice(own)
    first, second = copy.deepcopy(_value(place)), copy.deepcopy(_value(other))
    place[0][place[1]] = second
    other[0][other[1]] = first


def _transplant(
    random: Random, place: Place, _: list[Place], foreign: list[Place]
) -> None:
    place[0][place[1]] = copy.deepcopy(_value(random.choice(foreign)))


def _adopt(random: Random, place: Place, _: list[Place], foreign: list[Place]) -> None:
    """Rename a key to one of the donor."""
    holder, key = place
    if isinstance(holder, dict):
        names = [name for _, name in foreign if isinstance(name, str)]
        holder[random.choice(names)] = holder.pop(key)


def _nest(random: Random, place: Place, _: list[Place], __: list[Place]) -> None:
    holder, key = place
    for level in range(random.choice((3, 40, 120))):
        holder[key] = [holder[key]] if level % 2 else {"properties": holder[key]}


def _confuse(random: Random, _: Place, own: list[Place], __: list[Place]) -> None:
    if texts := [place for place in own if isinstance(_value(place), str)]:
        holder, key = random.choice(texts)
        holder[key] = _value(random.choice(texts))


def _splice(random: Random, _: Place, own: list[Place], __: list[Place]) -> None:
    """Put a piece into the middle of a text."""
    if texts := [place for place in own if isinstance(_value(place), str)]:
        holder, key = random.choice(texts)
        at = random.randint(0, len(holder[key]))
        holder[key] = holder[key][:at] + random.choice(PIECES) + holder[key][at:]


OF_DOCUMENTS = (
    *(_change, _change, _distort, _confuse, _splice, _adopt, _swap),
    *(_transplant, _nest),
)


# --- the bytes ---


def _cut(_: Random, content: bytes, at: int) -> bytes:
    return content[:at]


def _remove(random: Random, content: bytes, at: int) -> bytes:
    return content[:at] + content[at + random.randint(1, 40) :]


def _insert(random: Random, content: bytes, at: int) -> bytes:
    return content[:at] + random.randbytes(random.randint(1, 8)) + content[at:]


def _overwrite(random: Random, content: bytes, at: int) -> bytes:
    over = random.randbytes(random.randint(1, 4))
    return content[:at] + over + content[at + len(over) :]


def _double(random: Random, content: bytes, at: int) -> bytes:
    return content[:at] + content[at - random.randint(0, at) :]


DAMAGES = (_cut, _remove, _overwrite, _insert, _double)
