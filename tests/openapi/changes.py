"""Documents with changes like those of mistakes and malice."""

import copy
import json
from random import Random
from typing import Any

Place = tuple[Any, Any]
"""A mapping or list, and one of its keys."""

TEXTS: tuple[str, ...] = (
    *("", " ", "x", "a b", "é", "\u202e", "\n", "a\nb", "'\"", "`", "|", "x" * 300),
    *("on", "null", "~", "2015", "- a", "a: b", "a #b", "*/*", "\\", "\x7f", "${X}"),
    *("{{X}}", "{x}", "{{{x}}}", "{", "env.X", "rest.x", "body", "../..", "?", "#/"),
    *("/{a}/{a}", "/a?b=c#d", "//", "http://", "https://{a}.{b}/{c}", "https://[::1]"),
    *("path", "query", "header", "cookie", "deepObject", "matrix", "label", "file"),
    *("Authorization", "Cookie", "Host", "multipart/form-data", "text/plain", "array"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2.5, 10**30, [], {}, [None], [[]], {"": ""}),
    *({"$ref": "#/paths"}, {"$ref": "#"}, {"$ref": 5}, {"type": ["string", "null"]}),
    *({"allOf": [{"$ref": "#/components/schemas/Book"}]}, {"a": {"b": {}}}),
    *TEXTS,
)


def change_document(document: Any, random: Random) -> Any:
    """Return a copy with one to six changes."""
    copy_ = copy.deepcopy(document)
    for _ in range(random.choice((1, 1, 2, 3, 6))):
        places = list(_places(copy_))
        if places:
            _change(random.choice(places), random.choice(places), random)
    return copy_


def damage(content: bytes, random: Random) -> bytes:
    """Return a file that was cut off or partly overwritten."""
    at = random.randrange(len(content))
    return content[:at] + random.choice((b"", b'"', b"{", b"\x00", b"\xff", b"]\n"))


def _places(node: Any) -> list[Place]:
    keys = node.keys() if isinstance(node, dict) else range(len(node))
    return [
        place
        for key in keys
        for place in (
            (node, key),
            *(_places(node[key]) if isinstance(node[key], (dict, list)) else ()),
        )
    ]


def _change(place: Place, other: Place, random: Random) -> None:
    within, key = place
    there, elsewhere = other
    match random.randrange(6):
        case 0 | 1:
            within[key] = copy.deepcopy(random.choice(VALUES))
        case 2:
            within[key] = copy.deepcopy(there[elsewhere])
        case 3 if isinstance(within, dict):
            within[random.choice(TEXTS)] = within.pop(key)
        case 4 if isinstance(within, list):
            within.append(copy.deepcopy(within[key]))
        case _:
            del within[key]


def write_json(document: Any) -> bytes:
    """Return a document as JSON, which can contain any text."""
    return json.dumps(document).encode()
