"""Published documents as plain values, and the names in their text."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Node = dict[str, Any]

TEMPLATE = re.compile(r"\{\{([^{}]+)\}\}")


class UnreadError(Exception):
    """The document contains something that this reader doesn't support."""


class _Loader(yaml.CSafeLoader):
    """Dates and the many spellings of booleans are text."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern) for tag, pattern in resolvers if not tag.endswith(("bool", "p"))
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"true|false"), list("tf")
)


def load(path: Path) -> Node:
    text = path.read_text("utf-8")
    content = yaml.load(text, Loader=_Loader)  # noqa: S506 - safe
    document: Node = _keys_as_words(content)
    return document


def _keys_as_words(value: Any) -> Any:
    """Return a value whose keys are words: `true: tools.on` was `on: tools.on`."""
    match value:
        case dict():
            return {
                _word(key, part): _keys_as_words(part) for key, part in value.items()
            }
        case list():
            return list(map(_keys_as_words, value))
        case _:
            return value


def _word(key: Any, value: Any) -> str:
    words = re.findall(r"\w+", value) if isinstance(value, str) else []
    return words[-1] if isinstance(key, bool) and words else str(key)


def canon(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def names_in(value: Any) -> Iterator[str]:
    """Yield the names in the templates of a value."""
    match value:
        case dict():
            for part in value.values():
                yield from names_in(part)
        case list():
            for part in value:
                yield from names_in(part)
        case str():
            yield from TEMPLATE.findall(value)
        case _:
            pass


def variables_of(path: str) -> list[str]:
    return re.findall(r"\{([^{}]+)\}", path)
