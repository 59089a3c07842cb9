"""GraphQL documents with samples in them: the emitted tests' side of `graphql.py`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from naftiko_gen.emit.package.parts import wire_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.ir import Argument, GraphQL, Setting

_NAME = r"[_A-Za-z][_0-9A-Za-z]*"
_BARE = re.compile(rf"-?[0-9]+(\.[0-9]+)?|{_NAME}([\s,]+{_NAME})*")
_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
_NO_QUOTE = re.compile(r'\\.|"{3}', re.DOTALL)


def document(template: GraphQL, value: Callable[[Argument | Setting], Plain]) -> str:
    """Return the text of a document whose holes have these values."""
    text, before = "", ""
    for part in template.parts:
        if isinstance(part, str):
            before = _COMMENT.sub("", before + part)
            text += part
        else:
            text += _written(value(part), before)
    return text


def _written(value: Plain, before: str) -> str:
    """Return a value behind a text, which may have opened quotes."""
    if before.count('"""') % 2:
        return "" if value is None else wire_text(value)
    if _NO_QUOTE.sub("", before).count('"') % 2:
        return "" if value is None else _json(wire_text(value))[1:-1]
    is_bare = isinstance(value, str) and _BARE.fullmatch(value)
    return str(value) if is_bare else _literal(value)


def _literal(value: Plain) -> str:
    match value:
        case dict():
            members = (f"{key}: {_literal(held)}" for key, held in value.items())
            return "{" + ", ".join(members) + "}"
        case list():
            return "[" + ", ".join(map(_literal, value)) + "]"
        case _:
            return _json(value)


def _json(value: Plain) -> str:
    return json.dumps(value, ensure_ascii=False)
