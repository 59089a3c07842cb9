"""Inputs that a regular expression matches.

RE2 matches every expression in time that is linear in the length of the text.
"""

from dataclasses import replace
from typing import Any

import re2

from .inputs import STRING, JsonType

LONGEST = 10_000
"""The most characters of a text; longer ones don't match."""


def matching(pattern: str) -> JsonType:
    """Return the type of strings that a pattern matches somewhere."""
    expression = re2.compile(pattern)

    def accepts(value: Any) -> bool:
        return (
            isinstance(value, str)
            and len(value) <= LONGEST
            and expression.search(value) is not None
        )

    def parse(text: str) -> str:
        if not accepts(text):
            raise ValueError(text)
        return text

    return replace(
        STRING,
        noun=f"text that matches {pattern}",
        accepts=accepts,
        parse=parse,
        schema={"type": "string", "pattern": pattern},
    )
