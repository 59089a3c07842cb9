"""Encodes values as TOML, YAML and JSON."""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.literals.code import Code, harmless_copy
from naftiko_gen.syntax.readable import double_quoted, quoted_text

if TYPE_CHECKING:

    from naftiko_gen.diagnostics.span import Plain


def toml(value: str | int | tuple[str, ...]) -> Code:
    """Return a basic string, an integer or an array of strings in TOML 1.0.

    An array of several strings has one string per line. A lone surrogate, which TOML
    can't represent, becomes U+FFFD.
    """
    match value:
        case str():
            return Code(quoted_text(value), '"x"')
        case int():
            return Code(str(value), str(value))
        case tuple():
            twins = ('"x"' for _ in value)
            strings = (quoted_text(item) for item in value)
            return Code(_toml_array(tuple(strings)), _toml_array(tuple(twins)))
        case _:
            assert_never(value)


def yaml_string(text: str) -> Code:
    """Return a double-quoted scalar with the same meaning in YAML 1.1 and 1.2.

    A lone surrogate, which YAML can't represent, becomes U+FFFD. Marks that agent hosts
    obey are escaped, because these hosts don't parse the YAML first.
    """
    return Code(double_quoted(text), '"x"')


def json_document(value: Plain) -> Code:
    """Return a JSON document as code.

    Raises:
        ValueError: A number is infinite or not a number.
    """
    return Code(json_text(value), json_text(harmless_copy(value)))


def json_text(value: Plain) -> str:
    """Return indented JSON in ASCII without `<`, so that HTML may embed it.

    Raises:
        ValueError: A number is infinite or not a number.
    """
    return _indented_json(value, "\n").replace("<", "\\u003c")


def _indented_json(value: Plain, margin: str) -> str:
    """Return JSON like `json.dumps`, whose indenting encoder is several times slower.

    `margin` is a line break and the spaces at the start of its line.
    """
    inside = f"{margin}  "
    match value:
        case str():
            return encode_basestring_ascii(value)
        case dict() if value:
            entries = (
                f"{encode_basestring_ascii(key)}: {_indented_json(item, inside)}"
                for key, item in value.items()
            )
            return f"{{{inside}{f',{inside}'.join(entries)}{margin}}}"
        case list() if value:
            items = (_indented_json(item, inside) for item in value)
            return f"[{inside}{f',{inside}'.join(items)}{margin}]"
        case _:
            return json.dumps(value, allow_nan=False)


def _toml_array(strings: tuple[str, ...]) -> str:
    if len(strings) < 2:
        return f"[{''.join(strings)}]"
    rows = (f"    {string},\n" for string in strings)
    return f"[\n{''.join(rows)}]"
