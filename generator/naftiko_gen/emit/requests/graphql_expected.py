"""GraphQL documents with sample values, as the emitted tests expect them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from naftiko_gen.emit.requests.parts import wire_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.ir import GraphQL, Placeholder

_NAME = r"[_A-Za-z][_0-9A-Za-z]*"
_BARE = re.compile(rf"-?[0-9]+(\.[0-9]+)?|{_NAME}([\s,]+{_NAME})*")
_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
_NO_QUOTE = re.compile(r'\\.|"{3}', re.DOTALL)


def expected_document(template: GraphQL, value: Callable[[Placeholder], Plain]) -> str:
    """Return the text of a document with values for its placeholders."""
    text, before = "", ""
    for part in template.parts:
        if isinstance(part, str):
            before = _COMMENT.sub("", before + part)
            text += part
        else:
            text += _value_text(value(part), before)
    return text


def _value_text(value: Plain, before: str) -> str:
    """Return a value after a text that may have opened quotes."""
    if before.count('"""') % 2:
        return "" if value is None else wire_text(value)
    if _NO_QUOTE.sub("", before).count('"') % 2:
        return "" if value is None else _json(wire_text(value))[1:-1]
    is_bare = isinstance(value, str) and _BARE.fullmatch(value)
    return str(value) if is_bare else _literal(value)


def _literal(value: Plain) -> str:
    match value:
        case dict():
            members = (f"{key}: {_literal(member)}" for key, member in value.items())
            return "{" + ", ".join(members) + "}"
        case list():
            return "[" + ", ".join(map(_literal, value)) + "]"
        case _:
            return _json(value)


def _json(value: Plain) -> str:
    return json.dumps(value, ensure_ascii=False)
