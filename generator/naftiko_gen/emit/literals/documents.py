"""Values as TOML, YAML and JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.literals.code import Code, harmless
from naftiko_gen.syntax.quoted import quoted
from naftiko_gen.syntax.yaml_writer import double_quoted

if TYPE_CHECKING:

    from naftiko_gen.diagnostics.span import Plain


def toml(value: str | int | tuple[str, ...]) -> Code:
    """Return a basic string, an integer or an array of strings of TOML 1.0.

    An array of several strings has a line for each. A lone surrogate, which TOML can't
    hold, becomes U+FFFD.
    """
    match value:
        case str():
            return Code(quoted(value), '"x"')
        case int():
            return Code(str(value), str(value))
        case tuple():
            twins = ('"x"' for _ in value)
            strings = (quoted(item) for item in value)
            return Code(_toml_array(tuple(strings)), _toml_array(tuple(twins)))
        case _:
            assert_never(value)


def yaml_string(text: str) -> Code:
    """Return a double-quoted scalar, the same text to YAML 1.1 and 1.2.

    A lone surrogate, which YAML can't hold, becomes U+FFFD. Marks that hosts of agents
    obey are escaped, as they don't read YAML first.
    """
    return Code(double_quoted(text), '"x"')


def json_document(value: Plain) -> Code:
    """Return `json_text` as code.

    Raises:
        ValueError: A number is infinite or not a number.
    """
    return Code(json_text(value), json_text(harmless(value)))


def json_text(value: Plain) -> str:
    """Return JSON in ASCII, indented by two, that HTML may embed (it has no `<`).

    Raises:
        ValueError: A number is infinite or not a number.
    """
    return json.dumps(value, indent=2, allow_nan=False).replace("<", "\\u003c")


def _toml_array(strings: tuple[str, ...]) -> str:
    if len(strings) < 2:
        return f"[{''.join(strings)}]"
    rows = (f"    {string},\n" for string in strings)
    return f"[\n{''.join(rows)}]"
