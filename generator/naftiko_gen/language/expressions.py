"""The expressions inside a spec's strings: templates, routes and JSONPath.

`"{{env.KEY}}"`, `"/runs/{run_id}"` and `"$.a[0].b"` are parsed into small objects. The
resolver looks up the names in them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from naftiko_gen.ir import Each, PathSegment


class Scope(Enum):
    """The scope in which a placeholder's name is looked up."""

    ANY = "any"
    INPUT = "input"
    ENVIRONMENT = "environment"


@dataclass(frozen=True)
class Placeholder:
    """A name between braces, without the prefix that selects its scope."""

    name: str
    scope: Scope


Pieces = tuple[str | Placeholder, ...]
"""Text and placeholders in turn, without empty text."""

_TEMPLATE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
# A third brace after a name may close the JSON object around it.
_TRIPLE = re.compile(r"\{(\{\{[^{}]*\}\})\}")
_ROUTE = re.compile(r"\{\s*([^{}]*?)\s*\}")
_ENCODED = re.compile("%([0-9A-Fa-f]{2})")
# Those that a segment of a path may hold as they are.
_PLAIN = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@-]")
_SCOPES = {"env": Scope.ENVIRONMENT, "rest": Scope.INPUT, "tools": Scope.INPUT}
_MARKS = "#^/!>&="


def template(text: str) -> Pieces:
    """Split `text {{name}} text`; `env.`, `rest.`, `tools.` select a name's scope."""
    return _pieces(_TEMPLATE, _TRIPLE.sub(r"\1", text))


def route(text: str) -> Pieces:
    """Split `/text/{name}`.

    In its text no character is percent-encoded that needn't be, and the digits of the
    others are upper case (RFC 3986, section 6.2.2): requests are compared in this form.
    """
    return _pieces(_ROUTE, _ENCODED.sub(_plain, text))


def _plain(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if _PLAIN.match(character) else escape[0].upper()


def has_placeholders(text: str) -> bool:
    """Return whether the text has placeholders, so that it isn't a constant."""
    return _TEMPLATE.search(text) is not None


def is_placeholder(text: str) -> bool:
    """Return whether the text is a single placeholder and nothing else."""
    return len(pieces := template(text)) == 1 and isinstance(pieces[0], Placeholder)


def is_name(placeholder: Placeholder) -> bool:
    """Return whether the braces hold a name: they may be empty, or a Mustache tag."""
    return bool(placeholder.name) and placeholder.name[0] not in _MARKS


def _pieces(pattern: re.Pattern[str], text: str) -> Pieces:
    # With one group, `split` returns text and names in turn.
    parts = pattern.split(text)
    pieces = (_placeholder(part) if i % 2 else part for i, part in enumerate(parts))
    return tuple(piece for piece in pieces if piece != "")


def _placeholder(text: str) -> Placeholder:
    prefix, dot, name = text.partition(".")
    scope = _SCOPES.get(prefix) if dot and name else None
    return Placeholder(name, scope) if scope else Placeholder(text, Scope.ANY)


_ROOT = re.compile(r"^[$@]?\.?(?!\.)")
_STEP = re.compile(
    r"""
    \.? (?:
        \[ \s* (?P<index>[0-9]{1,9}) \s* \]
      | \[ \s* (?P<each>\*) \s* \]
      | \[ \s* '(?P<single>[^'\\]*)' \s* \]
      | \[ \s* "(?P<double>[^"\\]*)" \s* \]
    )
    | (?:^|\.) (?P<name>[^\s.\[\]()*?'"$@]+)
    """,
    re.VERBOSE,
)
# Each may become a level of the emitted code.
_MOST_STEPS = 100


def json_path(text: str) -> tuple[PathSegment, ...] | None:
    """Return the steps of a JSONPath, or None if it has other parts.

    Steps are names, quoted keys, indexes from the start and `[*]`, at most 100; `$` and
    `$.` have none. A path may leave out its `$.`.
    """
    rest = _ROOT.sub("", text.strip(), count=1)
    steps: list[PathSegment] = []
    while rest:
        match = _STEP.match(rest)
        if match is None or len(steps) == _MOST_STEPS:
            return None
        steps.append(_step(match))
        rest = rest[match.end() :]
    return tuple(steps)


def name_path(text: str) -> tuple[str, ...] | None:
    """Return the names of a JSONPath, None if it has other parts."""
    steps = json_path(text)
    names = tuple(step for step in steps or () if isinstance(step, str))
    return None if steps is None or len(names) < len(steps) else names


def json_path_of(keys: Iterable[str]) -> str:
    """Return the JSONPath that leads through these keys."""
    return "$" + "".join(map(_write_step, keys))


def _write_step(key: str) -> str:
    if json_path(key) == (key,):
        return f".{key}"
    step = f"['{key}']"
    if json_path(step) == (key,):
        return step
    return f"[{json.dumps(key, ensure_ascii=False)}]"


def _step(step: re.Match[str]) -> PathSegment:
    match step.lastgroup:
        case "index":
            return int(step["index"])
        case "each":
            return Each.ELEMENT
        case group:
            return step[str(group)]
