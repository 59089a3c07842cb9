"""Derive names from text: slugs, environment variables, and words."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from naftiko_gen.syntax.readable import is_readable

if TYPE_CHECKING:
    from pathlib import Path

NAMELESS = "api"
"""The slug of a spec whose file name has no character that a slug can have."""

_LONGEST_SKILL = 64
_PLURAL = r"[A-Z]s(?![a-z])"
_HUMP = re.compile(rf"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?!{_PLURAL})(?=[A-Z][a-z])")
"""The start of a word in camelCase; `IDs` is one word."""
_OAUTH = re.compile(r"(?<![A-Za-z0-9])([Oo]) (?=Auth)")
_ASCII_WORD = re.compile(r"[A-Za-z0-9]+")


def slug(file_stem: str) -> str:
    """Return a package's name: `[a-z0-9]` with single `-` between; may be empty."""
    return re.sub(r"[^a-z0-9]+", "-", file_stem.lower()).strip("-")


def spec_slug(spec: Path) -> str:
    """Return the name of a spec's package, made of the name of its file."""
    return slug(spec.stem) or NAMELESS


def skill_name(name: str, package: str) -> str:
    """Return a valid Agent Skills name: a slug of at most 64 characters.

    If no character of the name fits into a slug, the package's name is used.
    """
    return (slug(name) or package)[:_LONGEST_SKILL].strip("-")


def env_name(text: str) -> str:
    """Return the name of an environment variable: upper case, `_` for the rest."""
    name = re.sub(r"[^A-Za-z0-9]", "_", text).upper()
    return f"_{name}" if not name or name[0].isdigit() else name


def words(wire_name: str) -> list[str]:
    """Split a name into words of ASCII letters and digits, also at camelCase humps."""
    # Characters of later Unicode versions would decompose only on later Pythons.
    readable = "".join(c for c in wire_name if c.isascii() or is_readable(c))
    normal_form = unicodedata.normalize("NFKD", readable)
    ascii_text = normal_form.encode("ascii", "ignore").decode()
    humps = _OAUTH.sub(r"\1", _HUMP.sub(" ", ascii_text))
    return _ASCII_WORD.findall(humps) or ["unnamed"]
