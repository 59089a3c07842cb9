"""Derive names and versions from text: slugs, variables, words, versions."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from naftiko_gen.language.portable_names import DEVICES
from naftiko_gen.syntax.readable import is_readable

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
    return _directory_name(slug(spec.stem)) or NAMELESS


def skill_name(name: str, package: str) -> str:
    """Return a valid Agent Skills name: a slug of at most 64 characters.

    If no character of the name fits into a slug, the package's name is used.
    """
    return _directory_name(slug(name) or package)[:_LONGEST_SKILL].strip("-")


def _directory_name(name: str) -> str:
    return f"{NAMELESS}-{name}" if name in DEVICES else name


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


UNKNOWN_VERSION = "0"
"""The version of a package if its spec declares none."""
LONGEST = 64
"""Longer texts aren't versions, and Python can't parse numbers of 4,300 digits."""

_DATE = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?(?!\d)", re.ASCII)
_RELEASE = re.compile(r"v?\d+(?:\.\d+)*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class PackageVersion:
    """A version that pip can compare.

    Attributes:
        text: The version in its normal form.
        is_whole: Whether it includes all of the text that it was derived from.
    """

    text: str
    is_whole: bool


def package_version(text: str) -> PackageVersion | None:
    """Return the version in a text, or None.

    `v2` gives 2, `2024-01-01` gives 2024.1.1, `1.0.0-beta.1` gives 1.0.0b1, and
    `1.0.0-SNAPSHOT` gives 1.0.0, leaving the rest out.
    """
    if len(text) > LONGEST:
        return None
    # pip reads `2024-01` as the first post-release of 2024.
    dotted_text = _DATE.sub(
        lambda date: ".".join(filter(None, date.groups())), text.strip(), count=1
    )
    if version := _parse(dotted_text):
        return PackageVersion(version, is_whole=True)
    release = _RELEASE.match(dotted_text)
    start = _parse(release[0]) if release else None
    return PackageVersion(start, is_whole=False) if start else None


def _parse(text: str) -> str | None:
    """Return the normal form, without the build part, which package indexes reject."""
    # Imported late, so that runs that compile nothing start faster.
    from packaging.version import InvalidVersion, Version

    try:
        return Version(text).public
    except InvalidVersion:
        return None
