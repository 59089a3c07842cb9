"""`TypedDict` classes, and calls for keys that can't be members of a class."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.code.reserved import KEYWORDS

if TYPE_CHECKING:
    from collections.abc import Collection

    from naftiko_gen.emit.literals import Code

RESERVED = frozenset({"JsonObject", "JsonValue", "TypedDict"})
_KEY = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
# As members of a class, they hide the types of later members. So they are last.
_HIDING = ("list", "str", "int", "float", "bool")


@dataclass(frozen=True)
class MemberView:
    """A member of a type."""

    key: str
    annotation: Code


@dataclass(frozen=True)
class TypeView:
    """The type of an object: a class, or a call if a key can't be a class's member."""

    name: Code
    docstring: Code
    members: tuple[MemberView, ...]
    is_class: bool


def member_order(key: str) -> int:
    """Return the order of a member in a class: names of types come last."""
    return _HIDING.index(key) if key in _HIDING else -1


def has_type(keys: Collection[str]) -> bool:
    """Return whether an object with these keys can have a type.

    If all keys are identifiers, it has to be a class, whose members are ASCII here.
    """
    return all(map(is_name, keys)) or not all(map(_is_identifier, keys))


def _is_identifier(key: str) -> bool:
    return key.isidentifier() and key not in KEYWORDS


def is_name(key: str) -> bool:
    """Return whether a key may be a member of a class."""
    return bool(_KEY.fullmatch(key)) and key not in KEYWORDS
