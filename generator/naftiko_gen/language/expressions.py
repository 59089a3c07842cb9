"""The little languages inside a document's strings: templates, routes and JSONPath.

`"{{env.KEY}}"`, `"/runs/{run_id}"` and `"$.a[0].b"` become small objects; what the
names in them mean is for the resolver to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from naftiko_gen.ir import Each, PathSegment

if TYPE_CHECKING:
    from collections.abc import Iterable


class Scope(Enum):
    """What a hole's name can stand for."""

    ANY = "any"
    INPUT = "input"
    ENVIRONMENT = "environment"


@dataclass(frozen=True)
class Hole:
    """A name between braces. A prefix that chooses the scope isn't part of the name."""

    name: str
    scope: Scope


Pieces = tuple[str | Hole, ...]
"""Text and holes in turn, without empty text."""

_TEMPLATE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
# A third brace behind a name can be the end of a JSON object around it.
_TRIPLE = re.compile(r"\{(\{\{[^{}]*\}\})\}")
_ROUTE = re.compile(r"\{\s*([^{}]*?)\s*\}")
_SCOPES = {
    "env": Scope.ENVIRONMENT,
    "rest": Scope.INPUT,
    "tools": Scope.INPUT,
}
_MARKS = "#^/!>&="


def template(text: str) -> Pieces:
    """Split `text {{name}} text`; `env.`, `rest.`, `tools.` choose a name's scope."""
    return _pieces(_TEMPLATE, _TRIPLE.sub(r"\1", text))


def route(text: str) -> Pieces:
    """Split `/text/{name}`."""
    return _pieces(_ROUTE, text)


def has_holes(text: str) -> bool:
    """Say whether the text is a template rather than a constant."""
    return _TEMPLATE.search(text) is not None


def is_one_hole(text: str) -> bool:
    """Say whether the text is a name in braces and nothing else."""
    return len(pieces := template(text)) == 1 and isinstance(pieces[0], Hole)


def is_name(hole: Hole) -> bool:
    """Say whether the hole holds a name, and not nothing or a Mustache section."""
    return bool(hole.name) and hole.name[0] not in _MARKS


def _pieces(pattern: re.Pattern[str], text: str) -> Pieces:
    # With one group, `split` returns text and names in turn.
    split = pattern.split(text)
    pieces = (_hole(part) if i % 2 else part for i, part in enumerate(split))
    return tuple(piece for piece in pieces if piece != "")


def _hole(text: str) -> Hole:
    prefix, dot, name = text.partition(".")
    scope = _SCOPES.get(prefix) if dot and name else None
    return Hole(name, scope) if scope else Hole(text, Scope.ANY)


_ROOT = re.compile(r"^[$@]?\.?(?!\.)")
_STEP = re.compile(
    r"""
    \.? (?:
        \[ \s* (?P<index>\d+) \s* \]
      | \[ \s* (?P<each>\*) \s* \]
      | \[ \s* '(?P<single>[^'\\]*)' \s* \]
      | \[ \s* "(?P<double>[^"\\]*)" \s* \]
    )
    | (?:^|\.) (?P<name>[^\s.\[\]()*?'"$@]+)
    """,
    re.VERBOSE,
)


def json_path(text: str) -> tuple[PathSegment, ...] | None:
    """Return the steps of a JSONPath, or None if it uses anything beyond them.

    Names, quoted keys, indexes from the start and `[*]` are steps; `$` and `$.` have
    none. A path may leave out its `$.`.
    """
    rest = _ROOT.sub("", text.strip(), count=1)
    steps: list[PathSegment] = []
    while rest:
        found = _STEP.match(rest)
        if found is None:
            return None
        steps.append(_step(found))
        rest = rest[found.end() :]
    return tuple(steps)


def json_path_of(keys: Iterable[str]) -> str:
    """Return the JSONPath of a member at that path of keys."""
    return "$" + "".join(map(_written, keys))


def _written(key: str) -> str:
    if json_path(key) == (key,):
        return f".{key}"
    quote = '"' if "'" in key else "'"
    return f"[{quote}{key}{quote}]"


def _step(found: re.Match[str]) -> PathSegment:
    match found.lastgroup:
        case "index":
            return int(found["index"])
        case "each":
            return Each.ELEMENT
        case group:
            return found[str(group)]
