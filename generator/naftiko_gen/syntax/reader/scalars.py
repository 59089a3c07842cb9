"""The values of unquoted scalars: YAML 1.2's core schema with decimal numbers only.

<https://yaml.org/spec/1.2.2/#103-core-schema>. Octal and hexadecimal numbers, and
numbers with leading zeros, stay strings. Most of them are codes: an upstream that
expects `0x1F` mustn't get 31. Booleans, dates and base-60 numbers of YAML 1.1 stay
strings, too.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_DIGITS_LIMIT = 4_300
"""Python's own limit for conversions between integers and text."""

_CORE = re.compile(
    r"(?P<null>~|null|Null|NULL|)"
    r"|(?P<true>true|True|TRUE)"
    r"|(?P<false>false|False|FALSE)"
    r"|(?P<integer>[-+]?(?:0|[1-9][0-9]*))"
    r"|(?P<real>[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<infinite>[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)
_OTHER_NUMBER = re.compile(
    r"0o[0-7]+|0x[0-9a-fA-F]+|[-+]?0[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?"
)
_CONSTANTS = {"null": None, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Unrepresentable:
    """A number that JSON can't represent; the reason is the end of a sentence."""

    reason: str


def core_value(plain: str) -> bool | int | float | str | Unrepresentable | None:
    """Return the value of an unquoted scalar."""
    core = _CORE.fullmatch(plain)
    match core and core.lastgroup:
        case None:
            return plain
        case "integer":
            return _integer(plain)
        case "real":
            return _real(plain)
        case "infinite":
            return Unrepresentable("isn't a finite number")
        case constant:
            return _CONSTANTS[constant]


def is_other_number(text: str) -> bool:
    """Return whether a text is a number in the core schema but stays a text here."""
    return _OTHER_NUMBER.fullmatch(text) is not None


def _integer(plain: str) -> int | Unrepresentable:
    if len(plain.lstrip("+-")) > _DIGITS_LIMIT:
        return Unrepresentable("has more than 4,300 digits")
    return int(plain)


def _real(plain: str) -> float | Unrepresentable:
    value = float(plain)
    return value if math.isfinite(value) else Unrepresentable("is too large a number")
